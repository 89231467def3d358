"""What a function does that its caller cannot see in memory or in the return value.

The events here are those that the analysis itself goes on from; what only rules look at is told by
observers, in `bpf_lint/dataflow/observers/`.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import msgspec

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.base import PACKET, Base, Key
from bpf_lint.dataflow.domain.classes import merge
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.state import Armed, State
from bpf_lint.model.place import Place


class Payload(msgspec.Struct, frozen=True):
    """What happened.

    Attributes:
        kind: The name of its kind of event, as rule files call it where they can look at it.
        stores: True where a wrapper that also stores something is still a thin one for it.
    """

    kind: ClassVar[str] = ""
    stores: ClassVar[bool] = False

    def is_used(self) -> bool:
        """False where it is a call whose result is dropped."""
        return True

    def passed_on(self, state: State) -> Payload:
        """The same as the caller knows it, who was in this state before the call."""
        return self


class TailCall(Payload, frozen=True):
    """A tail call: maps, slot, and the packet's scratch space as far as it was written."""

    kind: ClassVar[str] = "tail_call"
    stores: ClassVar[bool] = True
    maps: tuple[Base, ...]
    slot: Value
    scratch: tuple[tuple[Base, tuple[tuple[int, int, Value], ...]], ...]
    armed: Armed | None

    def passed_on(self, state: State) -> TailCall:
        """The same, with what the caller had written and left waiting."""
        regions = {b: {o: (w, v) for o, w, v in cells} for b, cells in self.scratch}
        for base, region in state.memory.items():
            if base.carried:
                regions[base] = merge(region, regions[base]) if base in regions else region
        return TailCall(self.maps, self.slot, scratch_of(regions), self.armed or state.armed)


class MapStore(Payload, frozen=True):
    """A value with origins was written into a shared map.

    Args:
        key: What is known of the entry's key.
    """

    base: Base
    offset: int | None
    bits: int
    value: Value
    key: Key = ()


class Unsettled(Payload, frozen=True):
    """Something still grew when its bound was met: what follows was run for a part of it."""

    what: str


class Call(NamedTuple):
    """One link of a call chain: where, the function called, and whether its result is used."""

    place: Place
    callee: str
    used: bool = True


class Event(NamedTuple):
    """A payload at a place in a function, with the calls that lead there from the frame.

    Args:
        wrappers: Places of the last calls of the chain, as far as they are of thin wrappers:
            what happens in a wrapper happens once for each of its callers.
    """

    place: Place
    function: str
    payload: Payload
    chain: tuple[Call, ...] = ()
    wrappers: tuple[Place, ...] = ()

    def called_from(self, call: Call, thin: bool) -> Event:
        """The same event, seen from the caller; `thin`: the function called is a wrapper."""
        wrappers = self.wrappers
        if thin and len(wrappers) == len(self.chain):
            wrappers = (call.place, *wrappers)
        return self._replace(chain=(call, *self.chain), wrappers=wrappers)


def scratch_of(
    regions: dict[Base, Region],
) -> tuple[tuple[Base, tuple[tuple[int, int, Value], ...]], ...]:
    """The parts of memory that a tail call carries along, as a value."""
    return tuple(
        (base, tuple(sorted((start, *cell) for start, cell in kept(base, region).items())))
        for base, region in sorted(regions.items(), key=lambda item: item[0].text)
        if base.carried
    )


def kept(base: Base, region: Region) -> Region:
    """What of a region survives a tail call: not the lookup whose result was in a local."""
    if base is not PACKET or packet.FIB not in region:
        return region
    return {at: cell for at, cell in region.items() if at != packet.FIB}
