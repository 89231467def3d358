"""Calls as bytes: what each read, in order, and its outcome.

A call is kept under a lasting key, which tells what it executes. What was kept in one state of the
sources is right in another where the lines of its functions and places have moved alike.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from bpf_lint.cache.moved import Lines
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.memo import Recorded
from bpf_lint.dataflow.keeping.functions import Digests
from bpf_lint.dataflow.keeping.nodes import GONE, Reader, Row, Writer


class _Table(msgspec.Struct, frozen=True, array_like=True):
    """The rows of all values, and the rows of the calls by lasting key."""

    rows: list[Row]
    calls: dict[str, list[int]]


DeepKeys = Mapping[str, str]  # the lasting key by deep key, of every function of a unit

_DECODER = msgspec.msgpack.Decoder(_Table)
_DAMAGED = (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError, RecursionError)


def encode(calls: Iterable[tuple[str, Recorded]]) -> bytes:
    """Calls, each with its lasting key, as bytes."""
    writer = Writer()
    found: dict[str, list[int]] = {}
    for key, one in calls:
        parts = (
            writer.add(_depth(one.key[0])),
            writer.add(one.key[1]),
            writer.join("tuple", writer.add_each(one.reads.items())),
            writer.add(one.outcome),
        )
        found.setdefault(key, []).append(writer.join("tuple", parts))
    return msgspec.msgpack.encode(_Table(writer.rows, found))


def _depth(key: str) -> str:
    """What a deep key says of how deep the call is, where that matters."""
    return key[len(key.partition("@")[0]) :]


class Kept:
    """Calls that were kept in another state of the sources.

    Args:
        data: Of `encode`.
        lines: Where lines of code are now, by file: of files that have changed since.
        functions: Deep keys of the functions that there are.
    """

    def __init__(
        self,
        data: bytes,
        lines: Lines = MappingProxyType({}),
        functions: Container[str] | None = None,
    ) -> None:
        try:
            table = _DECODER.decode(data)
        except _DAMAGED:
            table = _Table([], {})
        self._calls = table.calls
        self._given: set[str] = set()
        self._reader = Reader(table.rows, lines, functions)
        self._moved = bool(lines)
        back = {path: {new: old for old, new in own.items()} for path, own in lines.items()}
        self._digests = Digests(back)

    def calls(self, environment: Environment, now: DeepKeys) -> list[Recorded]:
        """The calls of functions of a unit, as they would be recorded now; each call once.

        Args:
            now: The unit's deep keys as it is, which are those of then if no line has moved.
        """
        if not self._calls:
            return []
        keys = environment.lasting_keys(self._digests.of) if self._moved else now
        new = {
            key: lasting
            for key, lasting in keys.items()
            if key not in self._given and lasting in self._calls
        }
        self._given.update(new)
        try:
            return list(self._read(new))
        except _DAMAGED:
            self._calls = {}
            return []

    def _read(self, keys: Mapping[str, str]) -> Iterator[Recorded]:
        rows = {key: self._calls[lasting] for key, lasting in keys.items()}
        values = iter(self._reader.read(at for own in rows.values() for at in own))
        for key, own in rows.items():
            for value in (next(values) for _ in own):
                if value is not GONE:
                    depth, arguments, reads, outcome = value
                    yield Recorded((key + depth, arguments), dict(reads), outcome)
