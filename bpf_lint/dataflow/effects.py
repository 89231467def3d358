"""What instructions do to memory, and the events that callers are told of."""

from __future__ import annotations

from bpf_lint.dataflow import memory
from bpf_lint.dataflow.events import Event, MapStore, Payload, TailCall, carried, scratch_of
from bpf_lint.dataflow.joining import merge
from bpf_lint.dataflow.state import Frame, State
from bpf_lint.dataflow.values import ANY, UNKNOWN, Pointer, Value, origins, pointers
from bpf_lint.model.place import Place


class Effects:
    """Memory writes and events of one activation."""

    def __init__(self, function: str, frame: Frame) -> None:
        self._function = function
        self.frame = frame
        self.events: dict[tuple[object, ...], Event] = {}

    def write(self, address: Value, bits: int, value: Value, place: Place, state: State) -> None:
        """Write a scalar to wherever `address` may point."""
        targets = [p for p in pointers(address) if p.base[0] not in "PDOIF"]
        strong = len(targets) == 1 and UNKNOWN not in address
        for target in targets:
            if target.base[0] in "MG":
                self.store_shared(target.base, target.offset, bits, value, place)
            elif strong or target.offset is None:
                self.spill(state, target)
                self.frame.store(state, target, bits, value)
            else:
                old = self.frame.load(state, target.base, target.offset, bits)
                self.frame.store(state, target, bits, old | value)

    def spill(self, state: State, target: Pointer) -> None:
        """Before a write somewhere into outer memory, forget what it held."""
        if target.offset is None and target.base not in self.frame.own:
            region = state.memory.get(target.base, {})
            state.memory[target.base] = memory.paste(region, 0, 1 << 20, (), True)

    def store_shared(
        self, base: str, offset: int | None, bits: int, value: Value, place: Place
    ) -> None:
        """Tell of a write to a shared map, if it says anything about an ifindex."""
        if origins(value):
            self.emit(place, MapStore(base, offset, bits, value))

    def copy(self, target: Value, source: Value, bits: int, place: Place, state: State) -> None:
        """Copy `bits` between addresses."""
        sources = pointers(source)
        cells: memory.Slice = ()
        if len(sources) == 1 and sources[0].offset is not None and UNKNOWN not in source:
            cells = self.frame.take(state, sources[0].base, sources[0].offset, bits)
        for at in pointers(target):
            if at.base[0] in "MG":
                for start, width, value in cells:
                    offset = None if at.offset is None else at.offset + start
                    self.store_shared(at.base, offset, width, value, place)
                continue
            region = state.memory.get(at.base, {})
            if at.offset is None:
                self.spill(state, at)
                state.memory[at.base] = memory.weaken(state.memory.get(at.base, {}), ANY, 0)
            else:
                state.memory[at.base] = memory.paste(region, at.offset, bits, cells, True)

    def havoc(self, address: Value, bits: int, state: State) -> None:
        """Forget `bits` of memory at an address (0: to its end)."""
        for at in pointers(address):
            if at.base[0] in "MGPDOIF":
                continue
            region = state.memory.get(at.base, {})
            offset = at.offset or 0
            state.memory[at.base] = memory.store(region, offset, bits or 1 << 20, ANY)

    def emit(self, place: Place, payload: Payload) -> None:
        """Tell the callers of something that happened here."""
        event = Event(place, self._function, payload)
        self.events.setdefault((place, self._function, payload), event)

    def tail_call(self, place: Place, maps: tuple[str, ...], slot: Value, state: State) -> None:
        """Tell of a tail call, with the memory that it carries along."""
        self.emit(place, TailCall(maps, slot, scratch_of(state.memory), state.armed))

    def pass_on(self, event: Event, state: State) -> None:
        """Tell an event of a callee on, tail calls completed with what the caller wrote."""
        payload = event.payload
        if isinstance(payload, TailCall):
            regions = {b: {o: (w, v) for o, w, v in cells} for b, cells in payload.scratch}
            for base, region in state.memory.items():
                if carried(base):
                    regions[base] = merge(region, regions[base]) if base in regions else region
            payload = payload._replace(
                scratch=scratch_of(regions), armed=payload.armed or state.armed
            )
            event = event._replace(payload=payload)
        self.events.setdefault((event.place, event.function, payload), event)
