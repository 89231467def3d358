"""Memory regions: non-overlapping cells of bits, copied on write.

A region maps a bit offset to `(bits, value)`. A cell whose value is the integer 0 or UNKNOWN
may be wide (a cleared structure); any part of it reads as that value. Bits in no cell are
absent: what that means is the owner's business (undefined for a local, "as the caller left
it" for everything else).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from bpf_lint.dataflow.domain import values
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    LAID,
    PROTOCOL,
    UNKNOWN,
    WRITTEN,
    ZERO,
    Atom,
    Content,
    Origin,
    Value,
    content,
    number,
)
from bpf_lint.dataflow.domain.values import convert, exact, union
from bpf_lint.model.integers import wrap

Cell = tuple[int, Value]
Region = dict[int, Cell]
# A slice of memory as a value: ((offset from its start, bits, value), ...), sorted.
Slice = tuple[tuple[int, int, Value], ...]

EMPTY: Region = {}

# Marks that parts of a cell have where all of it has them.
BYTES = frozenset([FRESH, CLOBBERED, WRITTEN, *LAID])

# Above the keys of all cells that stand for writes somewhere into a region.
_STRAY = -(1 << 40)
# The offset in a read that asks for whatever a region holds.
ANYWHERE = -1
# More bits than any object has.
ALL = 1 << 20


def stray(bits: int) -> int:
    """Key of the cell for writes of this width at an offset that is not known."""
    return _STRAY - (bits << 10)


def load(region: Region, offset: int, bits: int) -> Value | None:
    """The scalar at `offset`; None where no cell covers any of its bits."""
    cell = region.get(offset)
    if cell is not None and cell[0] == bits:
        return cell[1]
    found = _covering(region, offset, bits)
    somewhere = region.get(stray(bits))
    return found if somewhere is None else values.join(somewhere[1], found or ANY)


def _covering(region: Region, offset: int, bits: int) -> Value | None:
    parts = overlapping(region, offset, bits)
    if not parts:
        return None
    if len(parts) == 1:
        ((start, width, value),) = parts
        if start <= offset and start + width >= offset + bits:
            return extract(value, offset - start, bits)
        return ANY
    return assemble(parts, offset, bits)


def anywhere(region: Region, bits: int) -> Value:
    """Whatever a read of a region at an unknown offset can give."""
    return union([ANY, *(value for width, value in region.values() if width == bits)])


def overlapping(region: Region, offset: int, bits: int) -> list[tuple[int, int, Value]]:
    """The cells that share bits with [offset, offset + bits), in order."""
    end = offset + bits
    found = [
        (start, cell[0], cell[1])
        for start, cell in region.items()
        if start < end and start + cell[0] > offset
    ]
    if len(found) > 1:
        found.sort(key=_offset)
    return found


def _offset(part: tuple[int, int, Value]) -> int:
    return part[0]


def extract(value: Value, shift: int, bits: int) -> Value:
    """Part of a wider cell, little endian."""
    if value is ANY or value is ZERO:
        return value
    atoms: set[Atom] = set()
    of_bytes = value & BYTES or any(type(atom) is Content for atom in value)
    for atom in value:
        if type(atom) is int:
            atoms.add(wrap(atom >> shift, bits, False))
        elif of_bytes and type(atom) is Content:
            atoms.add(content(atom.base, atom.offset + shift))
        elif of_bytes and type(atom) is str:
            atoms.add(atom if atom in BYTES else UNKNOWN)
        elif atom is PROTOCOL and shift == 0 and bits >= 16:
            atoms.add(atom)
        elif type(atom) is Origin and shift == 0 and bits >= 16:
            atoms |= convert(frozenset([atom]), bits, False)
        else:
            return ANY
    return frozenset(atoms)


def assemble(parts: list[tuple[int, int, Value]], offset: int, bits: int) -> Value:
    """A scalar made of known integers, or of one value below zeros; UNKNOWN otherwise."""
    start, width, low = parts[0]
    if start == offset and width >= 32 and _zeros(parts[1:], start + width, offset + bits):
        return low
    total = 0
    position = offset
    for start, width, value in parts:
        part = exact(value)
        if part is None or start > position:
            return _contents(parts, offset, bits)
        total |= (wrap(part, width, False) >> (position - start)) << (position - offset)
        position = start + width
    if position < offset + bits:
        return ANY
    return number(wrap(total, bits, False))


def _contents(parts: list[tuple[int, int, Value]], offset: int, bits: int) -> Value:
    """A scalar made of bytes that lay beside each other where they were; else UNKNOWN."""
    first, _, low = parts[0]
    found = [atom for atom in low if type(atom) is Content]
    if first > offset or len(found) != 1:
        return ANY
    (whole,) = found
    position = first
    for start, width, value in parts:
        if start != position or content(whole.base, whole.offset + start - first) not in value:
            return ANY
        position = start + width
    if position < offset + bits:
        return ANY
    return frozenset([UNKNOWN, content(whole.base, whole.offset + offset - first)])


def _zeros(parts: list[tuple[int, int, Value]], start: int, end: int) -> bool:
    """True where cells hold 0 and leave no gap in [start, end)."""
    for at, width, value in parts:
        if at != start or exact(value) != 0:
            return False
        start += width
    return start >= end


def clear(region: Region, offset: int, bits: int) -> Region:
    """A copy without the bits [offset, offset + bits); partly covered cells keep their rest."""
    copy = dict(region)
    erase(copy, offset, bits)
    return copy


def erase(region: Region, offset: int, bits: int) -> None:
    """Remove bits from a region that the caller has just copied."""
    cell = region.get(offset)
    if cell is not None and cell[0] == bits:
        del region[offset]
        return
    end = offset + bits
    for start, width, value in overlapping(region, offset, bits):
        del region[start]
        if start < offset:
            region[start] = (offset - start, extract(value, 0, offset - start))
        if start + width > end:
            region[end] = (start + width - end, extract(value, end - start, start + width - end))


def store(region: Region, offset: int, bits: int, value: Value) -> Region:
    """A copy with a scalar written."""
    copy = dict(region)
    erase(copy, offset, bits)
    copy[offset] = (bits, value)
    return copy


def take(region: Region, offset: int, bits: int) -> Slice:
    """The cells of [offset, offset + bits), offsets relative to its start."""
    result = []
    end = offset + bits
    for start, width, value in overlapping(region, offset, bits):
        low, high = max(start, offset), min(start + width, end)
        part = value if high - low == width else extract(value, low - start, high - low)
        result.append((low - offset, high - low, part))
    return tuple(result)


def paste(region: Region, offset: int, bits: int, cells: Slice, fill: bool) -> Region:
    """A copy with `bits` replaced by `cells`; gaps become UNKNOWN (`fill`) or absent."""
    copy = dict(region)
    erase(copy, offset, bits)
    position = 0
    for start, width, value in cells:
        if fill and start > position:
            copy[offset + position] = (start - position, ANY)
        copy[offset + start] = (width, value)
        position = start + width
    if fill and position < bits:
        copy[offset + position] = (bits - position, ANY)
    return copy


def weaken(region: Region, value: Value, bits: int) -> Region:
    """A copy after a write to an unknown place in it."""
    copy = {
        start: (width, values.join(old, value) if width == bits else values.join(old, ANY))
        for start, (width, old) in region.items()
    }
    copy.setdefault(stray(bits), (bits, value))
    return copy


def widen(known: Region, joined: Region, far: bool) -> Region:
    """A region that keeps growing, widened cell by cell (see `values.widen`)."""
    nothing: tuple[int, Value | None] = (0, None)
    return {
        start: (width, values.widen(known.get(start, nothing)[1], value, far))
        for start, (width, value) in joined.items()
    }


def blend(bits: int, slices: Sequence[Slice]) -> Slice:
    """What `bits` of memory hold that may be any of several slices."""
    result, *others = [paste(EMPTY, 0, bits, cells, fill=True) for cells in slices]
    for other in others:
        joint: Region = {}
        for start, width in segments(result, other):
            one, two = load(result, start, width), load(other, start, width)
            joint[start] = (width, values.join(one or ANY, two or ANY))
        result = joint
    return take(result, 0, bits)


def segments(left: Region, right: Region) -> list[tuple[int, int]]:
    """Pieces (offset, bits) into which the cells of two regions cut each other."""
    edges = set()
    for region in (left, right):
        for start, (width, _) in region.items():
            edges.add(start)
            edges.add(start + width)
    ordered = sorted(edges)
    return [(low, high - low) for low, high in pairwise(ordered)]


def leq(left: Region, right: Region, missing: Callable[[int, int], Value]) -> bool:
    """The order of regions, cell by cell; `missing` says what one holds where it has no cell."""
    if left is right or left == right:
        return True
    left_only: Region = {}
    for start, cell in left.items():
        other = right.get(start)
        if other is None or other[0] != cell[0]:
            left_only[start] = cell
        elif not values.leq(cell[1], other[1]):
            return False
    if not left_only and len(left) == len(right):
        return True
    # What is left does not overlap the cells that both have, and is all that has to be cut.
    right_only = {
        start: cell
        for start, cell in right.items()
        if (other := left.get(start)) is None or other[0] != cell[0]
    }
    for start, width in segments(left_only, right_only):
        if not (overlapping(left_only, start, width) or overlapping(right_only, start, width)):
            continue
        first, second = load(left, start, width), load(right, start, width)
        if first is None:
            first = missing(start, width)
        if second is None:
            second = missing(start, width)
        if not values.leq(first, second):
            return False
    return True


def join(left: Region, right: Region, missing: Callable[[int, int], Value]) -> Region:
    """A region that covers both; `missing` says what one holds where it has no cell."""
    if left == right:
        return right  # one object, so that the next join of the two states sees that it is one
    if _same_cells(left, right):
        return {
            start: cell
            if cell == (other := right[start])
            else (cell[0], values.join(cell[1], other[1]))
            for start, cell in left.items()
        }
    result: Region = {}
    for start, width in segments(left, right):
        first, second = load(left, start, width), load(right, start, width)
        if first is None and second is None:
            continue
        if first is None:
            first = missing(start, width)
        if second is None:
            second = missing(start, width)
        result[start] = (width, values.join(first, second))
    return result


def _same_cells(left: Region, right: Region) -> bool:
    """True where both have the same cells, so that nothing is cut."""
    return left.keys() == right.keys() and all(
        right[start][0] == cell[0] for start, cell in left.items()
    )


def is_unknown(value: Value) -> bool:
    """True for a value that is UNKNOWN and nothing more."""
    return len(value) == 1 and UNKNOWN in value
