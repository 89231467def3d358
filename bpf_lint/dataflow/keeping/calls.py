"""Calls of whole programs as bytes: what each read, in order, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bpf_lint.dataflow.engine.memo import Recorded
from bpf_lint.dataflow.keeping.nodes import Row, Writer, read


class _Table(msgspec.Struct, frozen=True, array_like=True):
    """The rows of all values, and the row of each call."""

    rows: list[Row]
    calls: list[int]


_DECODER = msgspec.msgpack.Decoder(_Table)
_DAMAGED = (msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError, RecursionError)


def encode(calls: Iterable[Recorded]) -> bytes:
    """Calls as bytes."""
    writer = Writer()
    rows = [writer.add((*one.key, tuple(one.reads.items()), one.outcome)) for one in calls]
    return msgspec.msgpack.encode(_Table(writer.rows, rows))


def decode(data: bytes) -> list[Recorded]:
    """The calls of `encode`; none where the bytes are none."""
    try:
        table = _DECODER.decode(data)
        values = read(table.rows)
        return [
            Recorded((key, arguments), dict(reads), outcome)
            for key, arguments, reads, outcome in (values[at] for at in table.calls)
        ]
    except _DAMAGED:
        return []
