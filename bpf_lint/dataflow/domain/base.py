"""Memory bases: the objects that addresses point into, and what can be done with each kind."""

from __future__ import annotations

from enum import Enum
from functools import cache


class Kind(Enum):
    """What an object is; the value begins its text, by which bases are ordered."""

    LOCAL = "L"  # a local of a function
    CONTEXT = "ctx"  # the program's context
    PACKET = "path"  # what has been done to the packet (see `path`)
    FRAME = "frame"  # the first bytes of the packet, where they are followed (see `header`)
    SCRATCH = "R"  # a map that is memory of one run, or one of its entries
    MAP = "M"  # the values of a map that all programs share
    INNER = "M>"  # the values of the maps in a map of maps
    VARIABLE = "G"  # a file-scope variable, as its object sees it
    STORED = "V"  # what all programs of an object store in such a variable
    PROGRAMS = "P"  # a prog array
    DEVICES = "D"  # a devmap
    MAPS = "I"  # a map of maps
    OPAQUE = "O"  # a map of anything else
    SOCKET = "S"  # a socket that was looked up in a namespace with this number
    FUNCTION = "F"  # the code of a function
    TESTED = "T"  # what a path has tested of a shared object (see `tested`)
    # Not memory, but read like it, so that the memo knows what a call depends on:
    HOOK = "hook"  # the program type of the run
    SYMBOL = "symbol"  # the value of a named constant
    RUNNING = "@"  # whether a function is being run
    KEYS = "keys"  # the keys that a map has entries with origins under


_BARE = frozenset([Kind.PROGRAMS, Kind.DEVICES, Kind.MAPS, Kind.OPAQUE, Kind.SOCKET, Kind.FUNCTION])
_SHARED = frozenset([Kind.MAP, Kind.INNER, Kind.VARIABLE])
_OF_SYSTEM = frozenset([Kind.MAP, Kind.INNER, Kind.STORED])
_CARRIED = frozenset([Kind.CONTEXT, Kind.PACKET, Kind.FRAME, Kind.SCRATCH])

# What is known of a key: (byte, its value), sorted; nothing for any key.
Key = tuple[tuple[int, int], ...]


class Base:
    """One object; interned by `base()`, so bases compare by identity.

    Attributes:
        kind: What it is.
        owner: Function of a local, unit of what belongs to one object, key of a function; else "".
        name: Name in the source.
        entry: Index in a scratch map with several entries, else None.
        key: What is known of the key of a shared map's entry.
        text: Spelling, unique; bases are ordered by it.
        bare: A program cannot read or write what is behind it.
        shared: Other programs read what is stored there.
        of_system: Held by the system, for all of its programs.
        own: Memory of the run alone: what was tested there stays as it was.
        carried: Kept over a tail call.
    """

    __slots__ = (
        "bare",
        "carried",
        "entry",
        "key",
        "kind",
        "name",
        "of_system",
        "own",
        "owner",
        "shared",
        "text",
    )

    def __init__(self, kind: Kind, owner: str, name: str, entry: int | None, key: Key = ()) -> None:
        self.kind = kind
        self.owner = owner
        self.name = name
        self.entry = entry
        self.key = key
        self.text = _text(kind, owner, name, entry) + "".join(f"{{{b}={v}}}" for b, v in key)
        self.bare = kind in _BARE
        self.shared = kind in _SHARED
        self.of_system = kind in _OF_SYSTEM
        self.own = not (self.bare or self.shared)
        self.carried = kind in _CARRIED

    @property
    def whole(self) -> Base:
        """The object that this is an entry of; itself where it is none."""
        if self.entry is None and not self.key:
            return self
        return base(self.kind, self.owner, self.name)

    def __repr__(self) -> str:
        return self.text


def _text(kind: Kind, owner: str, name: str, entry: int | None) -> str:
    match kind:
        case Kind.CONTEXT | Kind.PACKET | Kind.FRAME | Kind.HOOK:
            return str(kind.value)
        case Kind.LOCAL:
            return f"L:{owner}:{name}"
        case Kind.FUNCTION:
            return f"F:{name}@{owner}"
        case Kind.RUNNING:
            return f"@{name}"
        case Kind.INNER:
            return f"M:{_qualified(owner, name)}>inner"
    return f"{kind.value}:{_qualified(owner, name)}" + ("" if entry is None else f"[{entry}]")


def _qualified(owner: str, name: str) -> str:
    return f"{owner}/{name}" if owner else name


_known: dict[tuple[Kind, str, str, int | None, Key], Base] = {}


def base(
    kind: Kind, owner: str = "", name: str = "", entry: int | None = None, key: Key = ()
) -> Base:
    """The one `Base` with these properties."""
    identity = (kind, owner, name, entry, key)
    found = _known.get(identity)
    if found is None:
        found = _known[identity] = Base(kind, owner, name, entry, key)
    return found


CONTEXT = base(Kind.CONTEXT)
PACKET = base(Kind.PACKET)
FRAME = base(Kind.FRAME)
HOOK = base(Kind.HOOK)


@cache
def local(function: str, name: str) -> Base:
    """A local of a function."""
    return base(Kind.LOCAL, function, name)


@cache
def symbol(name: str) -> Base:
    """A named constant."""
    return base(Kind.SYMBOL, "", name)


@cache
def running(function: str) -> Base:
    """Whether a function is being run."""
    return base(Kind.RUNNING, "", function)


def entry_of(scratch: Base, index: int) -> Base:
    """One entry of a scratch map."""
    return base(Kind.SCRATCH, scratch.owner, scratch.name, index)


def keyed(of: Base, key: Key) -> Base:
    """The entries of a shared map whose keys are so, as far as is known."""
    return base(of.kind, of.owner, of.name, of.entry, key)


def can_be(one: Key, other: Key) -> bool:
    """True where two keys can be the same."""
    known = dict(one)
    return all(known.get(at, value) == value for at, value in other)


def spelt(key: Key) -> str:
    """A key as text; `spelling` reads it."""
    return " ".join(f"{at}={value}" for at, value in key)


def spelling(text: str) -> Key:
    """The key that `spelt` has written."""
    pairs = (one.split("=") for one in text.split())
    return tuple((int(at), int(value)) for at, value in pairs)


def keys_of(of: Base) -> Base:
    """The keys that a map has entries with origins under."""
    return base(Kind.KEYS, of.owner, of.name)


def values_of(of: Base) -> Base:
    """The memory that a lookup in a map leads to: its values, or those of its inner maps.

    A devmap's value begins with the number of its device (kernel/bpf/devmap.c:dev_map_lookup_elem).
    """
    kind = {Kind.MAPS: Kind.INNER, Kind.DEVICES: Kind.MAP}.get(of.kind, of.kind)
    return of if kind is of.kind else base(kind, of.owner, of.name)


def stored(unit: str, variable: Base) -> Base:
    """Where stores of one object's programs into a variable meet, as in a map.

    Args:
        unit: Name of the object's unit, "" for a variable that several units are linked by.
    """
    return base(Kind.STORED, unit, variable.name)
