"""Calls as bytes: the same calls come back, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest

from bpf_lint.cache.linetable import moves, table
from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.domain import values
from bpf_lint.dataflow.domain.atoms import ANY, NONZERO, UNSET, ZERO, Via, origin, pointer
from bpf_lint.dataflow.domain.base import Kind, base, keyed
from bpf_lint.dataflow.engine import interpreter
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.keeping.functions import Digests
from bpf_lint.dataflow.keeping.nodes import GONE, Reader, Writer, read
from bpf_lint.dataflow.system.instance import Instance
from bpf_lint.model.place import NOWHERE, Place
from tests.dataflow import growing
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import analyse, profile


def test_a_system_is_answered_by_kept_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "WORTH_KEEPING", 0)
    first, again = Engine(KERNEL), Engine(KERNEL)
    programs = {"a.c": growing.sites(12)}
    system = analyse(programs, profile(growing.EGRESS), first)
    first.learn()
    kept = first.learnt()
    assert kept is not None
    again.recall(kept)
    other = analyse(programs, profile(growing.EGRESS), again)
    assert first.interpreter.runs > 0 == again.interpreter.runs
    assert [str(one) for one in other.instances] == [str(one) for one in system.instances]
    assert [list(one.events()) for one in other.instances.values()] == [
        list(one.events()) for one in system.instances.values()
    ]
    again.learn()
    assert again.learnt() is None
    assert again.learnt(recalled=True) is not None


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
    with pytest.raises((KeyError, IndexError, TypeError, ValueError)):
        read(rows)


@pytest.mark.parametrize("row", [("tuple", [5]), ("system", []), 7])
def test_a_damaged_table_changes_nothing(monkeypatch: pytest.MonkeyPatch, row: object) -> None:
    monkeypatch.setattr(interpreter, "WORTH_KEEPING", 0)
    whole = _learnt("a.c", growing.sites(3))
    rows, calls = msgspec.msgpack.decode(whole)
    engine = Engine(KERNEL)
    engine.recall(msgspec.msgpack.encode(([row] * len(rows), calls)))
    engine.recall(b"no table")
    again = analyse({"a.c": growing.sites(3)}, profile(growing.EGRESS), engine)
    fresh = analyse({"a.c": growing.sites(3)}, profile(growing.EGRESS))
    assert list(map(_told, again.instances.values())) == list(map(_told, fresh.instances.values()))


def _learnt(name: str, source: str) -> bytes:
    engine = Engine(KERNEL)
    analyse({name: source}, profile(growing.EGRESS), engine)
    engine.learn()
    found = engine.learnt()
    assert found is not None
    return found


def _told(instance: Instance) -> list[Event]:
    return list(instance.events())


def test_calls_are_found_again_where_their_lines_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "WORTH_KEEPING", 0)
    before = growing.sites(3)
    line = before.count("\n", 0, before.index("SEC("))
    after = "\n".join([*before.split("\n")[:line], "", *before.split("\n")[line:]])
    lines = moves(table(before.encode()), table(after.encode()))
    kept = _learnt("a.c", before)
    for told, run in ((lines, False), ({}, True), ({9: 9}, True)):
        engine = Engine(KERNEL)
        engine.recall(kept, {"a.c": told})
        again = analyse({"a.c": after}, profile(growing.EGRESS), engine)
        assert bool(engine.interpreter.runs) == run
        fresh = analyse({"a.c": after}, profile(growing.EGRESS))
        assert [_told(one) for one in again.instances.values()] == [
            _told(one) for one in fresh.instances.values()
        ]


def test_a_value_with_a_place_that_is_no_more_is_gone() -> None:
    writer = Writer()
    macro = Place("a.c", 3, 4, "b.h:7:1")
    rows = [writer.add((one, 1)) for one in (Place("a.c", 3), macro, Place("c.h", 9))]
    for lines, found in (
        (
            {"a.c": {3: 5}, "b.h": {7: 70}},
            [(Place("a.c", 5), 1), (Place("a.c", 5, 4, "b.h:70:1"), 1)],
        ),
        ({"a.c": {4: 5}}, [GONE, GONE]),
        ({"b.h": {}}, [(Place("a.c", 3), 1), GONE]),
    ):
        assert Reader(writer.rows, lines).read(rows) == [*found, (Place("c.h", 9), 1)]


def test_a_function_that_is_no_more_is_gone() -> None:
    writer = Writer()
    row = writer.add((pointer(base(Kind.FUNCTION, "key", "f"), 0), 1))
    assert Reader(writer.rows, functions={"other"}).read([row]) == [GONE]
    assert Reader(writer.rows, functions={"key"}).read([row]) != [GONE]


def test_digests_are_those_of_a_function_where_it_was() -> None:
    macro = "#define SET(x) (x) = 7;\n"
    body = 'SEC("tc") int f(struct __sk_buff *skb) {\n\tint a;\n\tSET(a)\n\treturn a;\n}\n'
    before = compile_c(macro + body, (), name="a.c").functions["f"]
    after = compile_c("\n" * 300 + macro + "\n" * 9 + body, (), name="a.c").functions["f"]
    back = {301: 1, **{n + 309: n for n in range(2, 8)}}
    assert Digests({}).of(before) != Digests({}).of(after)
    assert Digests({"a.c": back}).of(after) == Digests({}).of(before)
    del back[313]
    assert Digests({"a.c": back}).of(after) != Digests({}).of(before)


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
