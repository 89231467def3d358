"""What is written into the packet's first bytes, where these are followed."""

from __future__ import annotations

from bpf_lint.dataflow.domain import memory, packet, tested
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    ONE,
    UNKNOWN,
    WRITTEN,
    ZERO,
    Pointer,
    Value,
    content,
)
from bpf_lint.dataflow.domain.base import FRAME, PACKET, Base, Kind
from bpf_lint.dataflow.domain.memory import Region, Slice
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import pointers

_UNSET: Value = frozenset([UNKNOWN, FRESH])
_LOST: Value = frozenset([UNKNOWN, CLOBBERED])
_SOMETHING: Value = frozenset([UNKNOWN, WRITTEN])


def marked(cells: Slice) -> Slice:
    """Cells as the packet takes them: what is not known has been written all the same."""
    if all(value != ANY for _, _, value in cells):
        return cells
    return tuple((at, bits, _SOMETHING if v == ANY else v) for at, bits, v in cells)


def sources(
    frame: Frame, state: State, source: Value, bits: int, target: Value, overlaps: bool
) -> list[Slice]:
    """The bytes at each address that a copy into the packet can read, with where they are from."""
    found = [
        _told(frame, state, at, bits)
        for at in pointers(source)
        if at.offset is not None and not at.base.bare
    ]
    lost = None if overlaps else _lost(source, target, bits)
    if lost is None or len(found) != 1:
        return found
    region = memory.paste(memory.EMPTY, 0, bits, found[0], fill=True)
    return [memory.take(memory.store(region, lost, bits - lost, _LOST), 0, bits)]


def _told(frame: Frame, state: State, at: Pointer, bits: int) -> Slice:
    """The cells at an address, byte by byte where it is not known what they are."""
    assert at.offset is not None
    cells = frame.take(state, at.base, at.offset, bits)
    missing = _UNSET if at.base.kind is Kind.LOCAL else ANY
    region: Region = {}
    for start in range(0, bits, 8):
        region[start] = (min(8, bits - start), missing)
    for start, width, value in cells:
        memory.erase(region, start, width)
        region[start] = (width, value)
    if _stays(frame, state, at.base):
        for start, (width, value) in list(region.items()):
            if value == ANY:
                memory.erase(region, start, width)
                for byte in range(start, start + width, 8):
                    same: Value = frozenset([UNKNOWN, content(at.base, at.offset + byte)])
                    region[byte] = (min(8, start + width - byte), same)
    return memory.take(region, 0, bits)


def _stays(frame: Frame, state: State, of: Base) -> bool:
    """True for an object that holds the same each time that a path reads it.

    Not so for locals, which are buffers of this and that, but the result of a FIB lookup; and of a
    map for the one entry that the path has looked up.
    """
    if of.kind is Kind.LOCAL:
        lookup = frame.load(state, PACKET, packet.FIB, packet.BITS)
        return any(at.base is of for at in pointers(lookup))
    if of.kind is Kind.MAP:
        lookups = frame.load(state, tested.beside(of), tested.LOOKUPS, packet.BITS)
        return lookups in (ZERO, ONE)
    return of.kind is Kind.VARIABLE


def _lost(source: Value, target: Value, bits: int) -> int | None:
    """From which bit on a copy within the packet reads what it has written; None where it does not.

    Compilers copy from the first byte to the last.
    """
    ends = [pointers(one) for one in (source, target)]
    if any(len(one) != 1 or one[0].base is not FRAME for one in ends):
        return None
    (start,), (end,) = ends
    if start.offset is None or end.offset is None or not 0 < end.offset - start.offset < bits:
        return None
    return end.offset - start.offset
