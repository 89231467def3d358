"""What a path has done to its packet: facts that keep states apart.

They are cells of a memory of their own, so that calls, joins, the memo and tail calls treat
them as any other memory: a function that does not change a fact leaves its caller's.
"""

from __future__ import annotations

from bpf_lint.dataflow.domain.atoms import Pointer, Value
from bpf_lint.dataflow.domain.base import PACKET, Base
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact

BITS = 8

# Offsets of the cells by name, as the kernel model has them (`Effect.packet`).
FACTS = {
    "l2_header": 0,  # 1: the packet begins with an Ethernet header
    "metadata_dst": 8,  # 1: a tunnel's metadata is its destination
    "reshaped": 16,  # 1: headers were added to it or taken from it
    "translated": 24,  # 1: it became a packet of the other IP version
    "readdressed": 32,  # 1: its Ethernet addresses were written
}
# Result class of the last FIB lookup, and the buffer it filled.
FIB = 64
# From here to PROTOCOL_AT: how the packet's room has changed (see `layout`).
ROOM = 72
# The packet's protocol (see `protocol`).
PROTOCOL_AT = 128

Told = tuple[tuple[int, Value], ...]


def told(state: State) -> Told | None:
    """Facts that a function has established; states that differ in them are not joined."""
    region = state.memory.get(PACKET)
    if not region:
        return None
    return tuple((at, region[at][1]) for at in sorted(region) if at != PROTOCOL_AT) or None


def outlined(facts: Told | None) -> Told | None:
    """Facts without how the packet's room has changed, which can be in any number of ways."""
    return tuple(one for one in facts or () if not ROOM <= one[0] < PROTOCOL_AT) or None


def tell(state: State, at: int, value: Value) -> None:
    """Establish a fact from here on."""
    state.memory[PACKET] = {**state.memory.get(PACKET, {}), at: (BITS, value)}


def at_return(region: Region, own: frozenset[Base]) -> Region:
    """Facts that concern a caller: not the lookup whose result was in a local variable."""
    fib = region.get(FIB)
    if fib is None or not any(type(a) is Pointer and a.base in own for a in fib[1]):
        return region
    return {at: cell for at, cell in region.items() if at != FIB}


def is_set(value: Value) -> bool:
    """True where a fact holds for certain."""
    return exact(value) == 1


def is_clear(value: Value) -> bool:
    """True where a fact does not hold, for certain."""
    return exact(value) == 0
