"""What branches and switches let through, and what they say about the tested value."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import (
    ANY,
    NEGATIVE,
    NONZERO,
    POSITIVE,
    UNKNOWN,
    Value,
    pointing,
)
from tests.dataflow.bases import at
from tests.dataflow.harness import BUFFER, HOST, run, values


@pytest.mark.parametrize(
    ("condition", "given", "returned"),
    [
        ("x", values(0), {2}),
        ("x", values(HOST), {1}),
        ("x", ANY, {1, 2}),
        ("!x", values(0, 3), {1, 2}),
        ("x == 3", values(3, 4), {1, 2}),
        ("x != 3", values(3), {2}),
        ("3 < x", values(1, 2), {2}),
        ("x < 0", values(-5, 5), {1, 2}),
        ("x < 0", values(NEGATIVE), {1}),
        ("x >= 0", values(NEGATIVE), {2}),
        ("(u32)x > 7", values(-5), {1}),
        ("(u32)x > 7", values(5), {2}),
        ("!(x < 0)", values(POSITIVE), {1}),
        ("(x & 4) != 0", values(4, 8), {1, 2}),
        ("x > 0 && x < 3", values(1, 2), {1}),
        ("x < 0 || x > 9", values(-1, 20), {1}),
    ],
)
def test_a_branch_is_taken_to_the_sides_that_are_possible(
    condition: str, given: object, returned: set[int]
) -> None:
    assert run(f"int f(int x) {{ if ({condition}) return 1; return 2; }}", given).value == returned


@pytest.mark.parametrize(
    ("condition", "given", "on_true", "on_false"),
    [
        ("x == 3", ANY, values(3), ANY),
        ("x != 3", ANY, ANY, values(3)),
        ("x", values(0, HOST), values(HOST), values(0)),
        ("!x", values(0, HOST), values(0), values(HOST)),
        ("x < 0", ANY, values(NEGATIVE), ANY),
        ("x > 0", ANY, values(POSITIVE), ANY),
        ("x >= 0", ANY, ANY, values(NEGATIVE)),
        ("x <= 0", ANY, ANY, values(POSITIVE)),
        ("x < 0", values(NONZERO), values(NEGATIVE), values(NONZERO)),
        ("0 > x", values(-3, 4, UNKNOWN), values(-3, NEGATIVE), values(4, UNKNOWN)),
        ("x < 10", values(3, 12, HOST), values(3, HOST), values(12, HOST)),
        ("(x == 3) == 0", values(3, 4), values(4), values(3)),
        ("x == 3 || x == 4", values(3, 4, 5), values(3, 4), values(5)),
    ],
)
def test_both_sides_know_what_was_tested(
    condition: str, given: Value, on_true: Value, on_false: Value
) -> None:
    parameters = {"x": "int x", "s->x": "struct s { int x; } *s"}
    for place, parameter in parameters.items():
        test = condition.replace("x", place)
        body = f"if ({test}) out[0] = {place}; else out[1] = {place}; return 0;"
        cells = {at("L:caller:buffer"): {0: (32, values(77)), 32: (32, values(78))}}
        cells |= {at("L:caller:s"): {0: (32, given)}}
        first = given if place == "x" else pointing(at("L:caller:s"))
        ran = run(f"int f({parameter}, int *out) {{ {body} }}", first, BUFFER, cells=cells)
        assert ran.cell(0) - {77} == unsigned(on_true)
        assert ran.cell(32) - {78} == unsigned(on_false)


def unsigned(value: Value) -> Value:
    """Integers as memory holds them."""
    return frozenset(a & 0xFFFFFFFF if isinstance(a, int) else a for a in value)


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (values(1), {10}),
        (values(4), {20}),
        (values(9), {30}),
        (values(-5), {40}),
        (values(1, 9), {10, 30}),
        (values(NEGATIVE), {40, 30}),
        (ANY, {10, 20, 30, 40}),
    ],
)
def test_a_switch_takes_the_cases_that_are_possible(given: object, returned: set[int]) -> None:
    source = """int f(int x) {
        switch (x) {
        case 1: return x == 1 ? 10 : 0;
        case 3 ... 5: return x >= 3 && x <= 5 ? 20 : 0;
        case -5: return x == -5 && x < 0 ? 40 : 0;
        default: return 30;
        } }"""
    assert run(source, given).value - {0} == returned
    assert 0 not in run(source, values(1, 4, -5, 9)).value


def test_a_case_falls_through() -> None:
    source = "int f(int x) { int n = 0; switch (x) { case 1: n = 5; case 2: n += 2; } return n; }"
    assert run(source, 1).value == {7}
    assert run(source, 2).value == {2}
    assert run(source, 3).value == {0}


@pytest.mark.parametrize("stored", [values(-5, 0), values(NEGATIVE, 0), ANY])
def test_a_negative_number_is_still_negative_when_read_back_from_memory(stored: object) -> None:
    source = "int f(int x, int *p) { *p = x; if (*p < 0) return 1; return 2; }"
    assert run(source, stored, BUFFER).value == {1, 2}


def test_a_negative_number_in_an_unsigned_variable_is_tested_as_signed() -> None:
    source = "int f(int c) { u32 x = c ? -5 : 0; if ((int)x < 0) return 1; return 2; }"
    assert run(source, ANY).value == {1, 2}
    source = """int f(int c) {
        u32 x; if (c >= 0) return 2; x = c; if ((int)x < 0) return 1; return 3; }"""
    assert 1 in run(source, ANY).value


def test_a_negated_unsigned_number_is_large_once_it_is_widened() -> None:
    source = "int f(u32 x) { s64 wide = -x; if (!x) return 0; return wide > 129 ? 1 : 2; }"
    assert run(source, values(0, POSITIVE)).value >= {0, 1}


def test_a_test_of_a_shared_map_says_nothing_about_the_next_read() -> None:
    source = """
    struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } m
        SEC(".maps");
    int f(void) {
        u32 key = 0, *value = bpf_map_lookup_elem(&m, &key);
        if (!value || *value != 3) return 1;
        return *value == 3 ? 2 : 3;
    }"""
    assert run(source).value == {1, 2, 3}


@pytest.mark.parametrize(("fails", "returned"), [("c", {1, 4}), ("!c", {2, 3})])
def test_both_outcomes_of_a_call_are_kept_apart_by_their_class(
    fails: str, returned: set[int]
) -> None:
    code = (-1, 0) if fails == "c" else (0, -1)
    source = f"""
    inline_ int g(int c, u32 *out) {{ if (c) return {code[0]}; *out = 7; return {code[1]}; }}
    int f(int c) {{ u32 out = 5; int ret = g(c, &out);
        if (ret < 0) return out == 5 ? 1 : 2;
        return out == 5 ? 3 : 4; }}"""
    assert run(source, ANY).value == returned


def test_what_a_function_returns_of_a_test_says_what_was_tested() -> None:
    source = """static __attribute__((noinline)) int is(u32 *p) { return *p == 0; }
    int f(u32 *p) { if (is(p)) return *p; return *p ? 6 : 7; }"""
    assert run(source, BUFFER).value == {0, 6}
