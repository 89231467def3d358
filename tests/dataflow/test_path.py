"""What a path has done to its packet, and what a FIB lookup has told it."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import UNSET, Value, number, origin
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.values import truth
from bpf_lint.dataflow.engine.events import TailCall
from bpf_lint.dataflow.observers.fib_use import FibUse
from bpf_lint.dataflow.observers.narrowing import Narrow
from bpf_lint.dataflow.observers.redirect import Redirect
from tests.dataflow.harness import HOST, Ran, run, values

HEADER = packet.FACTS["l2_header"]
NO_HEADER = {PACKET: {at: (packet.BITS, number(0)) for at in packet.FACTS.values()}}
CHANGE_HEAD = """static long (*change_head)(void *c, u32 len, u64 flags) = (void *)43;
static long (*set_key)(void *c, void *key, u32 size, u64 flags) = (void *)21;
static long (*store_bytes)(void *c, u32 at, void *from, u32 len, u64 fl) = (void *)9;
"""


def headers(ran: Ran) -> list[Value]:
    """Whether there is a header, at each redirect."""
    return [one.packet[0] for one in ran.payloads(Redirect) if isinstance(one, Redirect)]


def test_what_is_not_done_is_as_the_caller_left_it() -> None:
    source = "int f(u32 i) { return bpf_redirect(i, 0); }"
    assert headers(run(source, HOST, cells=NO_HEADER)) == [number(0)]
    assert headers(run(source, HOST)) == [values("?")]


def test_outcomes_are_not_replayed_for_another_packet() -> None:
    source = "int f(u32 i) { return bpf_redirect(i, 0); }"
    first = run(source, HOST, cells=NO_HEADER)
    with_header = {PACKET: {HEADER: (packet.BITS, number(1))}}
    second = run(source, HOST, cells=with_header, interpreter=first.interpreter)
    assert headers(second) == [number(1)]


@pytest.mark.parametrize(("length", "header"), [(14, 1), (18, 1)])
def test_room_for_a_header_is_a_header_where_it_succeeds(length: int, header: int) -> None:
    source = (
        CHANGE_HEAD
        + f"""int f(void *c, u32 i) {{
        if (change_head(c, {length}, 0)) return 0;
        return bpf_redirect(i, 0); }}"""
    )
    assert headers(run(source, HOST, HOST, cells=NO_HEADER)) == [number(header)]


def test_too_little_room_says_nothing() -> None:
    source = (
        CHANGE_HEAD
        + """int f(void *c, u32 i) {
        if (change_head(c, 4, 0)) return 0;
        return bpf_redirect(i, 0); }"""
    )
    assert headers(run(source, HOST, HOST, cells=NO_HEADER)) == [values(0, 1)]


READDRESSED = packet.FACTS["readdressed"]


@pytest.mark.parametrize(
    ("offset", "told"), [(0, True), (6, True), (11, True), (12, False), (30, False), ("?", False)]
)
def test_only_a_write_to_the_addresses_of_the_header_readdresses(
    offset: object, told: bool
) -> None:
    source = CHANGE_HEAD + "int f(void *c, u32 at, void *p) { return store_bytes(c, at, p, 6, 0); }"
    given = values(offset)
    for before, after in ((0, told), (1, True)):
        cells = {PACKET: {READDRESSED: (packet.BITS, number(before))}}
        ran = run(source, HOST, given, HOST, cells=cells)
        for result in ran.outcome.results:
            found = {**cells[PACKET], **result.memory.get(PACKET, {})}[READDRESSED]
            assert found == (packet.BITS, number(int(after)))


def test_paths_with_and_without_a_header_stay_apart() -> None:
    source = (
        CHANGE_HEAD
        + """int f(void *c, u32 i, int add, int other) {
        int needed = 0;
        if (add) { if (change_head(c, 14, 0)) return 0; needed = 1; }
        if (other) unknown();
        if (needed) return bpf_redirect(i, 0);
        return bpf_redirect(i, 1); }"""
    )
    ran = run(source, HOST, HOST, values("?"), values("?"), cells=NO_HEADER)
    made = {(one.flags, one.packet[0]) for one in ran.payloads(Redirect)}
    assert made == {(number(0), number(1)), (number(1), number(0))}


def test_a_callee_adds_the_header_for_its_caller() -> None:
    source = (
        CHANGE_HEAD
        + """static int add(void *c, u32 i, int *needed) {
        if (i == 3) { *needed = 0; return 0; }
        return change_head(c, 14, 0) ? -1 : 0; }
        int f(void *c, u32 i) { int needed = 1;
        if (add(c, i, &needed) < 0) return 0;
        if (!needed) return 1;
        return bpf_redirect(i, 0); }"""
    )
    assert headers(run(source, HOST, values("?"), cells=NO_HEADER)) == [number(1)]


def test_a_key_that_was_set_is_the_destination() -> None:
    source = (
        CHANGE_HEAD
        + """int f(void *c, u32 i) { u32 key = 1;
        if (set_key(c, &key, 4, 0) < 0) return bpf_redirect(i, 0);
        return bpf_redirect(i, 1); }"""
    )
    ran = run(source, HOST, HOST, cells=NO_HEADER)
    found = {(one.flags, one.packet[1]) for one in ran.payloads(Redirect)}
    assert found == {(number(0), number(0)), (number(1), number(1))}


FIB = """struct bpf_fib_lookup fib = {}; fib.ifindex = i;
    long code = bpf_fib_lookup(c, &fib, sizeof(fib), 0);
"""


@pytest.mark.parametrize(
    ("test", "uses"),
    [
        ("if (code == 0)", []),
        ("if (code == 0 || code == 7 || code == 8)", []),
        ("if (code != 4)", ["given to bpf_redirect()"]),
        ("if (code < 0)", ["given to bpf_redirect()"]),
        ("", ["given to bpf_redirect()"]),
    ],
)
def test_codes_without_an_answer(test: str, uses: list[str]) -> None:
    ran = run(
        f"int f(void *c, u32 i) {{ {FIB} {test} return bpf_redirect(fib.ifindex, 0); return 0; }}",
        HOST,
        HOST,
    )
    assert [one.how for one in ran.payloads(FibUse)] == uses


def test_the_code_belongs_to_the_lookup_after_states_have_met() -> None:
    ran = run(
        f"""int f(void *c, u32 i, int other) {{ {FIB}
        if (other) unknown();
        if (code == 0) return bpf_redirect(fib.ifindex, 0);
        return 0; }}""",
        HOST,
        HOST,
        values("?"),
    )
    assert not ran.payloads(FibUse)


def test_a_comparison_is_a_use_and_a_test_for_zero_is_none() -> None:
    source = f"""int f(void *c, u32 i, u32 j) {{ {FIB}
        if (fib.ifindex == 0) return 1;
        if (fib.ifindex == j) return 2;
        return 0; }}"""
    ran = run(source, HOST, HOST, values("?"))
    assert [one.how for one in ran.payloads(FibUse)] == ["compared"]


def test_a_use_tells_whose_result_it_is() -> None:
    source = f"""static int use(u32 *i) {{ return *i > 7 ? 0 : bpf_redirect(*i, 0); }}
        int f(void *c, u32 i) {{ {FIB} return use(&fib.ifindex); }}"""
    (made,) = run(source, HOST, HOST).payloads(FibUse)
    assert isinstance(made, FibUse)
    assert made.owner == "f"


def test_what_is_not_set_is_unknown_and_no_number() -> None:
    assert truth(values("?", UNSET)) == (True, True)


def test_numbers_that_are_cut() -> None:
    ran = run("struct s { u16 i; }; void f(struct s *s, u32 i) { s->i = i; }", values("?"), HOST)
    assert [(one.atom, one.bits, one.name) for one in ran.payloads(Narrow)] == [(HOST, 16, "s.i")]


def test_a_number_is_cut_once() -> None:
    source = """struct s { u16 i; };
        void f(struct s *s, struct s *t, u32 i) { u16 n = i; s->i = n; t->i = s->i; }"""
    ran = run(source, values("?"), values("?"), HOST)
    assert len(ran.payloads(Narrow)) == 1


def test_a_device_that_is_not_there_is_the_number_0() -> None:
    absent = origin("ingress_ifindex", "host", zero=True)
    assert truth(values(absent)) == (False, True)
    ran = run("int f(u32 i) { return i ? 1 : 2; }", values(absent))
    assert ran.value == {2}
    ran = run("int f(u32 i) { if (!i) return 0; return bpf_redirect(i, 0); }", values(absent, HOST))
    assert [one.target for one in ran.payloads(Redirect)] == [values(HOST)]


def test_numbers_of_two_devices_of_one_namespace_differ() -> None:
    one = origin("ONE", "host", device="eth0")
    same = origin("SAME", "host", device="eth0")
    other = origin("OTHER", "host", device="lxc")
    foreign = origin("FOREIGN", "pod", device="lxc")
    source = "int f(u32 i, u32 j) { return i == j; }"
    assert run(source, values(one), values(other)).value == {0}
    for second in (same, foreign, HOST):
        assert run(source, values(one), values(second)).value == {0, 1}


def test_a_second_redirect_knows_the_first() -> None:
    source = """int f(u32 i, int twice) { int v = bpf_redirect(i, 0);
        if (twice) v = bpf_redirect(i, 1);
        return v; }"""
    ran = run(source, HOST, values("?"))
    assert {(one.flags, one.armed is not None) for one in ran.payloads(Redirect)} == {
        (number(0), False),
        (number(1), True),
    }


def test_a_refused_redirect_replaces_nothing() -> None:
    source = "int f(u32 i) { bpf_redirect(i, 0); return bpf_redirect(i, 64); }"
    assert {one.armed for one in run(source, HOST).payloads(Redirect)} == {None}


def test_a_flag_does_not_blur_what_was_done_to_the_packet() -> None:
    source = (
        CHANGE_HEAD
        + """int f(void *c, u32 i, int m) { int flag = 0;
        if (unknown()) flag = 1;
        if (m && change_head(c, 14, 0)) return 0;
        if (flag) return bpf_redirect(i, 0);
        return 0; }"""
    )
    found = headers(run(source, HOST, HOST, values("?"), cells=NO_HEADER))
    assert sorted(found, key=repr) == [number(0), number(1)]


def test_the_result_of_a_lookup_is_left_behind_at_a_tail_call() -> None:
    source = """struct { __uint(type, 3); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } calls SEC(".maps");
    int f(void *c, u32 i) { struct bpf_fib_lookup p = {}; p.ifindex = i;
        bpf_fib_lookup(c, &p, sizeof(p), 0); bpf_tail_call(c, &calls, 1); return 0; }"""
    calls = run(source, HOST, HOST).payloads(TailCall)
    assert calls
    for call in calls:
        assert isinstance(call, TailCall)
        carried = dict(call.scratch).get(PACKET, ())
        assert packet.FIB not in [start for start, _, _ in carried]
