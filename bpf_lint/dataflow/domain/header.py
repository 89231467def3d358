"""The packet's first bytes: a memory that is followed where a rule asks for Ethernet addresses.

Only addresses are read from it. What is beyond them can be anything, and is kept for the case that
the packet's start moves on to it.
"""

from __future__ import annotations

from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import ANY, UNKNOWN, Value, content
from bpf_lint.dataflow.domain.base import FRAME
from bpf_lint.dataflow.domain.memory import Region, Slice
from bpf_lint.dataflow.domain.state import Frame, State

# Bits of an Ethernet address, and of the two at the start of a frame.
ADDRESS = 48
ADDRESSES = 2 * ADDRESS
# Bytes that are moved along with the packet's start.
KEPT = 128


def received(has_header: bool) -> Region:
    """The header of a packet as it reaches a hook."""
    if not has_header:
        return {0: (8 * KEPT, ANY)}
    return {at: (8, as_received(at)) for at in range(0, ADDRESSES, 8)}


def as_received(at: int) -> Value:
    """What is at a bit offset as long as nobody has written there."""
    return frozenset([UNKNOWN, content(FRAME, at)])


def forget(state: State) -> None:
    """Anything may have been written into the packet."""
    state.memory[FRAME] = {0: (8 * KEPT, ANY)}


def move_start(frame: Frame, state: State, back: int | None, before: Value) -> None:
    """The packet's start moves `back` bytes; what is there then is `before`."""
    if back is None or not -KEPT < back < KEPT:
        forget(state)
        return
    bits = 8 * back
    known = frame.take(state, FRAME, max(0, -bits), 8 * KEPT - abs(bits))
    region = {0: (8 * KEPT, ANY)}
    if bits > 0:
        region = memory.store(region, 0, bits, before)
    state.memory[FRAME] = memory.paste(region, max(0, bits), 8 * KEPT - abs(bits), known, fill=True)


def addresses(frame: Frame, state: State) -> tuple[list[Value], list[Value]]:
    """The bytes of destination and source."""
    region = memory.paste(memory.EMPTY, 0, ADDRESSES, _cells(frame, state), fill=True)
    found = [memory.load(region, at, 8) or ANY for at in range(0, ADDRESSES, 8)]
    return found[:6], found[6:]


def is_written(frame: Frame, state: State) -> bool:
    """True where something has been written behind the addresses."""
    cells = frame.take(state, FRAME, ADDRESSES, 8 * KEPT - ADDRESSES)
    return any(value != ANY for _, _, value in cells)


def _cells(frame: Frame, state: State) -> Slice:
    return frame.take(state, FRAME, 0, ADDRESSES)
