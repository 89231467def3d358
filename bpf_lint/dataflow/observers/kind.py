"""A kind of event, and what its facts are told from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.dataflow.domain.atoms import Origin
from bpf_lint.dataflow.engine.context import Observer
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.system.instance import Arrival, Instance
from bpf_lint.dataflow.system.site import Site, site_of
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.place import Place

Facts = dict[str, Any]
Survey = TypeVar("Survey")


class Whole:
    """A system that has run, and what kinds of events find out about all of it.

    Attributes:
        looked_at: Names of the kinds of events that the rules of the run look at.
    """

    def __init__(self, system: System, kernel: KernelModel, looked_at: frozenset[str]) -> None:
        self.system = system
        self.kernel = kernel
        self.looked_at = looked_at
        self._surveys: dict[Callable[[Whole], Any], Any] = {}

    def of(self, survey: Callable[[Whole], Survey]) -> Survey:
        """What a survey finds, which is made once."""
        if survey not in self._surveys:
            self._surveys[survey] = survey(self)
        found: Survey = self._surveys[survey]
        return found

    def payloads(self) -> Iterator[Payload]:
        """Everything that happens in the system."""
        for instance in self.system.instances.values():
            for event in instance.events():
                yield event.payload


class Moment(NamedTuple):
    """An event in the run that it happened in, and the call site it is told at."""

    whole: Whole
    instance: Instance
    arrival: Arrival
    event: Event
    site: Site


class Aside(NamedTuple):
    """A step of a trace: its kind, its place, and what happens there."""

    kind: str
    place: Place
    text: str


class EventKind(Observer):
    """A kind of event: what is observed, what rules can say of it, and its words.

    Attributes:
        name: As rule files call it, and as its payloads have it (`Payload.kind`).
        plural: What a reader calls such events; "" where rules cannot look at them.
        described: The facts that rules can name besides those of every event, and what they say;
            numbers are 0 or 1 unless it says otherwise.
        whole: Those of them that are about all that the ifindex can be, not about one target.
    """

    name: ClassVar[str]
    plural: ClassVar[str] = ""
    described: ClassVar[Mapping[str, str]] = {}
    whole: ClassVar[frozenset[str]] = frozenset()

    def site(self, event: Event, instance: Instance) -> Site:
        """The call site that a finding about it is told at."""
        return site_of(event, instance.key.function, instance.binding.unit.functions)

    def matters(self, moment: Moment) -> bool:
        """False where no rule needs to look at it."""
        return True

    def targets(self, payload: Any) -> list[Origin]:
        """What its ifindex can be, as far as it is known, one for each root."""
        return []

    def facts(self, moment: Moment) -> Facts:
        """Its facts, whatever its target; also those of every event where it knows better."""
        return {}

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """Its facts that depend on the target; `facts` are those told so far."""
        return {}

    def words(self, event: Event) -> tuple[str, str]:
        """The last step of a trace: its kind, and what happens there."""
        return "event", event.function

    def afterwards(self, moment: Moment) -> list[Aside]:
        """What comes after it on the packet's way and makes nothing of it."""
        return []
