"""Abstract values: capped sets of atoms.

An atom is an integer, an `Origin` (an ifindex whose namespace is known), a `Pointer` (to data
or a function), or one of the marks UNKNOWN, NEGATIVE (an unknown number below zero), POSITIVE
and NONZERO (either of them, once a conversion has lost which). Origins and pointers are
interned, so they compare by identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Union

from bpf_lint.model.place import NOWHERE, Place

UNKNOWN = "?"
NEGATIVE = "<0"
POSITIVE = ">0"
NONZERO = "!0"
# Beside UNKNOWN: what is left where a FIB lookup did not set a part of its result.
UNSET = "?fib"

# Namespace of an origin that is `skb->dev`'s own, whatever hook the program runs at.
SKB_NETNS = "@skb"
# Namespace of the device that the program is attached to.
DEVICE_NETNS = "@device"

# A set with more atoms than this is UNKNOWN (origins are merged first).
CAP = 12


class Via(NamedTuple):
    """The shared map cell that an origin was read from, and where."""

    base: str
    offset: int | None
    place: Place


class Origin:
    """Where an ifindex came from; interned by `origin()`.

    Args:
        symbol: Name of the constant, context field, map field or helper.
        netns: Namespace, or SKB_NETNS / DEVICE_NETNS.
        place: Where the program obtained it, NOWHERE until it is loaded.
        via: Last shared map it travelled through, or None.
        narrow: Width of the narrowest integer it passed through, 32 or less.
        device: Device that the profile names for it.
        zero: True where it is the number 0, for want of a device.
    """

    __slots__ = ("device", "narrow", "netns", "place", "symbol", "via", "zero")

    def __init__(
        self,
        symbol: str,
        netns: str,
        place: Place,
        via: Via | None,
        narrow: int,
        device: str,
        zero: bool,
    ) -> None:
        self.symbol = symbol
        self.netns = netns
        self.place = place
        self.via = via
        self.narrow = narrow
        self.device = device
        self.zero = zero

    def key(self) -> tuple[object, ...]:
        """A total order, for output that does not depend on memory addresses."""
        via = self.via or Via("", 0, NOWHERE)
        where = (via.base, via.offset or 0, via.place)
        return (self.symbol, self.netns, self.place, where, self.narrow, self.device, self.zero)

    def __repr__(self) -> str:
        return f"Origin({self.symbol}@{self.netns} {self.place})"


class Pointer:
    """An address: a memory base and a bit offset, None where it is not known."""

    __slots__ = ("base", "offset")

    def __init__(self, base: str, offset: int | None) -> None:
        self.base = base
        self.offset = offset

    def __repr__(self) -> str:
        return f"&{self.base}+{self.offset}"


Atom = Union[int, str, Origin, Pointer]
Value = frozenset[Atom]

_origins: dict[tuple[object, ...], Origin] = {}
_pointers: dict[tuple[str, int | None], Pointer] = {}
_single: dict[int, Value] = {}

ANY: Value = frozenset([UNKNOWN])
NONE: Value = frozenset()


def origin(
    symbol: str,
    netns: str,
    place: Place = NOWHERE,
    via: Via | None = None,
    narrow: int = 32,
    device: str = "",
    zero: bool = False,
) -> Origin:
    """The one `Origin` with these properties."""
    key = (symbol, netns, place, via, narrow, device, zero)
    found = _origins.get(key)
    if found is None:
        found = _origins[key] = Origin(symbol, netns, place, via, narrow, device, zero)
    return found


def pointer(base: str, offset: int | None = 0) -> Pointer:
    """The one `Pointer` to this address."""
    key = (base, offset)
    found = _pointers.get(key)
    if found is None:
        found = _pointers[key] = Pointer(base, offset)
    return found


def number(value: int) -> Value:
    """The value that is exactly this integer."""
    found = _single.get(value)
    if found is None:
        found = frozenset([value])
        if len(_single) < 100_000:
            _single[value] = found
    return found


MARKS = frozenset([NEGATIVE, POSITIVE, NONZERO])
ZERO = number(0)
ONE = number(1)
EITHER: Value = frozenset([0, 1])


def pointing(base: str, offset: int | None = 0) -> Value:
    """The value that is exactly this address."""
    return frozenset([pointer(base, offset)])


def join(left: Value, right: Value) -> Value:
    """Everything either value can be."""
    if left is right or left == right:
        return left
    return capped(left | right)


def capped(atoms: Value) -> Value:
    """Keep sets small: integers give way to marks, origins lose their places."""
    if len(atoms) <= CAP:
        return atoms
    numbers = {a for a in atoms if type(a) is int}
    rest = set(atoms) - numbers
    if numbers:
        if len(numbers) > 4:
            rest |= {sign(a) for a in numbers}
        else:
            rest |= numbers
    if len(rest) <= CAP:
        return frozenset(rest)
    merged: set[Atom] = {a for a in rest if type(a) is not Origin}
    merged |= {
        origin(a.symbol, a.netns, NOWHERE, None, a.narrow, a.device, a.zero)
        for a in rest
        if type(a) is Origin
    }
    if len(merged) > 4 * CAP:
        merged = {UNKNOWN, *(a for a in merged if type(a) is Origin)}
    return frozenset(merged)


def sign(value: int) -> Atom:
    """The mark that covers an integer; zero stays itself."""
    if value == 0:
        return 0
    if value >= 1 << 31:
        return NONZERO
    return NEGATIVE if value < 0 else POSITIVE


def origins(value: Value) -> list[Origin]:
    """The origins in a value, in a stable order."""
    return sorted((a for a in value if type(a) is Origin), key=Origin.key)


def pointers(value: Value) -> list[Pointer]:
    """The addresses in a value, in a stable order."""
    found = [a for a in value if type(a) is Pointer]
    if len(found) > 1:
        found.sort(key=lambda p: (p.base, -1 if p.offset is None else p.offset))
    return found


def functions(value: Value) -> list[str]:
    """Names of the functions whose address a value can be, in a stable order."""
    found = (p.base[2:].partition("@")[0] for p in pointers(value) if p.base.startswith("F:"))
    return list(dict.fromkeys(found))


def exact(value: Value) -> int | None:
    """The integer a value must be, or None."""
    if len(value) == 1:
        (only,) = value
        if type(only) is int:
            return only
    return None


def wrap(value: int, bits: int, signed: bool) -> int:
    """An integer reduced to a C type."""
    if bits <= 0:
        return value
    value &= (1 << bits) - 1
    if signed and value >> (bits - 1):
        value -= 1 << bits
    return value


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
    if bits < 32 and atom in MARKS:
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
        elif atom is UNKNOWN:
            return True, True
        elif type(atom) is Origin and atom.zero:
            can_be_false = True
        else:
            can_be_true = True
    return can_be_true, can_be_false


def includes(known: Value, value: Value) -> bool:
    """True where everything that a value can be is in another, its marks included."""
    return value <= known or all(a in known or _covered(a, known) for a in value)


def _covered(atom: Atom, known: Value) -> bool:
    """True for a number that a mark stands for."""
    if type(atom) is int:
        signs = {NONZERO, sign(atom), UNKNOWN} if atom else {UNKNOWN}
    else:
        signs = {NONZERO, UNKNOWN} if atom in (NEGATIVE, POSITIVE) else {UNKNOWN}
    return (type(atom) is int or atom in MARKS) and not signs.isdisjoint(known)


def union(values: Iterable[Value]) -> Value:
    """The join of many values."""
    result: Value = NONE
    for value in values:
        result = value if not result else join(result, value)
    return result
