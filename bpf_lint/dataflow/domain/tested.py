"""What a path has tested of memory that other programs can write.

A test of a member of a map's value says what the path takes the member for: another read through
the same pointer, with nothing stored between, is of the same entry, and the two tests decide the
same way. What was tested is kept beside the memory and not in it, so that what is read there
still shows where it came from.

It is a memory of its own for each shared object: calls, joins and the memo treat it as any other.
A cell is the integer or the mark that a member was found to be, or that bits of it were. How many
entries the path can hold pointers to is a cell, too: what is known of a member is known of one
entry, and with a second lookup in the same map it is forgotten, as both are one memory here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    NEGATIVE,
    NONZERO,
    ONE,
    POSITIVE,
    PROTOCOLS,
    UNKNOWN,
    ZERO,
    Atom,
    Origin,
    Pointer,
    Value,
    number,
)
from bpf_lint.dataflow.domain.base import Base, Kind, base
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import exact

# The cell that counts lookups: 0, 1, or 2 for more.
LOOKUPS = 0
_BITS = 8
# From here on, members; those of which other bits are tested lie `_APART` bits apart.
_MEMBERS = 64
_APART = memory.ALL << 1
_ALL = 1 << 60
_NUMBERS = frozenset([UNKNOWN, NONZERO, NEGATIVE, POSITIVE])


@cache
def beside(of: Base) -> Base:
    """The memory of what was tested of a shared object."""
    return base(Kind.TESTED, of.owner, of.whole.text)


def forget(state: State, of: Base) -> None:
    """Something was stored: no member is known any more."""
    kept = state.memory.get(beside(of), memory.EMPTY).get(LOOKUPS)
    state.memory[beside(of)] = _nothing_known(None if kept is None else kept[1])


@cache  # one object each, so that joins see that they are the same
def _nothing_known(lookups: Value | None) -> memory.Region:
    counted: memory.Region = {} if lookups is None else {LOOKUPS: (_BITS, lookups)}
    return {**counted, _MEMBERS: (_ALL, ANY)}


def look_up(frame: Frame, state: State, of: Base) -> None:
    """An entry is looked up; with a second one, none is known any more."""
    before = exact(frame.load(state, beside(of), LOOKUPS, _BITS))
    several(state, of) if before != 0 else _count(state, of, 1)


def several(state: State, of: Base) -> None:
    """The path can hold pointers to more than one entry."""
    forget(state, of)
    _count(state, of, 2)


def _count(state: State, of: Base, lookups: int) -> None:
    kept = state.memory.get(beside(of), memory.EMPTY)
    state.memory[beside(of)] = {**kept, LOOKUPS: (_BITS, number(lookups))}


def learn(frame: Frame, state: State, at: Pointer, bits: int, mask: int, found: Value) -> None:
    """A test has found a member to be `found`, or its bits `mask` where that is not 0."""
    if at.offset is None or at.offset < 0:
        return
    # Nothing is looked up in a variable, and a map of one entry counts no lookups.
    if frame.load(state, beside(at.base), LOOKUPS, _BITS) not in (ZERO, ONE):
        return
    known = frozenset(NONZERO if type(a) is Origin and not a.zero else _bare(a) for a in found)
    region = state.memory.get(beside(at.base), memory.EMPTY)
    state.memory[beside(at.base)] = memory.store(region, _cell(at.offset, mask), bits, known)


def known(frame: Frame, state: State, at: Pointer, bits: int, mask: int = 0) -> Value:
    """What tests have found a member to be, or bits of it."""
    if at.offset is None or at.offset < 0:
        return ANY
    return frame.load(state, beside(at.base), _cell(at.offset, mask), bits)


def _cell(offset: int, mask: int) -> int:
    return _MEMBERS + mask * _APART + offset


def _bare(atom: Atom) -> Atom:
    if type(atom) is Origin:
        return 0
    return UNKNOWN if type(atom) is Pointer or atom in PROTOCOLS else atom


def meet(value: Value, known: Value) -> Value:
    """What of a value a test has left; never nothing, as a read gives something."""
    if UNKNOWN in known:
        return value
    left: set[Atom] = set()
    for atom in value:
        if atom in _NUMBERS:
            left |= known if atom is UNKNOWN else known - ZERO
        elif type(atom) is Pointer:
            left.add(atom)
        elif _is_zero(atom):
            left |= {atom} if 0 in known else set()
        elif type(atom) is Origin or atom in known or _has_mark(known):
            left |= {atom} if known != ZERO else set()
    return frozenset(left) or value


def agrees(known: Value, numbers: Iterable[int]) -> bool:
    """True where a member that tests have found to be so can be one of these numbers."""
    if UNKNOWN in known:
        return True
    return any(one in known or (one != 0 and _has_mark(known)) for one in numbers)


def has_flag(known: Value, mask: int, bits: Value) -> tuple[bool, bool]:
    """Whether a member can have one of the bits `mask`, and whether it can have none.

    Args:
        known: What tests have found it to be.
        bits: What tests have found these bits of it to be.
    """
    numbers = [atom for atom in known if type(atom) is int]
    free = len(numbers) < len(known)
    some = free or any(one & mask for one in numbers)
    none = free or any(not one & mask for one in numbers)
    return some and bits != ZERO, none and (0 in bits or UNKNOWN in bits)


def _is_zero(atom: Atom) -> bool:
    return atom == 0 or (type(atom) is Origin and atom.zero)


def _has_mark(known: Value) -> bool:
    return not _NUMBERS.isdisjoint(known)
