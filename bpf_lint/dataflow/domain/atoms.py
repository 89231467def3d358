"""What abstract values are made of: atoms, and the marks among them.

An atom is an integer, an `Origin` (an ifindex whose namespace is known), a `Pointer` (to data
or a function), or one of the marks UNKNOWN, NEGATIVE (an unknown number below zero), POSITIVE
and NONZERO (either of them, once a conversion has lost which). Origins and pointers are
interned, so they compare by identity.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Union

from bpf_lint.dataflow.domain.base import Base
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
ORDERS = frozenset([NETWORK, MACHINE])
ZERO = number(0)
ONE = number(1)
EITHER: Value = frozenset([0, 1])


@cache
def pointing(base: Base, offset: int | None = 0) -> Value:
    """The value that is exactly this address."""
    return frozenset([pointer(base, offset)])


def absent(symbol: str) -> Origin:
    """What stands beside an ifindex that user space may not have configured: the number 0.

    Tests for 0 decide about it. It belongs to no namespace, and is no origin of its own.
    """
    return origin(symbol, "", zero=True)


def is_absent(atom: Atom) -> bool:
    """True for what `absent()` makes."""
    return type(atom) is Origin and atom.zero and not atom.netns
