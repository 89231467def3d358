"""Joins, loops, gotos and recursion: everything ends, and nothing that can happen is lost."""

from __future__ import annotations

import time

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, UNKNOWN
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from tests.dataflow.harness import BUFFER, HOST, POD, run, values


def test_a_flag_keeps_the_states_apart_that_it_tells_apart() -> None:
    source = """int f(int c, u32 i) { bool found = 0; u32 x = 0; if (c) { found = 1; x = i; }
        if (found) return x; return 5; }"""
    assert run(source, ANY, HOST).value == values(5, HOST)


def test_a_redirect_that_waits_keeps_states_apart() -> None:
    source = (
        """int f(int c, u32 i) { int x = 1; if (c) { bpf_redirect(i, 0); x = 2; } return x; }"""
    )
    ran = run(source, ANY, HOST)
    assert {(result.armed is not None, *result.value) for result in ran.outcome.results} == {
        (True, 2),
        (False, 1),
    }


def test_the_last_redirect_is_the_one_that_waits() -> None:
    source = """int f(u32 i) { bpf_redirect(1, 0);
        return bpf_redirect(i, 0); }"""
    (result,) = run(source, HOST).outcome.results
    assert result.armed is not None
    assert result.armed.place.line == 2


@pytest.mark.parametrize(
    ("body", "returned"),
    [
        ("int i, n = 0; for (i = 0; i < 3; i++) n += 2; return n;", 6),
        ("int n = 0; while (n < 100) n++; return n >= 100;", 1),
        ("int n = 5; do n--; while (n > 0); return n;", 0),
        ("int n = 0; again: n++; if (n < 3) goto again; return n;", 3),
        ("goto skip; return 1; skip: return 2;", 2),
        ("int n = 1; goto in; while (n < 4) { n++; in: n++; } return n;", 4),
        ("int i, j, n = 0; for (i = 0; i < 9; i++) for (j = 0; j < 9; j++) n ^= i; return 7;", 7),
        ("int n = 0; for (;;) { if (n++ > 20) break; if (n < 5) continue; } return 3;", 3),
        ("int n = 1; goto in; do { n += 5; in: n++; } while (n < 4); return n;", 8),
        ("int n = 1, i; goto in; for (i = 9; n < 4; n++) { n++; in: n++; } return n;", 6),
        ("for (;;) { if (unknown()) return 4; }", 4),
        ("switch (unknown()) { case 0: while (unknown()) { case 1: ; } } return 8;", 8),
        ("u32 a[64]; int i; for (i = 0; i < 64; i++) a[i] = i; return a[0] == 0 || 1;", 1),
    ],
)
def test_loops_and_gotos_end_and_include_what_happens(body: str, returned: int) -> None:
    start = time.monotonic()
    value = run(f"int f(void) {{ {body} }}").value
    assert returned in value or UNKNOWN in value
    assert time.monotonic() - start < 5


def test_a_loop_without_an_end_returns_nothing() -> None:
    assert run("int f(void) { for (;;) ; return 1; }").outcome.results == ()
    assert run("int f(void) { again: goto again; }").outcome.results == ()


def test_a_loop_at_the_start_of_a_function_is_joined() -> None:
    assert run("int f(int n) { do { n++; } while (n < 9); return n < 9; }", 0).value >= {0}


def test_origins_that_come_in_turn_by_turn_are_all_kept() -> None:
    source = """int f(u32 i, u32 j) { u32 a = 0, b = 0, c = 0, d = 0; u64 n = 0;
        while (unknown()) { d = c; c = b; b = a; a = unknown() ? i : j; n += 3; }
        return d; }"""
    assert {HOST, POD} <= run(source, HOST, POD).value


def test_many_growing_values_lose_places_before_namespaces() -> None:
    steps = " ".join(f"x{n + 1} = x{n};" for n in range(20, -1, -1))
    declared = ", ".join(f"x{n} = 0" for n in range(22))
    source = f"""int f(u32 i) {{ u32 {declared}; u32 *p = 0, a[30];
        while (unknown()) {{ {steps} x0 = i; if (unknown()) x0 = unknown(); }}
        return x21; }}"""
    start = time.monotonic()
    assert {atom.netns for atom in origins(run(source, HOST).value)} == {"host"}
    assert time.monotonic() - start < 5


def test_a_pointer_that_walks_writes_everywhere() -> None:
    source = (
        """int f(u32 i) { u32 a[400] = {0}, *p = a; while (unknown()) *p++ = i; return a[300]; }"""
    )
    assert HOST in run(source, HOST).value


def test_a_redirect_in_a_loop_waits_after_it() -> None:
    source = """int f(u32 i) { int ret = 0; while (unknown()) { ret = bpf_redirect(i, 0);
        if (ret != 7) break; } return ret; }"""
    assert any(result.armed and 7 in result.value for result in run(source, HOST).outcome.results)


def test_recursion_is_told_and_forgets_what_it_may_change() -> None:
    source = """static __attribute__((noinline)) int g(int n, u32 *p) {
        if (n == 0) { *p = 5; return 0; } return g(n - 1, p) + 1; }
    int f(void) { u32 x = 1; g(3, &x); return x; }"""
    ran = run(source)
    assert ran.payloads(Unfollowed) == [Unfollowed("recursion", "g")]
    assert UNKNOWN in ran.value


MUTUAL = """static int g(int n, u32 i); static int h(int n, u32 i);
static __attribute__((noinline)) int g(int n, u32 i) {
    if (n) return h(n - 1, i); return bpf_redirect(i, 0); }
static __attribute__((noinline)) int h(int n, u32 i) {
    if (n) return g(n - 1, i); return bpf_redirect(i, 1); }
int f(int n, u32 i) { return g(n, i); }
int e(int n, u32 i) { return h(n, i); }"""


def test_a_cycle_of_functions_does_not_depend_on_where_it_was_entered_before() -> None:
    first = run(MUTUAL, ANY, HOST, roots=("f", "e"))
    fresh = run(MUTUAL.replace(" f(", " x(").replace(" e(", " f("), ANY, HOST)
    after = run(
        MUTUAL.replace(" f(", " x(").replace(" e(", " f("),
        ANY,
        HOST,
        interpreter=first.interpreter,
    )
    for ran in (first, fresh, after):
        assert {payload.flags for payload in ran.payloads(Redirect)} == {values(0), values(1)}
    assert after.outcome == fresh.outcome


def test_a_cycle_of_many_functions_ends() -> None:
    names = [f"g{n}" for n in range(12)]
    declared = "".join(f"static int {name}(int n);\n" for name in names)
    bodies = "".join(
        f"static __attribute__((noinline)) int {name}(int n) {{ switch (unknown()) {{"
        + "".join(f"case {i}: return {other}(n);" for i, other in enumerate(names))
        + " } return bpf_redirect(n, 0); }\n"
        for name in names
    )
    start = time.monotonic()
    ran = run(f"{declared}{bodies}int f(int n) {{ return g3(n); }}", HOST)
    assert time.monotonic() - start < 20
    assert values(HOST) in [payload.target for payload in ran.payloads(Redirect)]
    assert {payload.what for payload in ran.payloads(Unfollowed)} == {"recursion", "external"}


def chain(length: int) -> str:
    functions = ["static __attribute__((noinline)) int g0(u32 i) { return bpf_redirect(i, 0); }"]
    functions += [
        f"static __attribute__((noinline)) int g{n}(u32 i)"
        f" {{ if (unknown()) return g{n - 1}(i); return g{n - 1}(i); }}"
        for n in range(1, length)
    ]
    return "\n".join(functions) + f"\nint f(u32 i) {{ return g{length - 1}(i); }}"


def test_calls_are_followed_deep_down() -> None:
    ran = run(chain(40), HOST)
    assert ran.payloads(Redirect)
    assert {payload.text for payload in ran.payloads(Unfollowed)} == {"unknown"}


def test_deeper_calls_are_told() -> None:
    start = time.monotonic()
    ran = run(chain(60), HOST)
    assert time.monotonic() - start < 20
    assert not ran.payloads(Redirect)
    assert {payload.what for payload in ran.payloads(Unfollowed)} == {"depth", "external"}


def test_what_was_too_deep_is_followed_from_elsewhere() -> None:
    source = chain(60) + "\nint e(u32 i) { return g9(i); }"
    first = run(source, HOST, roots=("f", "e"))
    second = run(
        source.replace(" f(", " x(").replace(" e(", " f("),
        HOST,
        interpreter=first.interpreter,
    )
    assert second.payloads(Redirect)


def test_many_states_are_joined_not_dropped() -> None:
    tests = " ".join(f"if (unknown()) x = {n}; else y = {n};" for n in range(14))
    ran = run(f"int f(void) {{ int x = 99, y = 99; {tests} return x; }}")
    assert all(n in ran.value or ran.value & {UNKNOWN, ">0"} for n in (0, 7, 13, 99))
    redirects = " ".join(f"if (unknown()) return bpf_redirect({n + 1}, 0);" for n in range(20))
    ran = run(f"int f(void) {{ {redirects} return 0; }}")
    armed = [result.armed for result in ran.outcome.results if result.armed]
    assert len({one.place for one in armed}) == 20


def test_a_path_that_traps_does_not_go_on() -> None:
    assert run("int f(int c) { if (c) __builtin_trap(); return c; }", ANY).value == {0}


def test_a_pointer_argument_is_out_of_the_callees_reach_afterwards() -> None:
    source = """inline_ void g(u32 **p, u32 *q) { *p = q; }
    int f(u32 *out, u32 i) { u32 x = 3, *p = &x; g(&p, out); *p = i; return x; }"""
    ran = run(source, BUFFER, HOST)
    assert ran.value == {3}
    assert ran.cell(0) == values(HOST)
