"""A program at one hook: its entry state, and answers to reads of memory nobody has written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.dataflow.domain import layout, limits, memory, packet, protocol, tested
from bpf_lint.dataflow.domain.atoms import ANY, NONE, UNKNOWN, ZERO, Value, number, pointing
from bpf_lint.dataflow.domain.base import CONTEXT, PACKET, Base, Kind
from bpf_lint.dataflow.domain.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.domain.places import placed
from bpf_lint.dataflow.domain.state import Read, State
from bpf_lint.dataflow.domain.values import convert, join, origins, union
from bpf_lint.dataflow.engine.context import Followed
from bpf_lint.dataflow.engine.events import Event
from bpf_lint.dataflow.engine.fixpoint import Fixpoint
from bpf_lint.dataflow.engine.memo import Outcome
from bpf_lint.dataflow.system.binding import Binding, variable_value
from bpf_lint.dataflow.system.received import EntryState, context_facts, packet_facts
from bpf_lint.dataflow.system.shared import SharedMaps
from bpf_lint.model.context import HookContext


class InstanceKey(NamedTuple):
    """A program of a unit, run under one hook context."""

    unit: str
    function: str
    hook: HookContext


# Where a packet came from: the instance, its arrival, and the tail call.
Before = tuple["Instance", "Arrival", Event]


class Arrival:
    """One state in which a program can start.

    Args:
        entry: Context and scratch memory.
        before: Where the first packet in this state came from: the instance, its own arrival,
            and the tail call; None at a hook.
        ways: The same of the first packets that have come, each by another tail call.
        outcome: Result of the last run from here.
    """

    __slots__ = ("before", "entry", "outcome", "ways")

    def __init__(self, entry: EntryState, before: Before | None) -> None:
        self.entry = entry
        self.before = before
        self.ways = [before]
        self.outcome = Outcome((), ())

    def add(self, before: Before | None) -> None:
        """Another packet has come, in a state that this one covers."""
        if len(self.ways) < limits.WAYS and not any(_same_way(before, one) for one in self.ways):
            self.ways.append(before)


def _same_way(one: Before | None, other: Before | None) -> bool:
    """True for a tail call of one program in one state, whatever it had found out by then."""
    if one is None or other is None:
        return one is other
    return one[1] is other[1] and (one[2].place, one[2].chain) == (other[2].place, other[2].chain)


class Instance:
    """One program under one hook.

    Args:
        arrivals: States it can start in. States in which members of the context hold different
            things are kept apart, so that flags that belong together stay together.
        cut_short: The first tail call that led here with more than was run.
        follows: Facts of the packet that are followed.
    """

    def __init__(
        self,
        key: InstanceKey,
        binding: Binding,
        kernel: KernelModel,
        follows: frozenset[Followed] = frozenset(),
    ) -> None:
        self.key = key
        self.binding = binding
        self.arrivals: list[Arrival] = []
        self.cut_short: Before | None = None
        self._entries: Fixpoint[int, EntryState] = Fixpoint(EntryStates(), limits.ARRIVALS)
        self._facts = context_facts(key.hook, binding.unit, kernel, follows)
        self._packet = packet_facts(key.hook, follows)

    def arrive(self, entry: EntryState, before: Before | None = None) -> Arrival | None:
        """The arrival that an entry state makes or changes; None where it says nothing new."""
        entry = self._followed(entry)
        for known in self.arrivals:
            if leq_entry(entry, known.entry):
                known.add(before)
                return None
        at = self._nearest(entry)
        grown = self._entries.arrive(at, entry)
        if grown is None:
            if before is not None and self.cut_short is None and at in self._entries.unsettled:
                self.cut_short = before
            return None
        if at == len(self.arrivals):
            self.arrivals.append(Arrival(entry, before))
        self.arrivals[at].add(before)
        self.arrivals[at].entry = grown
        return self.arrivals[at]

    def _followed(self, entry: EntryState) -> EntryState:
        """An entry state with what is known of the packet, where few such states start here."""
        region = entry.get(PACKET, EMPTY)
        rooms = {layout.history(one.entry.get(PACKET, EMPTY)) for one in self.arrivals}
        if layout.history(region) not in rooms and len(rooms) >= limits.ROOMS:
            entry = {**entry, PACKET: layout.blurred(region)}
        return self._with_protocol(entry)

    def _with_protocol(self, entry: EntryState) -> EntryState:
        """An entry state with the packet's protocol, where few are known of that start here."""
        found = protocol.of(entry.get(PACKET, EMPTY))
        known = {protocol.of(one.entry.get(PACKET, EMPTY)) for one in self.arrivals} - {None}
        if PACKET not in entry or (
            found is not None and (found in known or len(known) < limits.PROTOCOLS)
        ):
            return entry
        return {**entry, PACKET: protocol.blurred(entry[PACKET])}

    def _nearest(self, entry: EntryState) -> int:
        """Index of the arrival that an entry state is joined with; past the last for a new one."""
        # What has been done to the packet is never blurred: there is little of it.
        told = _told(entry)
        alike = [
            (conflicts(known.entry, entry), at)
            for at, known in enumerate(self.arrivals)
            if _told(known.entry) == told
        ]
        fewest, nearest = min(alike, default=(0, len(self.arrivals)))
        apart = fewest and len(alike) < limits.ENTRIES
        return len(self.arrivals) if apart else nearest

    def events(self) -> Iterator[Event]:
        """Everything that happens in any run, each once."""
        return iter(dict.fromkeys(e for one in self.arrivals for e in one.outcome.events))

    def parameters(self) -> tuple[Value, ...]:
        """Arguments of the program: its context."""
        return (pointing(CONTEXT),)

    def answer(self, read: Read, entry: EntryState, shared: SharedMaps) -> Value | Slice:
        """Answer a read of memory that the program has not written since this entry."""
        base, offset, bits, ranged = read
        kind = base.kind
        if kind is Kind.HOOK:
            return frozenset([self.key.hook.program_type])
        if kind is Kind.SYMBOL:
            return self.binding.symbols.get(base.name, NONE)
        if kind is Kind.KEYS:
            return shared.telling(base)
        if base.of_system:
            return shared.take(base, offset, bits) if ranged else shared.load(base, offset, bits)
        if kind is Kind.RUNNING or (kind is Kind.TESTED and offset == tested.LOOKUPS):
            return ZERO
        region = self._region(base, entry)
        if not region and kind is Kind.VARIABLE:
            kept = self.answer((self.binding.stored(base), *read[1:]), entry, shared)
            return self._or_initial(read, kept)
        if ranged:
            return memory.take(region, offset, bits)
        if offset == memory.ANYWHERE:
            whole = kind is Kind.VARIABLE
            return (_anywhere_in if whole else memory.anywhere)(region, bits)
        found = memory.load(region, offset, bits)
        return ANY if found is None else found

    def _or_initial(self, read: Read, kept: Value | Slice) -> Value | Slice:
        """What a variable holds that programs and user space may have written, or not."""
        base, offset, bits, ranged = read
        known = self.binding.initials
        if base not in known:
            known[base] = initial_origins(self.binding, base.name)
        region = known[base]
        if not region:
            return kept
        if ranged:
            return memory.blend(bits, (kept, memory.take(region, offset, bits)))  # type: ignore[arg-type]
        if offset == memory.ANYWHERE:
            return join(kept, memory.anywhere(region, bits))  # type: ignore[arg-type]
        return join(kept, memory.load(region, offset, bits) or ANY)  # type: ignore[arg-type]

    def _region(self, base: Base, entry: EntryState) -> Region:
        if base.kind is Kind.VARIABLE:
            known = self.binding.regions
            if base not in known:
                known[base] = variable_region(self.binding, base.name)
            return known[base]
        region = entry.get(base, EMPTY)
        if base is CONTEXT:
            return {**self._facts, **region}
        if base is PACKET:
            return {**self._packet, **region}
        return region


def _anywhere_in(region: Region, bits: int) -> Value:
    """What a read at an unknown offset gives in an object that the region holds all of: a table."""
    found = [value for width, value in region.values() if width == bits]
    rest = [value for width, value in region.values() if width != bits]
    known = found and all(value is ZERO for value in rest)
    return union([*found, *rest]) if known else memory.anywhere(region, bits)


def variable_region(binding: Binding, name: str) -> Region:
    """Contents of a file-scope variable."""
    variable = binding.unit.variables.get(name)
    known = variable_value(binding, name)
    bits = variable.bits if variable else 0
    if known is not None:
        return {0: (bits or 32, known)}
    fixed = variable is not None and variable.constant and variable.defined
    if variable is None or not fixed or "volatile" in variable.type_name:
        return EMPTY
    region: Region = {}
    end = 0  # of what is filled; cells are appended, as tables can be large
    for initial in sorted(variable.initial, key=lambda one: one.offset):
        value = _initial(initial, binding)
        if initial.offset > end:
            region[end] = (initial.offset - end, ZERO)
        if initial.offset < end:  # a member of a union, initialized twice
            memory.erase(region, initial.offset, initial.bits)
        region[initial.offset] = (initial.bits, value)
        end = max(end, initial.offset + initial.bits)
    if bits > end:
        region[end] = (bits - end, ZERO)
    return region


def initial_origins(binding: Binding, name: str) -> Region:
    """The ifindexes of known origin that a file-scope variable holds until somebody writes it."""
    variable = binding.unit.variables.get(name)
    region: Region = {}
    for initial in variable.initial if variable else ():
        value = _initial(initial, binding)
        if origins(value):
            region[initial.offset] = (initial.bits, value)
    return region


def _initial(initial: ir.Initial, binding: Binding) -> Value:
    if initial.address in binding.unit.functions:
        return frozenset([binding.environment.address_of_function(initial.address)])
    if initial.address:
        return frozenset([binding.environment.address(initial.address)])
    symbol = initial.symbol
    for name in (symbol.name, *symbol.also) if symbol else ():
        known = binding.symbols.get(name)
        if symbol and known is not None:
            return convert(placed(known, symbol.place), initial.bits, False)
    return number(initial.value)


class EntryStates:
    """The order of entry states: a cell that one does not have can be any number there."""

    def leq(self, left: EntryState, right: EntryState) -> bool:
        """See `leq_entry`."""
        return leq_entry(left, right)

    def join(self, left: EntryState, right: EntryState) -> EntryState:
        """An entry that covers both."""
        return {
            base: memory.join(left.get(base, EMPTY), right.get(base, EMPTY), _any)
            for base in (*left, *(base for base in right if base not in left))
        }

    def widen(self, known: EntryState, joined: EntryState, count: int) -> EntryState:
        """Integers become unknown, then places; what was done to the packet stays."""
        if count < limits.WIDEN_ENTRY:
            return joined
        far = count > 2 * limits.WIDEN_ENTRY
        return {
            base: region if base is PACKET else memory.widen(known.get(base, EMPTY), region, far)
            for base, region in joined.items()
        }


def _told(entry: EntryState) -> tuple[packet.Told | None, int | None]:
    """What keeps entry states apart: what has been done to the packet, and its protocol."""
    region = entry.get(PACKET, EMPTY)
    return packet.told(State({}, {PACKET: region})), protocol.of(region)


def leq_entry(arriving: EntryState, known: EntryState) -> bool:
    """True where an arrival says nothing that a known entry does not allow."""
    bases = arriving.keys() | known.keys()
    # The packet's facts are few, and what most often differs.
    return all(
        memory.leq(arriving.get(base, EMPTY), known.get(base, EMPTY), _any)
        for base in (PACKET, *(bases - {PACKET}))
    )


def conflicts(known: EntryState, arriving: EntryState) -> int:
    """Number of members of the context that hold something else, and known, in an arrival."""
    count = 0
    other = arriving.get(CONTEXT, EMPTY)
    for start, (width, value) in known.get(CONTEXT, EMPTY).items():
        found = memory.load(other, start, width)
        if found is not None and not found <= value:
            count += UNKNOWN not in found and UNKNOWN not in value
    return count


def _any(start: int, width: int) -> Value:
    """What an arrival that lacks a cell says of it."""
    return ANY
