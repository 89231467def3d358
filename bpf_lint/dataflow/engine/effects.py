"""What instructions do to memory, and the events that callers are told of."""

from __future__ import annotations

from bpf_lint.dataflow.domain import header, memory, protocol, tested
from bpf_lint.dataflow.domain.atoms import ANY, ZERO, Pointer, Value
from bpf_lint.dataflow.domain.base import CONTEXT, FRAME, HOOK, Base
from bpf_lint.dataflow.domain.classes import merge
from bpf_lint.dataflow.domain.memory import Slice
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import elsewhere, origins, pointers
from bpf_lint.dataflow.engine import packetbytes
from bpf_lint.dataflow.engine.environment import FixedMember
from bpf_lint.dataflow.engine.events import Event, MapStore, Payload, TailCall, scratch_of
from bpf_lint.model.place import Place


class Effects:
    """Memory writes and events of one activation.

    Args:
        fixed: Members of the context that nobody can write.
        frames: The packet's first bytes are followed.
    """

    def __init__(
        self,
        function: str,
        frame: Frame,
        fixed: tuple[FixedMember, ...] = (),
        frames: bool = False,
    ) -> None:
        self._function = function
        self._fixed = fixed
        self._frames = frames
        self.frame = frame
        self.events: dict[tuple[object, ...], Event] = {}

    def write(self, address: Value, bits: int, value: Value, place: Place, state: State) -> None:
        """Write a scalar to wherever `address` may point."""
        self._put(address, bits, ((0, bits, value),), place, state)

    def _put(self, address: Value, bits: int, cells: Slice, place: Place, state: State) -> None:
        """Write cells to wherever `address` may point; the old ones stay where it may not."""
        targets = [p for p in pointers(address) if not p.base.bare]
        strong = len(targets) == 1 and not elsewhere(address)
        if not targets and elsewhere(address):
            protocol.forget(state)
            if self._frames:
                header.forget(state)
        for at in targets:
            if at.base.shared:
                tested.forget(state, at.base)
                for start, width, value in cells:
                    offset = None if at.offset is None else at.offset + start
                    self.store_shared(at.base, offset, width, value, place)
            elif at.base is FRAME and self._passed_by(at, bits, state):
                continue
            elif at.offset is None:
                self._spill(state, at.base)
                for _, width, value in cells or ((0, 0, ANY),):
                    region = state.memory.get(at.base, memory.EMPTY)
                    state.memory[at.base] = memory.weaken(region, value, width)
            else:
                new = packetbytes.marked(cells) if at.base is FRAME else cells
                if not strong:
                    new = memory.blend(bits, (self._old(at.base, at.offset, bits, state), new))
                region = state.memory.get(at.base, memory.EMPTY)
                state.memory[at.base] = memory.paste(region, at.offset, bits, new, True)

    def _passed_by(self, at: Pointer, bits: int, state: State) -> bool:
        """True for a write into the packet that leaves what is followed of its bytes."""
        if protocol.touched(at.offset, bits):
            protocol.forget(state)
        # Behind a header of some length, no Ethernet header is there.
        return at.offset is None or not self._frames

    def _old(self, base: Base, offset: int, bits: int, state: State) -> Slice:
        """What a write to an address may leave as it is."""
        if bits <= 64:
            return ((0, bits, self.frame.load(state, base, offset, bits)),)
        return self.frame.take(state, base, offset, bits)

    def _spill(self, state: State, base: Base) -> None:
        """Before a write somewhere into outer memory, take in all of it."""
        region = state.memory.get(base, memory.EMPTY)
        if base in self.frame.own or any(start < 0 for start in region):
            return
        outer = self.frame.slice(base, 0, memory.ALL)
        below = memory.paste(memory.EMPTY, 0, memory.ALL, outer, True)
        state.memory[base] = merge(below, region)

    def store_shared(
        self, base: Base, offset: int | None, bits: int, value: Value, place: Place
    ) -> None:
        """Tell of a write to a shared map, if it says anything about an ifindex."""
        if origins(value):
            self.emit(place, MapStore(base.whole, offset, bits, value, base.key))

    def copy(
        self,
        target: Value,
        source: Value,
        bits: int,
        place: Place,
        state: State,
        overlaps: bool = False,
    ) -> None:
        """Copy `bits` between addresses; `overlaps`: see `ir.Copy`."""
        if self._frames and any(at.base is FRAME for at in pointers(target)):
            sources = packetbytes.sources(self.frame, state, source, bits, target, overlaps)
        else:
            sources = self.taken(source, bits, state)
        if elsewhere(source) or not sources:
            sources.append(())
        cells = sources[0] if len(sources) == 1 else memory.blend(bits, sources)
        self._put(target, bits, cells, place, state)

    def taken(self, source: Value, bits: int, state: State) -> list[Slice]:
        """The cells at each address that a source can be."""
        return [self._cells(at, bits, state) for at in pointers(source)]

    def _cells(self, at: Pointer, bits: int, state: State) -> Slice:
        if at.offset is None or at.base.bare:
            return ()
        if at.base is not FRAME:
            return self.frame.take(state, at.base, at.offset, bits)
        cells = self.frame.take(state, FRAME, at.offset, bits) if self._frames else ()
        start = protocol.IN_HEADER - at.offset
        if not 0 <= start <= bits - protocol.BITS:
            return cells
        held = protocol.in_header(self.frame, state, protocol.IN_HEADER, protocol.BITS)
        region = memory.paste(memory.EMPTY, 0, bits, cells, fill=True)
        return memory.take(memory.store(region, start, protocol.BITS, held), 0, bits)

    def clear(self, target: Value, bits: int, zero: bool, place: Place, state: State) -> None:
        """Fill `bits` with zero, or with contents that are not known."""
        value = ZERO if zero and not any(p.offset is None for p in pointers(target)) else ANY
        self._put(target, bits, ((0, bits, value),), place, state)

    def havoc(self, address: Value, bits: int, state: State) -> None:
        """Forget `bits` of memory at an address (0: to its end, and what that leads to)."""
        for at in pointers(address):
            if at.base is FRAME and self._passed_by(at, bits or memory.ALL, state):
                continue
            if not at.base.own:
                if at.base.shared:
                    tested.forget(state, at.base)
                continue
            region = state.memory.get(at.base, memory.EMPTY)
            within = [] if bits else [value for start, (_, value) in region.items() if start >= 0]
            if at.offset is None:
                changed = memory.store(region, 0, memory.ALL, ANY)
            else:
                changed = memory.store(region, at.offset, bits or memory.ALL, ANY)
            if at.base is CONTEXT:
                for member in self._fixed:
                    # Unchanged: as the caller left it.
                    if not member.types.isdisjoint(self.frame.read(HOOK, 0, 0)):
                        memory.erase(changed, member.offset, member.bits)
            state.memory[at.base] = changed
            for value in within:  # what can be reached from there
                if pointers(value):
                    self.havoc(value, 0, state)

    def emit(self, place: Place, payload: Payload) -> None:
        """Tell the callers of something that happened here."""
        event = Event(place, self._function, payload)
        self.events.setdefault((place, self._function, (), payload), event)

    def tail_call(self, place: Place, maps: tuple[Base, ...], slot: Value, state: State) -> None:
        """Tell of a tail call, with the memory that it carries along."""
        self.emit(place, TailCall(maps, slot, scratch_of(state.memory), state.armed))

    def pass_on(self, event: Event, state: State) -> None:
        """Tell an event of a callee on, completed with what its caller did before the call."""
        payload = event.payload.passed_on(state)
        if payload is not event.payload:
            event = event._replace(payload=payload)
        self.events.setdefault((event.place, event.function, event.wrappers, payload), event)
