"""Abstract values, capped sets of atoms: their order, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    LAID,
    MACHINE,
    MARKS,
    NEGATIVE,
    NETWORK,
    NONE,
    NONZERO,
    ORDERS,
    POSITIVE,
    PROTOCOLS,
    UNKNOWN,
    UNSET,
    WRITTEN,
    ZERO,
    Atom,
    Content,
    Origin,
    Pointer,
    Value,
    is_absent,
    number,
    origin,
    pointer,
)
from bpf_lint.dataflow.domain.base import Kind
from bpf_lint.model.integers import wrap

# Atoms that no mark stands for; a `Content` is one, too.
_NEVER_COVERED: Value = frozenset([0, UNSET, FRESH, CLOBBERED, WRITTEN, NETWORK, MACHINE, *LAID])


def leq(value: Value, known: Value) -> bool:
    """The order: True where a value says nothing that another does not allow.

    A mark stands for the numbers of its sign, but for 0: that a program wrote a 0, like an origin
    or UNSET, is a thing of its own, which rules ask for and nothing else covers. An origin without
    place stands for that origin wherever it was read, an address without offset for all of its
    object. It is a preorder: values that cover each other stand for the same.
    """
    return value <= known or all(a in known or _covered(a, known) for a in value)


def _covered(atom: Atom, known: Value) -> bool:
    """True for an atom that a coarser one in `known` stands for."""
    if type(atom) is int:
        if atom == 0:
            return False
        mark = sign(atom)
        return mark in known or UNKNOWN in known or (mark is not UNKNOWN and NONZERO in known)
    if type(atom) is Origin or type(atom) is Pointer:
        coarser = vague(atom)
        return coarser is not atom and coarser in known
    if atom in (NEGATIVE, POSITIVE):
        return UNKNOWN in known or NONZERO in known
    return (atom is NONZERO or atom in PROTOCOLS) and UNKNOWN in known


def join(left: Value, right: Value) -> Value:
    """Everything either value can be: their union, the least upper bound up to the cap.

    Beyond the cap it is an upper bound that loses what `limits` says, and no longer associative:
    which integers have become marks depends on what came first.
    """
    if left is right or left == right:
        return left
    return capped(left | right)


def capped(atoms: Value) -> Value:
    """Keep sets small: integers give way to marks, origins lose their places.

    What is left is finite, as many atoms as a program has origins and objects.
    """
    if len(atoms) <= limits.ATOMS:
        return atoms
    atoms = frozenset(a for a in atoms if not _covered(a, atoms))
    if len(atoms) <= limits.ATOMS:
        return atoms
    numbers = {a for a in atoms if type(a) is int}
    rest = set(atoms) - numbers
    if numbers:
        if len(numbers) > limits.INTEGERS:
            rest |= {sign(a) for a in numbers}
        else:
            rest |= numbers
    if len(rest) <= limits.ATOMS:
        return frozenset(rest)
    merged = {vague(a) if type(a) is Origin else a for a in rest}
    if len(merged) > limits.ADDRESSES:
        merged = {vague(a) if type(a) is Pointer else a for a in merged}
    return frozenset(merged)


def vague(atom: Atom) -> Atom:
    """An address somewhere in its object; an origin without places; anything else as it is."""
    if type(atom) is Pointer:
        return pointer(atom.base, None)
    if type(atom) is Origin:
        return origin(
            atom.symbol, atom.netns, narrow=atom.narrow, device=atom.device, zero=atom.zero
        )
    return atom


_THINGS = (Pointer, Origin, Content)


def widen(known: Value | None, joined: Value, far: bool) -> Value:
    """A value that keeps growing: integers become unknown, then (`far`) places are forgotten.

    Only finitely many atoms are left, so that chains of it end.
    """
    if known is None or leq(joined, known):
        return joined
    kept = {a for a in joined if type(a) in _THINGS or a in _NEVER_COVERED}
    return ANY | (frozenset(map(vague, kept)) if far else kept)


def sign(value: int) -> Atom:
    """The mark that covers an integer; zero stays itself.

    Marks are about numbers of 32 bits: what a wider one is when it is cut, its sign does not say.
    """
    if value == 0:
        return 0
    if not -(1 << 31) <= value < 1 << 32:
        return UNKNOWN
    if value >= 1 << 31:
        return NONZERO
    return NEGATIVE if value < 0 else POSITIVE


def configured(value: Value) -> Value:
    """An ifindex as it is used: 0 only where nothing else is left of it."""
    if not any(is_absent(atom) for atom in value):
        return value
    return frozenset(a for a in value if not is_absent(a)) or ZERO


def origins(value: Value) -> list[Origin]:
    """The origins in a value, in a stable order."""
    found = (a for a in value if type(a) is Origin and not is_absent(a))
    return sorted(found, key=Origin.key)


def pointers(value: Value) -> list[Pointer]:
    """The addresses in a value, in a stable order."""
    found = [a for a in value if type(a) is Pointer]
    if len(found) > 1:
        found.sort(key=lambda p: (p.base.text, -1 if p.offset is None else p.offset))
    return found


def elsewhere(address: Value) -> bool:
    """True for an address that may also be one which is not known; 0 is none, the verifier says."""
    return UNKNOWN in address or not MARKS.isdisjoint(address)


def functions(value: Value) -> list[str]:
    """Names of the functions whose address a value can be, in a stable order."""
    found = (p.base.name for p in pointers(value) if p.base.kind is Kind.FUNCTION)
    return list(dict.fromkeys(found))


def exact(value: Value) -> int | None:
    """The integer a value must be, or None."""
    if len(value) == 1:
        (only,) = value
        if type(only) is int:
            return only
    return None


def convert(value: Value, bits: int, signed: bool) -> Value:
    """A value converted to an integer type; origins remember when it is narrow."""
    if len(value) == 1:
        (only,) = value
        if type(only) is int:
            reduced = wrap(only, bits, signed)
            return value if reduced == only else number(reduced)
        if only is UNKNOWN:
            return value
    return capped(frozenset(_convert(a, bits, signed) for a in value))


def pattern(value: Value, bits: int) -> Value:
    """A value as memory holds it: integers unsigned, marks with the sign that they had."""
    marks = value & MARKS
    if not marks or bits < 32:
        return convert(value, bits, False)
    return convert(value - marks, bits, False) | marks


def _convert(atom: Atom, bits: int, signed: bool) -> Atom:
    if type(atom) is int:
        return wrap(atom, bits, signed)
    if type(atom) is Origin:
        if bits < atom.narrow:
            if bits < 8:  # a flag made of it, not a number
                return UNKNOWN
            return origin(
                atom.symbol, atom.netns, atom.place, atom.via, bits, atom.device, atom.zero
            )
        return atom
    wide = 32 if atom in MARKS else 16 if atom in ORDERS or atom in PROTOCOLS else 0
    if bits < wide:
        return UNKNOWN
    return NONZERO if atom == NEGATIVE and not signed else atom


def truth(value: Value) -> tuple[bool, bool]:
    """(can be true, can be false)."""
    can_be_true = can_be_false = False
    for atom in value:
        if type(atom) is int:
            if atom:
                can_be_true = True
            else:
                can_be_false = True
        elif atom is UNKNOWN or atom in PROTOCOLS:
            return True, True
        elif type(atom) is Origin and atom.zero:
            can_be_false = True
        else:
            can_be_true = True
    return can_be_true, can_be_false


def union(values: Iterable[Value]) -> Value:
    """The join of many values."""
    result: Value = NONE
    for value in values:
        result = value if not result else join(result, value)
    return result
