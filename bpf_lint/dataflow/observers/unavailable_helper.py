"""Calls of helpers that programs of their type do not have."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.dataflow.domain.atoms import UNKNOWN
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.helpercall import program_type
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment


class Unavailable(Payload, frozen=True):
    """A helper is called that programs of this type do not have."""

    kind: ClassVar[str] = "unavailable_helper"
    helper: str


class UnavailableHelpers(EventKind):
    """Calls of a helper that the program type does not have."""

    name = "unavailable_helper"
    plural = "calls of a helper that programs of this type do not have"
    described = {"helper": "the helper, with bpf_, text"}

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        types = made.model.data.program_types
        if types and program_type(made.activation) not in (*types, UNKNOWN):
            made.activation.effects.emit(made.call.place, Unavailable(made.model.name))

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Unavailable)
        return {"helper": f"bpf_{payload.helper}"}

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, Unavailable)
        return "helper", f"bpf_{event.payload.helper}() in {event.function}"
