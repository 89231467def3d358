"""What a function does that its caller cannot see in memory or in the return value."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.base import PACKET, Base
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.state import Armed
from bpf_lint.dataflow.domain.values import NONE, Origin, Value
from bpf_lint.model.place import Place


class Redirect(NamedTuple):
    """A redirect helper was called with this target.

    Args:
        used: False where the call's result is dropped.
        nexthop: Size of its parameters for the next hop, none where it takes none.
        packet: What the path has done to the packet, by the names of `packet.FACTS`.
        armed: A redirect that waited already, and that this one replaces.
    """

    helper: str
    target: Value
    flags: Value
    used: bool
    nexthop: Value = NONE
    packet: tuple[Value, ...] = ()
    armed: Armed | None = None


class FibLookup(NamedTuple):
    """A FIB lookup ran with this input ifindex."""

    helper: str
    target: Value


class FibUse(NamedTuple):
    """Something is done with a part of a FIB lookup's result that the lookup has not set.

    Args:
        what: "ifindex" or "addresses".
        how: What is done with it.
        owner: Function that the result belongs to, "" where none of the chain does.
    """

    what: str
    how: str
    owner: str


class Narrow(NamedTuple):
    """An ifindex was put into a type with fewer bits.

    Args:
        name: Member or variable, as the source names it; "" where it does not.
    """

    atom: Origin
    bits: int
    name: str


class Unavailable(NamedTuple):
    """A helper is called that programs of this type do not have."""

    helper: str


class TailCall(NamedTuple):
    """A tail call: maps, slot, and the packet's scratch space as far as it was written."""

    maps: tuple[Base, ...]
    slot: Value
    scratch: tuple[tuple[Base, tuple[tuple[int, int, Value], ...]], ...]
    armed: Armed | None


class MapStore(NamedTuple):
    """A value with origins was written into a shared map."""

    base: Base
    offset: int | None
    bits: int
    value: Value


class Assign(NamedTuple):
    """An origin was stored in memory of the run, for the path that a finding shows.

    Args:
        base: The memory it was stored in, None where it is not known.
        name: Member or variable, as the source names it; "" where it does not.
    """

    atom: Origin
    base: Base | None
    name: str


class Unknown(NamedTuple):
    """Something the analysis could not follow: kind and text, for the audit."""

    kind: str
    text: str


class Unsettled(NamedTuple):
    """Something still grew when its bound was met: what follows was run for a part of it."""

    what: str


Payload = (
    Redirect
    | FibLookup
    | FibUse
    | Narrow
    | Unavailable
    | TailCall
    | MapStore
    | Assign
    | Unknown
    | Unsettled
)


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
