"""Where things are in the packet: which numbers were made of it before its room changed.

Followed where a rule asks for offsets. A number that is made of what the packet holds has a mark
for how often room had been made in the packet or taken from it by then (`LAID`).
"""

from __future__ import annotations

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import ANY, LAID, UNKNOWN, Value, number
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.model.integers import wrap

# How often it changed, up to as many as there are marks, and by how many bytes each time.
CHANGES = packet.ROOM
_SIZES = CHANGES + packet.BITS
_END = _SIZES + packet.BITS * len(LAID)


def changes(frame: Frame, state: State) -> int | None:
    """How often the packet's room has changed; None where paths differ in that."""
    return exact(frame.load(state, PACKET, CHANGES, packet.BITS))


def change(frame: Frame, state: State, by: int | None) -> None:
    """Room for `by` bytes is made, or taken where it is below 0; None: not known how much."""
    count = changes(frame, state)
    if count is not None and count < len(LAID):
        packet.tell(state, CHANGES, number(count + 1))
        size = ANY if by is None else number(by)
        packet.tell(state, _SIZES + packet.BITS * count, size)


def now(frame: Frame, state: State) -> Value:
    """What is read from the packet as it is."""
    count = changes(frame, state)
    return ANY if count is None or count >= len(LAID) else frozenset([UNKNOWN, LAID[count]])


def moved(frame: Frame, state: State, mark: str) -> int:
    """Bytes by which what lay behind an offset with this mark has moved; 0 where not known."""
    total = 0
    for count in range(LAID.index(mark), changes(frame, state) or 0):
        size = exact(frame.load(state, PACKET, _SIZES + packet.BITS * count, packet.BITS))
        if size is None:
            return 0
        total += size
    return total


def history(region: Region) -> tuple[Value, ...]:
    """How a packet's room has changed, by the packet's facts."""
    return tuple(region[at][1] for at in range(CHANGES, _END, packet.BITS) if at in region)


def blurred(region: Region) -> Region:
    """The packet's facts without what is known of its room."""
    unknown = dict.fromkeys(range(CHANGES, _END, packet.BITS), (packet.BITS, ANY))
    return {**region, **unknown}


def calculated(
    frame: Frame, state: State, op: str, left: Value, right: Value, found: Value
) -> Value:
    """The result of an operation, with the marks that it keeps.

    A program that adds what was put into the packet knows of it, and so does one that adds a number
    which is not known: in that, this is not monotone.
    """
    kept = {
        mark
        for value, other, below in ((left, right, False), (right, left, op == "-"))
        for mark in LAID
        if mark in value and (below or not _corrected(frame, state, mark, op, other))
    }
    return found | {UNKNOWN, *kept} if kept else found


def _corrected(frame: Frame, state: State, mark: str, op: str, other: Value) -> bool:
    """True for an operation that takes account of what has moved."""
    by = moved(frame, state, mark)
    if by == 0 or op not in ("+", "-"):
        return False
    added = [wrap(atom if op == "+" else -atom, 32, True) for atom in other if type(atom) is int]
    return all(one >= by if by > 0 else one <= by for one in added)
