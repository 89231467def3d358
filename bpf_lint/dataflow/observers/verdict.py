"""Numbers that programs end with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from bpf_lint import ir
from bpf_lint.callgraph.tailcalls import Program
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.state import Armed, State, waits
from bpf_lint.dataflow.domain.values import convert
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Call, Event, Payload, TailCall
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment, Whole
from bpf_lint.dataflow.system.instance import Instance, InstanceKey
from bpf_lint.dataflow.system.site import Site
from bpf_lint.dataflow.system.system import System
from bpf_lint.ir.wrappers import returned_at
from bpf_lint.model.integers import wrap

Functions = dict[str, ir.Function]


class Verdict(Payload, frozen=True):
    """A function returned this number, which may become a program's verdict.

    Args:
        only: False where paths were joined that return other numbers.
        armed: The redirect that waits for its verdict.
    """

    kind: ClassVar[str] = "verdict"
    number: int
    only: bool
    armed: Armed | None

    def passed_on(self, state: State) -> Verdict:
        """See `Payload`: the caller may have redirected before."""
        if state.armed and not waits(self.armed):
            return msgspec.structs.replace(self, armed=state.armed)
        return self


class Verdicts(EventKind):
    """Verdicts other than 0, told where the program, or a function that it hands on from, ends."""

    name = "verdict"
    plural = "verdicts of programs"
    described = {
        "verdict": "the verdict, a number",
        "verdict.only": "it is the only one on the path, as far as paths are kept apart",
        "verdict.name": "the kernel's name for it; the number where it has none, text",
        "verdict.known": "the kernel's code behind the hook knows it",
        "verdict.redirects": "it is the one that carries out a redirect",
        "verdict.armed": "a redirect that a helper has set up waits for it",
    }

    def returned(self, activation: Context, end: ir.Return, value: Value, state: State) -> None:
        """See `Observer`."""
        function = activation.function
        if function.result_bits:
            value = convert(value, function.result_bits, function.result_signed)
        for atom in sorted(a for a in value if type(a) is int and a != 0):
            activation.effects.emit(end.place, Verdict(atom, len(value) == 1, state.armed))

    def site(self, event: Event, instance: Instance) -> Site:
        """See `EventKind`: where it is returned, a wrapper or not."""
        function = event.chain[-1].callee if event.chain else instance.key.function
        return Site(event.place, function, event.chain)

    def matters(self, moment: Moment) -> bool:
        """See `EventKind`: it is the program's, and no function that it calls tells of it."""
        return moment.event in moment.whole.of(Ends).of(moment.instance)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Verdict)
        number = wrap(payload.number, 32, True)
        hook = moment.whole.kernel.hooks[moment.instance.key.hook.hook]
        names = {known: name for name, known in hook.verdicts.items()}
        handed = moment.whole.of(Ends).is_handed(moment.instance.key)
        return {
            "verdict": number,
            "verdict.only": int(payload.only),
            "verdict.name": names.get(number, str(number)),
            "verdict.known": int(number in names or not names),
            "verdict.redirects": int(number == hook.redirect_verdict > 0),
            "verdict.armed": int(waits(payload.armed) or handed),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, Verdict)
        return "verdict", f"{event.function} returns {event.payload.number}"


class Ends:
    """Where the programs of one system end, and which begin while a redirect waits."""

    def __init__(self, whole: Whole) -> None:
        self._ends: dict[InstanceKey, frozenset[Event]] = {}
        self._handed = _handed(whole.system)

    def of(self, instance: Instance) -> frozenset[Event]:
        """Returns that are the program's, each where its number comes from."""
        if instance.key not in self._ends:
            self._ends[instance.key] = frozenset(_ends(instance))
        return self._ends[instance.key]

    def is_handed(self, key: InstanceKey) -> bool:
        """True for a program that a tail call leads to after a redirect."""
        return Program(key.unit, key.function) in self._handed


def _ends(instance: Instance) -> Iterator[Event]:
    functions = dict(instance.binding.unit.functions)
    inner: dict[tuple[Call, ...], list[Event]] = {}
    for event in instance.events():
        if isinstance(event.payload, Verdict):
            inner.setdefault(event.chain[:-1], []).append(event)
    level = [event for event in inner.get((), ()) if not event.chain]
    while level:
        below: list[Event] = []
        for event in level:
            handed = [
                one
                for one in inner.get(event.chain, ())
                if len(one.chain) > len(event.chain) and _hands(event, one, functions, instance)
            ]
            if not handed:
                yield event
            below += handed
        level = list(dict.fromkeys(below))


def _hands(outer: Event, inner: Event, functions: Functions, instance: Instance) -> bool:
    """True where a function returns what the function returned that it calls."""
    above, below = outer.payload, inner.payload
    assert isinstance(above, Verdict)
    assert isinstance(below, Verdict)
    caller = outer.chain[-1].callee if outer.chain else instance.key.function
    return (
        below.number == above.number
        and waits(below.armed) == waits(above.armed)
        and (below.only == above.only or below.number > 0)
        and outer.place in returned_at(functions.get(caller), inner.chain[-1].place)
    )


def _handed(system: System) -> frozenset[Program]:
    """Programs that tail calls lead to, after a redirect of a program before."""
    found: set[Program] = set()
    leads: dict[Program, set[Program]] = {}
    for instance in system.instances.values():
        for event in instance.events():
            if isinstance(event.payload, TailCall):
                targets = system.targets(instance.key.unit, event.payload)
                source = Program(instance.key.unit, instance.key.function)
                leads.setdefault(source, set()).update(targets)
                found |= set(targets) if waits(event.payload.armed) else set()
    waiting = list(found)
    while waiting:
        new = leads.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found)
