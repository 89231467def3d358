"""Outcomes are found again by what a call reads, and only then."""

from __future__ import annotations

import random

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, NEGATIVE, UNKNOWN, Value, number, pointing
from bpf_lint.dataflow.domain.memory import Slice
from bpf_lint.dataflow.domain.state import Frame, Read, State
from bpf_lint.dataflow.engine.events import Call
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Memo, Outcome
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from bpf_lint.model.integers import wrap
from tests.dataflow.bases import at
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import (
    BUFFER,
    HOST,
    POD,
    Memory,
    Outside,
    environment,
    run,
    values,
)
from tests.dataflow.programs import Writer

READER = "int f(u32 *p, u32 i) { if (p[0] == 1) return p[1]; return bpf_redirect(i, 0); }"


def cells(*numbers: object) -> Memory:
    return {at("L:caller:buffer"): {32 * n: (32, values(x)) for n, x in enumerate(numbers)}}


def test_a_call_that_reads_the_same_is_replayed() -> None:
    first = run(READER, BUFFER, HOST, cells=cells(1, 7, 8))
    assert (first.interpreter.memo.hits, first.interpreter.memo.misses) == (0, 1)
    second = run(READER, BUFFER, HOST, cells=cells(1, 7, 9), interpreter=first.interpreter)
    assert (first.interpreter.memo.hits, first.interpreter.memo.misses) == (1, 1)
    assert second.outcome is first.outcome


@pytest.mark.parametrize(
    ("arguments", "memory", "returned"),
    [
        ((BUFFER, HOST), cells(1, 8), {8}),
        ((BUFFER, HOST), cells(2, 7), {7}),
        ((BUFFER, POD), cells(1, 7), {7}),
        (
            (BUFFER, HOST),
            {at("L:caller:buffer"): {0: (32, values(1, 2)), 32: (32, values(5))}},
            {5, 7},
        ),
        ((pointing(at("L:caller:other")), HOST), cells(1, 7), {7, UNKNOWN}),
    ],
)
def test_a_call_that_reads_or_is_given_something_else_is_run(
    arguments: tuple[object, ...], memory: Memory, returned: set[object]
) -> None:
    first = run(READER, BUFFER, HOST, cells=cells(1, 7))
    second = run(READER, *arguments, cells=memory, interpreter=first.interpreter)
    assert first.interpreter.memo.misses == 2
    assert second.value == returned
    again = run(READER, BUFFER, HOST, cells=cells(1, 7), interpreter=first.interpreter)
    assert again.outcome is first.outcome


def test_what_is_read_after_different_values_may_differ() -> None:
    memo = Memo()
    left, right = Outcome((), ()), Outcome((), ())
    x, y = at("M:x"), at("M:y")
    a, b, c = (x, 0, 32, False), (x, 32, 32, False), (y, 0, 32, True)
    memo.add(("f", ()), {a: number(1), b: number(2)}, left)
    memo.add(("f", ()), {a: number(3), c: ()}, right)

    def world(**known: Value | Slice) -> Outcome | None:
        def answer(read: Read) -> Value | Slice:
            return known[f"{read[0].name}{read[1]}"]

        return memo.find(("f", ()), answer)

    assert world(x0=number(1), x32=number(2)) is left
    assert world(x0=number(3), y0=()) is right
    assert world(x0=number(1), x32=number(3)) is None
    assert world(x0=number(4)) is None
    assert memo.find(("g", ()), lambda read: ANY) is None
    assert (memo.hits, memo.misses) == (2, 3)


def test_a_write_of_the_caller_is_read_by_the_next_call() -> None:
    source = """static __attribute__((noinline)) u32 g(u32 *p) { return *p; }
    int f(u32 i, u32 j) { u32 x = i, first = g(&x); x = j; return first == 5 ? 0 : g(&x); }"""
    assert run(source, HOST, POD).value == values(0, POD)


def test_functions_of_one_text_are_told_apart_by_what_they_call() -> None:
    shared = "static __attribute__((noinline)) int h(int x) {{ return x + {n}; }}\n"
    text = "int g(int x) { return h(x); }"
    engine = Interpreter(observers_of(None))
    found = []
    for n in (1, 2):
        unit = compile_c(shared.format(n=n) + text, ("g",), name="same.c")
        outside = Outside({})
        found.append(
            engine.call(
                environment(unit),
                "g",
                (number(40),),
                Frame(frozenset(), outside.answer),
                State({}, {}),
            )
            .results[0]
            .value
        )
    assert found == [{41}, {42}]


def test_a_callback_is_told_apart_from_its_namesake_in_another_unit() -> None:
    go = "inline_ int go(int (*g)(int)) { return g(40); }\n"
    engine = Interpreter(observers_of(None))
    for n in (1, 2):
        source = f"{go}static int g(int x) {{ return x + {n}; }}\nint f(void) {{ return go(g); }}"
        assert run(source, interpreter=engine).value == {40 + n}


def test_maps_of_one_name_in_two_units_are_two() -> None:
    source = """struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } m SEC(".maps");
    int f(void) { u32 key = 0, *v = bpf_map_lookup_elem(&m, &key); return v ? *v : 0; }"""
    unit = compile_c(source)
    first, second = environment(unit), environment(unit)
    second.__init__(  # type: ignore[misc]
        unit, second.helpers, {"m": at("M:other.c/m")}, frozenset(), {}, second.fixed
    )
    assert first.deep_key("f") != second.deep_key("f")


def test_the_place_of_a_replayed_event_is_that_of_its_own_call() -> None:
    source = """static __attribute__((noinline)) int g(u32 i, u32 *p) {
        *p = 1; return bpf_redirect(i, 0); }
    int f(u32 i) { u32 x; if (unknown())
        return g(i, &x);
        return g(i, &x) == 7 ? 7 : 7; }"""
    ran = run(source, HOST)
    (event,) = ran.events(Redirect)
    assert event.chain[0].callee == "g"
    assert ran.interpreter.memo.hits == 1


def test_a_redirect_below_a_thin_wrapper_is_one_for_each_call_of_it() -> None:
    source = """inline_ int thin(void *c, u32 i, u64 flags) { return bpf_redirect(i, flags); }
    inline_ int twice(void *c, u32 i) { return thin(c, i, 0); }
    int f(void *c, u32 i) { switch (unknown()) {
        case 1: return thin(c, i, 0);
        case 2: return thin(c, i, 0);
        case 3: return twice(c, i);
        case 4: return twice(c, i); } return 0; }"""
    ran = run(source, ANY, HOST)
    events = ran.events(Redirect)
    assert sorted(event.wrappers[0].line for event in events) == [4, 5, 6, 7]
    assert {event.place.line for event in events} == {1}
    armed = {result.armed.place.line for result in ran.outcome.results if result.armed}
    assert armed == {4, 5, 6, 7}


def test_wrappers_end_at_the_first_function_that_is_none() -> None:
    source = """inline_ int thin(void *c, u32 i, u64 flags) { return bpf_redirect(i, flags); }
    static __attribute__((noinline)) int thick(void *c, u32 i, u32 *p) {
        *p = 5;
        return thin(c, i, 0); }
    int f(void *c, u32 i, u32 *p) { if (unknown())
        return thick(c, i, p);
        return thick(c, i, p); }"""
    (event,) = run(source, ANY, HOST, BUFFER).events(Redirect)
    assert [place.line for place in event.wrappers] == [4]
    assert event.chain[0] == Call(event.chain[0].place, "thick")
    assert [call.callee for call in event.chain] == ["thick", "thin"]


NUMBERS = (0, 1, 7, 256, -1)


class Forgetful(Memo):
    def find(self, key: object, answer: object) -> None:
        return None


def forgetful() -> Interpreter:
    engine = Interpreter(observers_of(None))
    engine.memo = Forgetful()
    return engine


def draw_value(draw: random.Random) -> Value:
    return draw.choice(
        (
            values(draw.choice(NUMBERS)),
            values(draw.choice(NUMBERS), draw.choice(NUMBERS)),
            values(HOST),
            values(POD, 0),
            values(NEGATIVE, 0),
            ANY,
        )
    )


@pytest.mark.parametrize("group", range(6))
def test_a_replayed_outcome_is_that_of_a_fresh_run(group: int) -> None:
    kept = Interpreter(observers_of(None))
    for seed in range(group * 10, group * 10 + 10):
        source = Writer(seed, redirects=True).program()
        draw = random.Random(seed)
        for _ in range(4):
            before = {
                32 * n: (32, frozenset(wrap(a, 32, False) if type(a) is int else a for a in v))
                for n, v in enumerate(draw_value(draw) for _ in range(4))
            }
            arguments = draw_value(draw), draw_value(draw), BUFFER
            memory = {at("L:caller:buffer"): before}
            again = run(source, *arguments, cells=memory, interpreter=kept)
            fresh = run(source, *arguments, cells=memory, interpreter=forgetful())
            assert again.outcome == fresh.outcome, source
            repeated = run(source, *arguments, cells=memory, interpreter=kept)
            assert repeated.outcome is again.outcome
    assert kept.memo.hits > 40


def test_a_scratch_map_of_other_size_is_another() -> None:
    source = """struct {{ __uint(type, 6); __uint(max_entries, {}); __type(key, u32);
        __type(value, u32); }} m SEC(".maps");
    int f(void) {{ u32 key = 0, *v = bpf_map_lookup_elem(&m, &key); return v ? *v : 0; }}"""
    small, large = (compile_c(source.format(n), name="same.c") for n in (2, 4))
    assert environment(small).deep_key("f") != environment(large).deep_key("f")


def test_a_function_is_as_high_as_the_calls_that_can_be_inside_each_other() -> None:
    source = """static int b(int); static int a(int x) { return x ? b(x - 1) : 0; }
    static int b(int x) { return a(x); } static int leaf(int x) { return x; }
    static int mid(int x) { return leaf(x) + leaf(x + 1); }
    int f(int x) { return mid(x) + a(x) + leaf(x); }"""
    found = environment(compile_c(source))
    heights = {name: found.height(name) for name in ("leaf", "mid", "a", "f", "nothing")}
    assert heights == {"leaf": 1, "mid": 2, "a": 2, "f": 3, "nothing": 0}


CHAIN = 45


@pytest.mark.parametrize("order", [("near", "far"), ("far", "near")])
def test_a_call_near_the_bound_on_calls_is_not_that_of_one_far_from_it(
    order: tuple[str, str],
) -> None:
    function = "static __attribute__((noinline)) int {}(void) {{ return {}; }}\n"
    chain = function.format(f"near{CHAIN}", 7)
    for n in reversed(range(CHAIN)):
        chain += function.format(f"near{n}", f"near{n + 1}()")
    chain += function.format("far9", "near0()")
    for n in reversed(range(9)):
        chain += function.format(f"far{n}", f"far{n + 1}()")
    calls = "".join(f"p[{at}] = {name}0();" for at, name in enumerate(order))
    ran = run(f"{chain} int f(u32 *p) {{ {calls} return 0; }}", BUFFER)
    found = dict(zip(order, (ran.cell(0), ran.cell(32)), strict=True))
    assert found == {"near": {7}, "far": ANY}
    assert [told.what for told in ran.payloads(Unfollowed)] == ["depth"]
