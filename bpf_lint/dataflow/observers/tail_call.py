"""Tail calls: what is in the slot, and whether it fits the packet and the caller."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from bpf_lint.callgraph.jumps import Jump, jumps
from bpf_lint.callgraph.tailcalls import Program, Slot
from bpf_lint.dataflow.domain import packet, protocol
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.base import PACKET, Base
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment, Whole
from bpf_lint.dataflow.system.instance import Arrival, Instance
from bpf_lint.dataflow.system.site import site_of
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.place import Place


class TailCalls(EventKind):
    """Tail calls, which the engine tells of itself."""

    name = TailCall.kind
    plural = "tail calls"
    described = {
        "map": "name of the prog array, text",
        "slot": 'the slot, a number or "?"',
        "slot.known": "the slot is known",
        "slot.absent": "the slot holds no program",
        "slot.other_kind": "every program it can hold is of another type",
        "slot.other_family": "every program it can hold is for the other IP version",
        "slot.why": "what does not fit, in words",
        "callee": "function in the slot, text",
        "callee.kind": "its program type, text",
        "callee.family": '"IPv4", "IPv6" or ""',
        "family": "IP version of the caller: the protocol that the path has found, or what names "
        "of functions speak of",
        "twin": "program of the same array whose name is the callee's but for the IP version, "
        'where no tail call of the system names its slot, text; "" for none',
        "twin.slot": "its slot, a number",
        "places": "a number: how many places call the slot",
    }

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, TailCall)
        slots = moment.whole.of(Slots)
        return slots.facts(moment.instance, moment.arrival, moment.event, payload)

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        return "tail_call", f"tail call in {event.function}"


class Slots:
    """The prog arrays of one system, and which programs are of which kind."""

    def __init__(self, whole: Whole) -> None:
        system = self._system = whole.system
        self._kernel = whole.kernel
        self._families = system.profile.families
        self._ethertypes = {protocol.turned(n): v for v, n in whole.kernel.ethertypes.items()}
        self._kinds: dict[Program, set[str]] = {}
        self._of_unit: dict[str, set[str]] = {}
        for hook, program in system.entries.items():
            self._kinds.setdefault(program, set()).add(hook.program_type)
            self._of_unit.setdefault(program.unit, set()).add(hook.program_type)

    def facts(self, instance: Instance, arrival: Arrival, event: Event, call: TailCall) -> Facts:
        """Facts of one tail call."""
        unit = instance.key.unit
        slot = exact(call.slot)
        programs = self._system.targets(unit, call)
        kind = instance.key.hook.program_type
        other = [one for one in programs if kind not in (self.kinds(one) or (kind,))]
        told = _packet(arrival, call)
        family = self.family(instance, event, told)
        foreign = [
            one for one in programs if family and self._named(one.function) not in ("", family)
        ]
        translated = _translated(told)
        absent = slot is not None and self._is_absent(unit, call, slot)
        shown = other or foreign or list(programs)
        twin = self._twin(unit, call, programs)
        facts: Facts = {
            "map": ", ".join(base.name for base in call.maps),
            "slot": "?" if slot is None else slot,
            "slot.known": int(slot is not None),
            "slot.absent": int(absent),
            "slot.other_kind": int(bool(programs) and len(other) == len(programs)),
            "slot.other_family": int(
                not translated and bool(programs) and len(foreign) == len(programs)
            ),
            "callee": shown[0].function if shown else "",
            "callee.kind": ", ".join(sorted(self.kinds(shown[0]))) if shown else "",
            "callee.family": self._named(shown[0].function) if shown else "",
            "family": family,
            "twin": twin[1] if twin else "",
            "twin.slot": twin[0].number if twin else 0,
            "places": self._places(unit, call) if twin else 0,
        }
        return {**facts, "slot.why": _why(facts)}

    def kinds(self, program: Program) -> set[str]:
        """Program types that a program is loaded as; its object's where it is no entry."""
        return self._kinds.get(program) or self._of_unit.get(program.unit) or set()

    def family(self, instance: Instance, event: Event, told: Region) -> str:
        """The IP version that the path has found, or the nearest name speaks of; "" for none."""
        found = protocol.of(told)
        if found is not None:
            return self._ethertypes.get(found, "")
        names = [*(call.callee for call in reversed(event.chain)), instance.key.function]
        for name in names:
            spoken = self._spoken(name)
            if spoken:
                return spoken[0] if len(spoken) == 1 else ""
        return ""

    def _twin(
        self, unit: str, call: TailCall, programs: tuple[Program, ...]
    ) -> tuple[Slot, str] | None:
        """The slot and function of the callee's twin, where no tail call leads there."""
        if len(call.maps) != 1 or len(programs) != 1 or programs[0].unit != unit:
            return None
        name, callee = call.maps[0].name, programs[0].function
        for slot, other in self._system.arrays.slots(unit).items():
            alike = other != callee and _without_version(other) == _without_version(callee)
            if slot.map == name and alike and self._named(other) and self._named(callee):
                return (slot, other) if self._is_never_called(unit, slot, other) else None
        return None

    def _is_never_called(self, unit: str, slot: Slot, function: str) -> bool:
        arrays = self._system.profile.prog_arrays
        own = any(one.own and fnmatchcase(slot.map, one.map) for one in arrays)
        units = {unit} if own else set(self._system.units)
        run = any(key.unit in units and key.function == function for key in self._system.instances)
        return not run and not any(
            {slot.map, None} & one.maps and {slot.number, None} & one.slots
            for name in units
            for one in self._jumps[name]
        )

    @cached_property
    def _jumps(self) -> dict[str, list[Jump]]:
        """Tail calls in the source of each object."""
        units = self._system.units.items()
        return {name: list(jumps(unit, self._kernel)) for name, unit in units}

    def _places(self, unit: str, call: TailCall) -> int:
        """How many call sites of an object lead to a slot."""
        return len({site for named, site in self._calls if named == (unit, call.maps, call.slot)})

    @cached_property
    def _calls(self) -> set[tuple[tuple[str, tuple[Base, ...], Value], Place]]:
        return set(_called(self._system))

    def _named(self, function: str) -> str:
        spoken = self._spoken(function)
        return spoken[0] if len(spoken) == 1 else ""

    def _spoken(self, function: str) -> list[str]:
        """The IP versions that a function's name speaks of."""
        return [
            family
            for family, patterns in self._families.items()
            if any(fnmatchcase(function, pattern) for pattern in patterns)
        ]

    def _is_absent(self, unit: str, call: TailCall, slot: int) -> bool:
        """True where the array is known and nothing is put into the slot."""
        if len(call.maps) != 1 or self._system.targets(unit, call):
            return False
        name = call.maps[0].name
        declared = self._system.units[unit].maps.get(name)
        if declared is not None and 0 < declared.max_entries <= slot:
            return True
        arrays = self._system.arrays
        filled = any(one.map == name for one in arrays.slots(unit))
        return filled and not arrays.is_shared(unit, name)


def _why(facts: Facts) -> str:
    """What does not fit, in words."""
    if facts["slot.absent"]:
        return "it holds no program, so that the call returns"
    if facts["slot.other_kind"]:
        return f"{facts['callee']} is loaded as another type of program ({facts['callee.kind']})"
    why = f"{facts['callee']} is for {facts['callee.family']}, the caller is for {facts['family']}"
    twin = f"; no tail call names slot {facts['twin.slot']}, where its twin {facts['twin']} is"
    return why + (twin if facts["twin"] else "")


def _without_version(name: str) -> str:
    return re.sub("[46]", "#", name)


def _called(system: System) -> Iterator[tuple[tuple[str, tuple[Base, ...], Value], Place]]:
    """Every tail call that some path makes: object, maps and slot, and where it is."""
    for instance in system.instances.values():
        functions = instance.binding.unit.functions
        for event in instance.events():
            if isinstance(event.payload, TailCall):
                site = site_of(event, instance.key.function, functions)
                named = (instance.key.unit, event.payload.maps, event.payload.slot)
                yield named, site.place


def _packet(arrival: Arrival, call: TailCall) -> Region:
    """What the path has found out about its packet, and done to it, by the tail call."""
    written = next((cells for base, cells in call.scratch if base is PACKET), ())
    here = {start: (bits, value) for start, bits, value in written}
    return {**arrival.entry.get(PACKET, {}), **here}


def _translated(told: Region) -> bool:
    """True where the packet may be another than the one that arrived: translated or unwrapped."""
    for at in (packet.FACTS["translated"], packet.FACTS["reshaped"]):
        if at in told and not packet.is_clear(told[at][1]):
            return True
    return protocol.is_rewritten(told)
