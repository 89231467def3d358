"""Abstract values: capped sets of atoms.

An atom is an integer, an `Origin` (an ifindex whose namespace is known), a `Pointer` (to data
or a function), or one of the marks UNKNOWN, NEGATIVE (an unknown number below zero), POSITIVE
and NONZERO (either of them, once a conversion has lost which). Origins and pointers are
interned, so they compare by identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Union

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.base import Base, Kind
from bpf_lint.model.integers import wrap
from bpf_lint.model.place import NOWHERE, Place

UNKNOWN = "?"
NEGATIVE = "<0"
POSITIVE = ">0"
NONZERO = "!0"
# Beside UNKNOWN: what is left where a FIB lookup did not set a part of its result.
UNSET = "?fib"
# Beside UNKNOWN: a byte that nothing has set; one that a copy wrote before it had read it.
FRESH = "?fresh"
CLOBBERED = "?clobbered"
# Beside UNKNOWN: a byte of the packet that a path has written, with what is not known.
WRITTEN = "?written"
# Beside UNKNOWN: a number in the order of the network, and one in that of the machine that was made
# of it. What lies in memory is the same: it is about what the program takes it for.
NETWORK = "?network"
MACHINE = "?machine"
# A number that is not known, but that is the packet's protocol, in network order; and its bytes
# turned round. They stand alone: beside another atom, the number is the protocol or something else.
PROTOCOL = "?protocol"
TURNED = "?protocol turned"

# Beside UNKNOWN: a number made of what the packet held, by how often room had been made in it or
# taken from it then. What was made of it after more changes has no mark.
LAID = ("?laid0", "?laid1", "?laid2")

# Namespace of an origin that is `skb->dev`'s own, whatever hook the program runs at.
SKB_NETNS = "@skb"
# Namespace of the device that the program is attached to.
DEVICE_NETNS = "@device"


class Via(NamedTuple):
    """The shared map cell that an origin was read from, and where."""

    base: Base
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
        via = self.via
        where = (via.base.text, via.offset or 0, via.place) if via else ("", 0, NOWHERE)
        return (self.symbol, self.netns, self.place, where, self.narrow, self.device, self.zero)

    def __repr__(self) -> str:
        return f"Origin({self.symbol}@{self.netns} {self.place})"


class Pointer:
    """An address: a memory base and a bit offset, None where it is not known."""

    __slots__ = ("base", "offset")

    def __init__(self, base: Base, offset: int | None) -> None:
        self.base = base
        self.offset = offset

    def __repr__(self) -> str:
        return f"&{self.base}+{self.offset}"


class Content:
    """Beside UNKNOWN: what an object held at a bit offset; interned by `content()`.

    Nobody knows what it is, but it is the same wherever it is copied to.
    """

    __slots__ = ("base", "offset")

    def __init__(self, base: Base, offset: int) -> None:
        self.base = base
        self.offset = offset

    def __repr__(self) -> str:
        return f"*{self.base}+{self.offset}"


Atom = Union[int, str, Origin, Pointer, Content]
Value = frozenset[Atom]

_origins: dict[tuple[object, ...], Origin] = {}
_pointers: dict[tuple[Base, int | None], Pointer] = {}
_contents: dict[tuple[Base, int], Content] = {}
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


def pointer(base: Base, offset: int | None = 0) -> Pointer:
    """The one `Pointer` to this address."""
    key = (base, offset)
    found = _pointers.get(key)
    if found is None:
        found = _pointers[key] = Pointer(base, offset)
    return found


def content(base: Base, offset: int) -> Content:
    """The one `Content` of this place."""
    key = (base, offset)
    found = _contents.get(key)
    if found is None:
        found = _contents[key] = Content(base, offset)
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
PROTOCOLS: Value = frozenset([PROTOCOL, TURNED])
# Atoms that no mark stands for; a `Content` is one, too.
_NEVER_COVERED: Value = frozenset([0, UNSET, FRESH, CLOBBERED, WRITTEN, NETWORK, MACHINE, *LAID])
ORDERS = frozenset([NETWORK, MACHINE])
ZERO = number(0)
ONE = number(1)
EITHER: Value = frozenset([0, 1])


@cache
def pointing(base: Base, offset: int | None = 0) -> Value:
    """The value that is exactly this address."""
    return frozenset([pointer(base, offset)])


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


def absent(symbol: str) -> Origin:
    """What stands beside an ifindex that user space may not have configured: the number 0.

    Tests for 0 decide about it. It belongs to no namespace, and is no origin of its own.
    """
    return origin(symbol, "", zero=True)


def is_absent(atom: Atom) -> bool:
    """True for what `absent()` makes."""
    return type(atom) is Origin and atom.zero and not atom.netns


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
