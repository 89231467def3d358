"""Calls as bytes: the same calls come back, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest

from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.domain import values
from bpf_lint.dataflow.domain.atoms import ANY, NONZERO, UNSET, ZERO, Via, origin, pointer
from bpf_lint.dataflow.domain.base import Kind, base, keyed
from bpf_lint.dataflow.engine import interpreter
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.keeping.calls import decode, encode
from bpf_lint.dataflow.keeping.nodes import Writer, read
from bpf_lint.model.place import NOWHERE, Place
from tests.dataflow import growing
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import analyse, profile


def test_a_system_is_answered_by_kept_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "WORTH_KEEPING", 0)
    first, again = Engine(KERNEL), Engine(KERNEL)
    programs = {"a.c": growing.sites(12)}
    system = analyse(programs, profile(growing.EGRESS), first)
    kept = encode(one for _, one in first.interpreter.whole)
    again.recall(kept)
    other = analyse(programs, profile(growing.EGRESS), again)
    assert first.interpreter.runs > 0 == again.interpreter.runs
    assert [str(one) for one in other.instances] == [str(one) for one in system.instances]
    assert [list(one.events()) for one in other.instances.values()] == [
        list(one.events()) for one in system.instances.values()
    ]
    assert not again.interpreter.whole


def test_values_come_back_as_the_very_same() -> None:
    map_ = keyed(base(Kind.MAP, "a.c", "devices"), ((0, 1), (1, 255)))
    seen = origin("UPLINK", "host", Place("a.c", 3, 4), Via(map_, None, Place("b.h", 1)))
    value = frozenset([seen, pointer(map_, 64), 7, UNSET, NONZERO])
    single = (ANY, ZERO, Place("", 0, 0))
    parts = (value, True, 1, None, {map_: {0: (32, value)}}, (0, False), *single)
    writer = Writer()
    at = writer.add(parts)
    back = read(msgspec.msgpack.decode(msgspec.msgpack.encode(writer.rows), type=list[_ROW]))[at]
    assert back == parts
    assert [type(one) for one in back] == [type(one) for one in parts]
    assert all(one is other for one, other in zip(back[-3:], (ANY, ZERO, NOWHERE), strict=True))
    assert {id(one) for one in back[0]} == {id(one) for one in value}


_ROW = str | int | bool | None | tuple[str, list[int]]


@pytest.mark.parametrize(
    "rows",
    [
        [("system", [])],
        [("tuple", [5])],
        [("tuple", [0])],
        ["x", ("Base", [0])],
        ["x", ("Place", [0, 0, 0, 0, 0, 0])],
    ],
)
def test_what_is_no_table_is_no_call(rows: list[_ROW]) -> None:
    assert decode(msgspec.msgpack.encode((rows, [0]))) == []


def test_marks_are_compared_by_identity() -> None:
    constants = [one for name, one in vars(values).items() if name.isupper()]
    marks = [one for one in constants if type(one) is str and not one.startswith("@")]
    writer = Writer()
    rows = [writer.add(one) for one in marks]
    back = read(msgspec.msgpack.decode(msgspec.msgpack.encode(writer.rows), type=list[_ROW]))
    assert len(marks) > 4
    assert all(back[at] is one for at, one in zip(rows, marks, strict=True))


def test_every_payload_can_be_kept() -> None:
    kinds = [Payload]
    for kind in kinds:
        kinds += kind.__subclasses__()
    names = [kind.__name__ for kind in kinds]
    assert len(set(names)) == len(names) > 10
