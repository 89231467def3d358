"""What calls and comparisons say of the numbers that they are given."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, NEGATIVE, NONZERO, POSITIVE, UNKNOWN
from bpf_lint.dataflow.engine.refine import keep
from bpf_lint.dataflow.observers.redirect import Redirect
from tests.dataflow.systems import analyse, attach, payloads, profile

SOURCE = """
static int is_three(u32 n) { return n == 3; }
static int is_small(u32 n) { if (n == 3) return 1; if (n == 4) return 1; return 0; }
static int other(u32 n) { n = n + 1; return n == 4; }
static int byte(u8 n) { return n == 3; }
static int there(u32 *n) { if (!n) return 0; return *n == 3; }
static u32 same(u32 n) { return n == 3 ? 5 : 6; }
SEC("tc") int entry(struct __sk_buff *c) {
    u32 n = c->mark, q = c->mark ? 3 : c->len ? 4 : 5, r = c->cb[0] ? 4 : 6;
    %s }"""


def redirected(body: str) -> frozenset[object]:
    """The numbers that the program redirects to."""
    attached = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    system = analyse({"a.c": SOURCE % body}, attached)
    return frozenset().union(*(made.target for made in payloads(system, Redirect)))


@pytest.mark.parametrize(
    ("condition", "then", "otherwise"),
    [
        ("is_three(q)", {3}, {4, 5}),
        ("!is_three(q)", {4, 5}, {3}),
        ("is_small(q)", {3, 4}, {5}),
        ("is_three(q) || is_small(r)", {3, 4, 5}, {4, 5}),
        ("same(q) == 5", {3}, {4, 5}),
        ("q == r", {4}, {3, 4, 5}),
        ("!(q != r)", {4}, {3, 4, 5}),
        ("r == 6 && is_three(q)", {3}, {3, 4, 5}),
        ("other(q)", {3, 4, 5}, {3, 4, 5}),
        ("there(&q)", {3}, {4, 5}),
    ],
)
def test_what_is_left_of_a_number(condition: str, then: set[int], otherwise: set[int]) -> None:
    assert redirected(f"if ({condition}) return bpf_redirect(q, 0); return 0;") == then
    assert redirected(f"if ({condition}) return 0; return bpf_redirect(q, 0);") == otherwise


@pytest.mark.parametrize("condition", ["byte(n)", "other(n)"])
def test_a_test_of_a_part_says_nothing_of_the_whole(condition: str) -> None:
    assert redirected(f"if (!{condition}) return 0; return bpf_redirect(n, 0);") == {"?"}


def test_what_a_call_found_out_is_gone_when_its_result_takes_the_place() -> None:
    assert redirected("q = same(q); return bpf_redirect(q, 0);") == {5, 6}


def test_sides_that_cannot_be_equal_are_no_path() -> None:
    assert redirected("if (r == 6 && q == r) return bpf_redirect(1, 0); return 0;") == frozenset()


@pytest.mark.parametrize(
    ("op", "bound", "signed", "left"),
    [
        (">", 0, True, POSITIVE),
        (">", -1, True, UNKNOWN),
        (">=", 1, True, POSITIVE),
        (">=", 0, True, UNKNOWN),
        ("<", 0, True, NEGATIVE),
        ("<", 1, True, UNKNOWN),
        ("<=", -1, True, NEGATIVE),
        ("<=", 0, True, UNKNOWN),
        (">=", 1, False, UNKNOWN),
        ("!=", 0, False, NONZERO),
        ("!=", 1, False, UNKNOWN),
    ],
)
def test_what_is_left_of_an_unknown_number(op: str, bound: int, signed: bool, left: str) -> None:
    assert keep(ANY, op, bound, signed, 32) == {left}


def test_a_flag_that_holds_a_test_says_what_was_tested() -> None:
    body = "u32 m = c->cb[1]; int t = m == 3; if (t) return bpf_redirect(m, 0); return 0;"
    assert redirected(body) == {3}
    assert redirected(body.replace("if (t)", "if (!t)")) == {"?"}
    body = "int t = q == 3; if (t) return bpf_redirect(q, 0); return 0;"
    assert redirected(body) == {3}
    assert redirected(body.replace("if (t)", "if (!t)")) == {4, 5}
