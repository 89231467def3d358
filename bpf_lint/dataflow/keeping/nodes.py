"""Values of the dataflow as a table of plain data, each once, parts before what they are part of.

Reading one back makes objects of the types below, and runs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from bpf_lint.cache.moved import Lines
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    LAID,
    MARKS,
    ORDERS,
    PROTOCOLS,
    UNKNOWN,
    UNSET,
    WRITTEN,
    Content,
    Origin,
    Pointer,
    Via,
    content,
    number,
    origin,
    pointer,
)
from bpf_lint.dataflow.domain.base import Base, Kind, base
from bpf_lint.dataflow.domain.state import Armed
from bpf_lint.dataflow.engine.events import Call, Event, Payload
from bpf_lint.dataflow.engine.memo import Outcome, Result
from bpf_lint.dataflow.observers import registry
from bpf_lint.model.place import NOWHERE, Place

Scalar = str | int | bool | None
Row = Scalar | tuple[str, list[int]]  # a scalar, or a type and the rows of its parts

assert registry.KINDS  # their payloads are known once they are imported


def _payloads(kind: type[Payload]) -> list[type[Payload]]:
    return [kind, *(one for each in kind.__subclasses__() for one in _payloads(each))]


def _held(hint: Any) -> Iterator[Any]:
    """Named tuples that a type can hold."""
    for part in get_args(hint):
        yield from _held(part)
    if hasattr(hint, "_fields"):
        yield hint
    if hasattr(hint, "_fields") or hasattr(hint, "__struct_fields__"):
        for one in get_type_hints(hint).values():
            yield from _held(one)


def _made(kind: Callable[..., Any], parts: list[Any]) -> Any:
    made = kind(*parts)
    return NOWHERE if made == NOWHERE else made


def _value(parts: list[Any]) -> Any:
    if len(parts) == 1 and type(parts[0]) is int:
        return number(parts[0])
    value = frozenset(parts)
    return ANY if value == ANY else value


def _fields(one: Any) -> Sequence[Any]:
    return [getattr(one, name) for name in one.__struct_fields__]


def _attributes(one: Origin) -> Sequence[Any]:
    return (one.symbol, one.netns, one.place, one.via, one.narrow, one.device, one.zero)


GONE = object()  # what is no more what it was
_UNREAD = object()
_SCALARS = frozenset([str, int, bool, type(None)])
# What is compared by identity.
_MARKED = (*MARKS, *ORDERS, *PROTOCOLS, *LAID, UNKNOWN, UNSET, FRESH, CLOBBERED, WRITTEN)
_SINGLE = {one: one for one in _MARKED}
_STRUCTS: list[Any] = [Place, *_payloads(Payload)]
_HELD = {one for kind in _STRUCTS for one in _held(kind)}
_NAMED: list[Any] = [*{Armed, Call, Event, Outcome, Result, Via, *_HELD}]

_PARTS: dict[Any, Callable[[Any], Iterable[Any]]] = {
    Base: lambda one: (one.kind.value, one.owner, one.name, one.entry, one.key),
    Origin: _attributes,
    Pointer: lambda one: (one.base, one.offset),
    Content: lambda one: (one.base, one.offset),
    tuple: iter,
    frozenset: iter,
    **dict.fromkeys(_NAMED, iter),
    **dict.fromkeys(_STRUCTS, _fields),
}
_MAKERS: dict[str, Callable[[list[Any]], Any]] = {
    "Base": lambda parts: base(Kind(parts[0]), *parts[1:]),
    "Origin": lambda parts: origin(*parts),
    "Pointer": lambda parts: pointer(*parts),
    "Content": lambda parts: content(*parts),
    "tuple": tuple,
    "frozenset": _value,
    "dict": lambda parts: dict(zip(parts[::2], parts[1::2], strict=True)),
    **{kind.__name__: kind._make for kind in _NAMED},
    **{kind.__name__: partial(_made, kind) for kind in _STRUCTS},
}


class Writer:
    """Makes a table.

    Attributes:
        rows: The table so far.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._seen: dict[int, int] = {}  # by identity, which is as good and ten times as fast
        self._alive: list[object] = []  # or their identities would be given to others
        self._cells: dict[object, int] = {}

    def add(self, value: object) -> int:
        """Add a value; the row that it is in.

        Raises:
            KeyError: It is of a type that is not kept.
        """
        kind = type(value)
        if kind in _SCALARS:
            row = self._row((kind, value), value)  # type: ignore[arg-type]
        elif kind is dict:
            row = self.join("dict", self._items(value))  # type: ignore[arg-type]
        else:
            parts = []
            for one in _PARTS[kind](value):
                at = self._seen.get(id(one))
                parts.append(self.add(one) if at is None else at)
            row = self.join(kind.__name__, parts)
        self._seen[id(value)] = row
        self._alive.append(value)
        return row

    def add_each(self, values: Iterable[tuple[object, ...]]) -> list[int]:
        """Add tuples that come again and again as other objects, but equal; their rows."""
        cells = self._cells
        rows = []
        for one in values:
            at = cells.get(one)
            if at is None:
                at = cells[one] = self.add(one)
            rows.append(at)
        return rows

    def join(self, kind: str, parts: Sequence[int]) -> int:
        """Add a value of rows that are there; the row that it is in."""
        return self._row((kind, *parts), (kind, list(parts)))

    def _items(self, value: dict[object, object]) -> list[int]:
        """Keys and values in turn."""
        found = []
        for key, one in value.items():
            at = self._seen.get(id(key))
            found.append(self.add(key) if at is None else at)
            if type(one) is tuple:
                found += self.add_each((one,))
            else:
                at = self._seen.get(id(one))
                found.append(self.add(one) if at is None else at)
        return found

    def _row(self, key: tuple[object, ...], row: Row) -> int:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.rows)
            self.rows.append(row)
        return known


class Reader:
    """Reads values of a table, each once, and no others than are asked for.

    Args:
        lines: Lines of places that have moved since; a value with a place on another line of such
            a file is gone.
        functions: Keys of the functions that there are; a value that knows another is gone.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        lines: Lines = MappingProxyType({}),
        functions: Container[str] | None = None,
    ) -> None:
        self._rows = rows
        self._lines = lines
        self._functions = functions
        self._values: list[Any] = [_UNREAD] * len(rows)

    def read(self, wanted: Iterable[int]) -> list[Any]:
        """The value of each row, GONE where it is.

        Raises:
            KeyError, IndexError, TypeError, ValueError: They are no such table.
        """
        wanted = list(wanted)
        needed = set(wanted)
        work = list(wanted)
        while work:
            row = self._rows[work.pop()]
            if isinstance(row, tuple):
                new = [at for at in row[1] if at not in needed and self._values[at] is _UNREAD]
                needed.update(new)
                work += new
        for at in sorted(needed):
            if self._values[at] is _UNREAD:
                self._values[at] = self._made(at)
        return [self._values[at] for at in wanted]

    def _made(self, at: int) -> Any:
        row = self._rows[at]
        if not isinstance(row, tuple):
            return _SINGLE.get(row, row) if isinstance(row, str) else row
        name, numbers = row
        if any(not 0 <= one < at for one in numbers):
            raise IndexError("a value is not made of what stands before it")
        parts = [self._values[one] for one in numbers]
        if any(one is GONE for one in parts):
            return GONE
        if name == "Place" and self._lines:
            there = _moved(parts, self._lines)
            return GONE if there is None else _MAKERS[name](there)
        made = _MAKERS[name](parts)
        known = self._functions
        if known is not None and name == "Base" and made.kind is Kind.FUNCTION:
            return made if made.owner[:1] == "?" or made.owner in known else GONE
        return made


def read(rows: Sequence[Row]) -> list[Any]:
    """The value of each row.

    Raises:
        KeyError, IndexError, TypeError, ValueError: They are no such table.
    """
    return Reader(rows).read(range(len(rows)))


def _moved(parts: Sequence[Any], lines: Lines) -> list[Any] | None:
    """The parts of a place where its line is now; None where it is nowhere."""
    path, line, column, spelling = parts
    if path in lines:
        line = lines[path].get(line)
    if spelling:
        at, old, rest = spelling.rsplit(":", 2)
        if at in lines:
            new = lines[at].get(int(old))
            spelling = None if new is None else f"{at}:{new}:{rest}"
    return None if line is None or spelling is None else [path, line, column, spelling]
