"""What helpers do, as the kernel model tells."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import ANY, SKB_NETNS, UNKNOWN, UNSET, Value, pointing
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.values import exact, origins
from bpf_lint.dataflow.engine.events import MapStore, TailCall
from bpf_lint.dataflow.observers.fib_lookup import FibLookup
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from tests.dataflow.bases import at
from tests.dataflow.harness import BUFFER, HOST, POD, run, values
from tests.dataflow.systems import PROG_ARRAY


@pytest.mark.parametrize(
    ("program_type", "flags", "verdict", "waits"),
    [
        ("tc", 0, 7, True),
        ("tc", 1, 7, True),
        ("tc", 2, 2, False),
        ("xdp", 0, 4, True),
        ("xdp", 1, 0, False),
        ("lwt_xmit", 0, 7, True),
    ],
)
def test_a_redirect_waits_for_its_verdict_unless_its_flags_are_refused(
    program_type: str, flags: int, verdict: int, waits: bool
) -> None:
    source = "int f(u32 i, u64 flags) { return bpf_redirect(i, flags); }"
    ran = run(source, HOST, flags, program_type=program_type)
    (result,) = ran.outcome.results
    assert result.value == {verdict}
    assert (result.armed is not None) is waits
    (made,) = ran.payloads(Redirect)
    assert (made.helper, made.target) == ("redirect", values(HOST))
    assert (made.flags, made.used) == (values(flags), True)


def test_flags_that_are_not_known_are_taken_as_allowed() -> None:
    (result,) = run(
        "int f(u32 i, u64 fl) { return bpf_redirect(i, fl); }", HOST, ANY
    ).outcome.results
    assert result.armed is not None


def test_a_refused_redirect_leaves_the_one_before_it() -> None:
    source = """int f(u32 i) { bpf_redirect(i, 0);
        bpf_redirect(i, 64);
        return 7; }"""
    (result,) = run(source, HOST).outcome.results
    assert result.armed is not None
    assert result.armed.place.line == 1


def test_the_outcome_of_a_program_type_is_not_replayed_for_another() -> None:
    source = "int f(u32 i) { return bpf_redirect(i, 0); }"
    first = run(source, HOST, program_type="tc")
    second = run(source, HOST, program_type="xdp", interpreter=first.interpreter)
    assert (first.value, second.value) == (values(7), values(4))


@pytest.mark.parametrize(
    ("flags", "ends"),
    [(0, {(0, True), (1, False)}), (1, {(0, True), (1, False)}), (2, {(0, None)})],
)
def test_a_socket_waits_where_the_map_has_it(
    flags: int, ends: set[tuple[int, bool | None]]
) -> None:
    source = """static long (*to)(void *c, void *map, u32 key, u64 flags) = (void *)60;
    int m;
    int f(void *c, u32 key) { return to(c, &m, key, %d); }"""
    ran = run(source % flags, ANY, ANY)
    assert {(exact(r.value), r.armed and r.armed.absent) for r in ran.outcome.results} == ends


def test_a_socket_that_was_chosen_stays_where_the_map_lacks_the_next() -> None:
    source = """static long (*to)(void *c, void *map, u32 key, u64 flags) = (void *)60;
    int m;
    int f(void *c, u32 key) { to(c, &m, key, 0); return to(c, &m, key + 1, 0); }"""
    ran = run(source, ANY, ANY)
    chosen = {(exact(r.value), r.armed.absent) for r in ran.outcome.results if r.armed}
    assert (0, False) in chosen


def test_a_clone_is_sent_at_once() -> None:
    ran = run("int f(void *c, u32 i) { return bpf_clone_redirect(c, i, 0); }", ANY, HOST)
    assert [payload.target for payload in ran.payloads(Redirect)] == [values(HOST)]
    assert all(result.armed is None for result in ran.outcome.results)
    assert 0 in ran.value


def test_a_dropped_result_is_told() -> None:
    ran = run("int f(u32 i) { bpf_redirect(i, 0); return 0; }", HOST)
    assert [payload.used for payload in ran.payloads(Redirect)] == [False]


def test_a_device_map_has_no_number_to_follow() -> None:
    source = """struct { __uint(type, 14); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } m SEC(".maps");
    int f(u32 i) { return bpf_redirect_map(&m, i, %d); }"""
    ran = run(source % 2, HOST, program_type="xdp")
    assert [payload.target for payload in ran.payloads(Redirect)] == [frozenset()]
    assert ran.value == {4, 2}
    assert run(source % 0, HOST, program_type="xdp").value == {4, 0}


def test_a_lookup_in_a_device_map_finds_the_number_that_is_told_of_it() -> None:
    source = """struct { __uint(type, %d); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } m SEC(".maps");
    int f(u32 key) { u32 *to = bpf_map_lookup_elem(&m, &key);
        return to ? bpf_redirect(*to, 0) : 2; }"""
    for kind in (14, 25):
        (made,) = run(source % kind, 0, fields={"m": values(HOST)}).payloads(Redirect)
        assert {one.symbol for one in origins(made.target)} == {"HOST_IFINDEX"}
    (made,) = run(source % 14, 0).payloads(Redirect)
    assert made.target == ANY


FIB = """int f(struct __sk_buff *c, u32 i) {
    struct bpf_fib_lookup fib = {}; int ret;
    fib.ifindex = i;
    ret = bpf_fib_lookup(c, &fib, sizeof(fib), 0);
    %s }"""


def test_a_lookup_asks_with_what_is_in_the_buffer() -> None:
    ran = run(FIB % "return 0;", pointing(at("ctx")), HOST)
    assert ran.payloads(FibLookup) == [FibLookup("fib_lookup", values(HOST), values(0))]
    assert ran.lines(FibLookup) == [4]


@pytest.mark.parametrize(
    ("test", "symbols"),
    [
        ("if (ret == 0) return fib.ifindex; return 0;", {"fib_lookup"}),
        ("if (ret) return fib.ifindex; return 0;", {"HOST_IFINDEX", "fib_lookup"}),
        ("if (ret < 0) return fib.ifindex; return 0;", {"HOST_IFINDEX"}),
        ("if (ret == 2) return fib.ifindex; return 0;", {"HOST_IFINDEX"}),
        ("if (ret == 7) return fib.ifindex; return 0;", {"fib_lookup"}),
        ("return fib.ifindex;", {"HOST_IFINDEX", "fib_lookup"}),
    ],
)
def test_the_answer_is_in_the_buffer_where_the_result_says_so(test: str, symbols: set[str]) -> None:
    found = origins(run(FIB % test, pointing(at("ctx")), HOST).value)
    assert {atom.symbol for atom in found} == symbols
    assert all(a.netns == SKB_NETNS for a in found if a.symbol == "fib_lookup")


@pytest.mark.parametrize("member", ["smac[0]", "smac[5]", "dmac[0]", "dmac[5]"])
@pytest.mark.parametrize(
    ("test", "unset"), [("ret == 0", False), ("ret == 7", True), ("ret == 2", True), ("ret", True)]
)
def test_only_a_lookup_that_succeeds_sets_the_addresses(
    test: str, unset: bool, member: str
) -> None:
    ran = run(FIB % f"if ({test}) return fib.{member}; return 300;", pointing(at("ctx")), HOST)
    assert (UNSET in ran.value) is unset
    assert UNSET not in run(FIB % f"return fib.rest[39] + {test};", pointing(at("ctx")), HOST).value


LOOKUP = """static __attribute__((noinline))
    int look(struct __sk_buff *c, struct bpf_fib_lookup *p) {
        return bpf_fib_lookup(c, p, sizeof(*p), 0); }
    int f(struct __sk_buff *c, struct bpf_fib_lookup *given) { struct bpf_fib_lookup own = {}; """


def outcome_cells(region: Region | None) -> list[Value]:
    return [value for start, (_, value) in (region or {}).items() if start == packet.FIB]


def test_the_outcome_of_a_lookup_is_kept_as_long_as_its_buffer_is_there() -> None:
    theirs = run(LOOKUP + "return look(c, given); }", pointing(at("ctx")), BUFFER)
    kept = [
        value
        for result in theirs.outcome.results
        for value in outcome_cells(result.memory.get(PACKET))
    ]
    assert {a for value in kept for a in value if isinstance(a, int)} == {0, 1, 2}
    assert all(value > BUFFER for value in kept)
    own = run(LOOKUP + "return look(c, &own); }", pointing(at("ctx")), BUFFER)
    assert own.value == theirs.value
    assert not any(outcome_cells(result.memory.get(PACKET)) for result in own.outcome.results)


def test_the_outcome_of_a_lookup_is_not_carried_along_by_a_tail_call() -> None:
    body = "look(c, given); bpf_tail_call(c, &calls, 1); return 0; }"
    ran = run(PROG_ARRAY + LOOKUP + body, pointing(at("ctx")), BUFFER)
    (call,) = ran.payloads(TailCall)
    assert not any(base is PACKET and cells for base, cells in call.scratch)


MAPS = """struct v { u32 a, number; };
struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); __type(value, struct v); }
    shared SEC(".maps");
struct { __uint(type, 6); __uint(max_entries, 1); __type(key, u32); __type(value, struct v); }
    scratch SEC(".maps");
struct { __uint(type, 6); __uint(max_entries, 9); __type(key, u32); __type(value, struct v); }
    table SEC(".maps");
"""


def test_scratch_of_one_entry_belongs_to_the_run() -> None:
    source = (
        MAPS
        + """int f(u32 i) { u32 key = 0; struct v *v = bpf_map_lookup_elem(&scratch, &key);
        if (!v) return 0; v->number = i;
        v = bpf_map_lookup_elem(&scratch, &key); if (!v) return 0; return v->number; }"""
    )
    ran = run(source, HOST)
    assert ran.value == values(0, HOST)
    assert not ran.payloads(MapStore)


@pytest.mark.parametrize("name", ["shared", "table"])
def test_other_maps_are_written_by_others_too(name: str) -> None:
    source = (
        MAPS
        + f"""int f(u32 i) {{ u32 key = 0; struct v v = {{ 1, i }}, *p;
        bpf_map_update_elem(&{name}, &key, &v, 0); p = bpf_map_lookup_elem(&{name}, &key);
        if (!p) return 0; return p->number; }}"""
    )
    ran = run(source, HOST)
    key = tuple((byte, 0) for byte in range(4))
    stored = MapStore(at(f"M:unit.c/{name}"), 32, 32, values(HOST), key)
    assert ran.payloads(MapStore) == [stored]
    assert ran.value == values(0, UNKNOWN)


def test_what_others_stored_is_read_with_the_way_it_came() -> None:
    source = (
        MAPS
        + """int f(void) { u32 key = 0; struct v *v = bpf_map_lookup_elem(&shared, &key);
        if (!v) return 0; return v->number; }"""
    )
    cells = {at("M:unit.c/shared"): {32: (32, values(HOST, UNKNOWN))}}
    assert run(source, cells=cells).value == values(0, HOST, UNKNOWN)


def test_an_update_of_scratch_is_read_back() -> None:
    source = (
        MAPS
        + """int f(u32 i) { u32 key = 0; struct v v = { 1, i }, *p;
        bpf_map_update_elem(&scratch, &key, &v, 0); p = bpf_map_lookup_elem(&scratch, &key);
        if (!p) return 0; return p->number; }"""
    )
    assert run(source, HOST).value == values(0, HOST)


LOOP = """struct s { u32 count, number, other; };
static long turn(u32 n, struct s *s) { %s return 0; }
int f(u32 i) { struct s s = { 0, 1, i }; bpf_loop(10, turn, &s, 0); return %s; }"""


def test_a_callback_runs_any_number_of_times() -> None:
    ran = run(LOOP % ("s->count++;", "s.count > 8"), HOST)
    assert ran.value == {0, 1}
    assert run(LOOP % ("s->count++;", "s.number"), HOST).value == {1}


def test_what_a_callback_stores_is_there_afterwards() -> None:
    assert run(LOOP % ("s->number = s->other;", "s.number"), HOST).value == values(1, HOST)


def test_a_redirect_in_a_callback_waits() -> None:
    ran = run(LOOP % ("bpf_redirect(s->other, 0);", "7"), HOST)
    assert {payload.target for payload in ran.payloads(Redirect)} == {values(HOST)}
    assert {result.armed is not None for result in ran.outcome.results} == {True, False}


def test_a_callback_over_a_map_is_given_its_values() -> None:
    source = (
        MAPS
        + """
    static long each(void *map, u32 *key, struct v *v, u32 *out) { *out = v->number; return 0; }
    int f(void) { u32 out = 0; bpf_for_each_map_elem(&shared, each, &out, 0); return out; }"""
    )
    cells = {at("M:unit.c/shared"): {32: (32, values(POD, UNKNOWN))}}
    assert run(source, cells=cells).value == values(0, POD, UNKNOWN)


def test_a_callback_may_come_through_a_parameter() -> None:
    source = """inline_ void go(void *turn, u32 *x) { bpf_loop(3, turn, x, 0); }
    static long one(u32 n, u32 *x) { *x = 5; return 0; }
    static long two(u32 n, u32 *x) { *x = 6; return 0; }
    int f(void) { u32 x = 1, y = 1; go(one, &x); go(two, &y); return x * 10 + y; }"""
    assert run(source).value == {11, 51, 16, 56}


def test_a_tail_call_carries_the_context_and_scratch() -> None:
    source = (
        MAPS
        + """
    struct { __uint(type, 3); __uint(max_entries, 8); __type(key, u32); __type(value, u32); }
        calls SEC(".maps");
    inline_ void go(struct __sk_buff *c, u32 n) { c->cb[1] = n; bpf_tail_call(c, &calls, n); }
    int f(struct __sk_buff *c, u32 i) { u32 key = 0, local = 4;
        struct v *v = bpf_map_lookup_elem(&scratch, &key);
        c->cb[0] = 77; if (v) v->number = i; go(c, 3); return c->cb[0]; }"""
    )
    ran = run(source, pointing(at("ctx")), HOST)
    assert ran.value == {77}
    calls = ran.payloads(TailCall)
    assert {(*call.maps, call.slot) for call in calls} == {(at("P:unit.c/calls"), values(3))}
    contents = [{base: {o: v for o, _, v in cells} for base, cells in c.scratch} for c in calls]
    assert all(c[at("ctx")] == {64: values(77), 96: values(3)} for c in contents)
    assert any(HOST in c.get(at("R:unit.c/scratch"), {}).get(32, ANY) for c in contents)


def test_a_value_of_a_queue_fills_as_much_as_it_is_long() -> None:
    source = """struct v { u32 a, number; };
    struct { __uint(type, 22); __uint(max_entries, 8); __type(value, struct v); } q SEC(".maps");
    static long (*bpf_map_pop_elem)(void *map, void *value) = (void *)88;
    int f(void) { u32 x[4] = {1, 2, 3, 4}; bpf_map_pop_elem(&q, &x[1]); return x[%d]; }"""
    assert [run(source % at).value for at in range(4)] == [values(1), ANY, ANY, values(4)]


def test_a_value_whose_size_is_not_known_may_fill_all_that_is_there() -> None:
    source = """struct { __uint(type, 22); __uint(max_entries, 8); } q SEC(".maps");
    static long (*bpf_map_pop_elem)(void *map, void *value) = (void *)88;
    int f(void) { u32 x[4] = {1, 2, 3, 4}; bpf_map_pop_elem(&q, &x[1]); return x[%d]; }"""
    assert [run(source % at).value for at in range(4)] == [values(1), ANY, ANY, ANY]


def test_a_dynptr_copies_as_many_bytes_as_it_is_told() -> None:
    source = """static long (*from_mem)(void *m, u32 n, u64 fl, void *d) = (void *)197;
    static long (*read)(void *to, u32 n, void *d, u32 at, u64 fl) = (void *)201;
    static long (*write)(void *d, u32 at, void *from, u32 n, u64 fl) = (void *)202;
    int f(void) { u64 d[2]; u32 x[4] = {1, 2, 3, 4}, y[4] = {5, 6, 7, 8};
        from_mem(x, sizeof(x), 0, d); %s }"""
    read = "if (read(y, 8, d, 4, 0)) return -1; return y[%d];"
    assert [run(source % read % n).value for n in range(3)] == [
        values(-1, 2),
        values(-1, 3),
        values(-1, 7),
    ]
    write = "if (write(d, 4, y, 8, 0)) return -1; return x[%d];"
    assert [run(source % write % n).value for n in range(4)] == [
        values(-1, 1),
        values(-1, 5),
        values(-1, 6),
        values(-1, 4),
    ]


def test_a_buffer_is_filled_as_far_as_is_told() -> None:
    source = """static long (*load)(void *c, u32 at, void *to, u32 len) = (void *)26;
    int f(struct __sk_buff *c) { u8 x[4] = {1, 2, 3, 4}; load(c, 64, x, 2); return x[%d]; }"""
    assert [run(source % at, values(UNKNOWN)).value for at in range(4)] == [
        ANY,
        ANY,
        values(3),
        values(4),
    ]


def test_an_unknown_helper_may_write_what_it_is_given() -> None:
    source = """static long (*bpf_new)(u32 *p) = (void *)9999;
    int f(void) { u32 x = 1, y = 2; bpf_new(&x); return %s; }"""
    ran = run(source % "x")
    assert ran.value == ANY
    assert ran.payloads(Unfollowed) == [Unfollowed("helper", "9999")]
    assert run(source % "y").value == {2}


@pytest.mark.parametrize(("entries", "told"), [(1, False), (8, False), (9, True)])
def test_an_array_of_up_to_eight_entries_is_scratch(entries: int, told: bool) -> None:
    source = f"""struct {{ __uint(type, 6); __uint(max_entries, {entries}); __type(key, u32);
        __type(value, u32); }} m SEC(".maps");
    int f(u32 i) {{ u32 key = 0, *v = bpf_map_lookup_elem(&m, &key); if (v) *v = i; return 0; }}"""
    assert bool(run(source, HOST).payloads(MapStore)) is told


@pytest.mark.parametrize(("stores", "wrappers"), [("", 1), ("c->cb[0] = slot;", 1)])
def test_a_tail_call_in_a_wrapper_is_made_where_that_is_called(stores: str, wrappers: int) -> None:
    source = f"""{PROG_ARRAY}
    static __attribute__((noinline)) void go(struct __sk_buff *c, u32 slot) {{
        {stores} bpf_tail_call(c, &calls, slot); }}
    int f(struct __sk_buff *c) {{ go(c, 1); return 0; }}"""
    (event,) = run(source, pointing(at("ctx"))).events(TailCall)
    assert len(event.wrappers) == wrappers


def test_a_redirect_waits_also_where_a_function_makes_the_tail_call() -> None:
    source = """struct { __uint(type, 3); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } calls SEC(".maps");
    static __attribute__((noinline)) int go(void *c) { bpf_tail_call(c, &calls, 1); return 0; }
    int f(void *c, u32 i) { bpf_redirect(i, 0); return go(c); }"""
    (call,) = run(source, pointing(at("ctx")), HOST).payloads(TailCall)
    assert isinstance(call, TailCall)
    assert call.armed is not None
    assert call.armed.place.line == 4


@pytest.mark.parametrize("stored", [0, 1])
def test_entries_of_scratch_are_apart(stored: int) -> None:
    source = f"""struct {{ __uint(type, 6); __uint(max_entries, 2); __type(key, u32);
        __type(value, u32); }} m SEC(".maps");
    int f(u32 i) {{ u32 key = {stored}, zero = 0, *v;
        bpf_map_update_elem(&m, &key, &i, 0); v = bpf_map_lookup_elem(&m, &zero);
        if (!v) return -1; return *v; }}"""
    assert run(source, HOST).value == values(-1, UNKNOWN if stored else HOST)


def test_a_lookup_in_a_map_that_is_not_known_may_find_an_entry() -> None:
    source = """int f(void *m) { u32 key = 0, *v = bpf_map_lookup_elem(m, &key);
        return v ? 1 : 2; }"""
    assert run(source, values(UNKNOWN)).value == {1, 2}


@pytest.mark.parametrize("shared", ["bpf_map_lookup_elem(&m, &key)", "&all"])
def test_a_helper_that_is_given_one_of_several_addresses_may_write_each(shared: str) -> None:
    source = """struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32);
        __type(value, u32); } m SEC(".maps"); u32 all;
    static long (*bpf_new)(u32 *p) = (void *)9999;
    int f(int i) { u32 key = 0, x = 1, y = 2, *v = %s, *p = &x;
        if (!v) return 0; if (i & 1) p = v; if (i & 2) p = &y; bpf_new(p); return %s; }"""
    for local in "xy":
        assert run(source % (shared, local), values(UNKNOWN)).value >= ANY


def test_whether_a_number_is_constant_is_not_known_of_two() -> None:
    source = "int f(int i) { int n = %s; return __builtin_constant_p(n); }"
    assert run(source % "3", values(UNKNOWN)).value == {1}
    assert run(source % "i ? 3 : 4", values(UNKNOWN)).value == {0, 1}
