"""Values of the dataflow as a table of plain data, each once, parts before what they are part of.

Reading one back makes objects of the types below, and runs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, get_args, get_type_hints

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
    dict: lambda one: [part for item in one.items() for part in item],
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

    def add(self, value: object) -> int:
        """Add a value; the row that it is in.

        Raises:
            KeyError: It is of a type that is not kept.
        """
        kind = type(value)
        if kind in _SCALARS:
            row = self._row((kind, value), value)  # type: ignore[arg-type]
        else:
            parts = []
            for one in _PARTS[kind](value):
                at = self._seen.get(id(one))
                parts.append(self.add(one) if at is None else at)
            row = self._row((kind, *parts), (kind.__name__, parts))
        self._seen[id(value)] = row
        self._alive.append(value)
        return row

    def _row(self, key: tuple[object, ...], row: Row) -> int:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.rows)
            self.rows.append(row)
        return known


def read(rows: Sequence[Row]) -> list[Any]:
    """The value of each row.

    Raises:
        KeyError, IndexError, TypeError, ValueError: They are no such table.
    """
    found: list[Any] = []
    for row in rows:
        if isinstance(row, tuple):
            name, parts = row
            found.append(_MAKERS[name]([found[at] for at in parts]))
        else:
            found.append(_SINGLE.get(row, row) if isinstance(row, str) else row)
    return found
