"""Writes and reads through addresses: certain, one of several, somewhere, a caller's."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, UNKNOWN, pointing
from bpf_lint.dataflow.engine.events import MapStore
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from tests.dataflow.bases import at
from tests.dataflow.harness import BUFFER, HOST, POD, run, values

STRUCT = "struct s { u32 a, b, c; };\n"


def test_a_write_to_one_of_two_objects_may_leave_each_as_it_was() -> None:
    source = "int f(int c, u32 i) { u32 x = 1, y = 2, *p = c ? &x : &y; *p = i; return %s; }"
    assert run(source % "x", ANY, HOST).value == values(1, HOST)
    assert run(source % "y", ANY, HOST).value == values(2, HOST)


def test_a_pointer_that_is_not_null_is_certain() -> None:
    source = "int f(int c, u32 i) { u32 x = 1, *p = c ? &x : 0; if (p) *p = i; return x; }"
    assert run(source, ANY, HOST).value == values(1, HOST)
    assert run(source, 1, HOST).value == values(HOST)


@pytest.mark.parametrize(
    ("statement", "x", "y"),
    [
        ("*p = z;", values(2, 8), values(HOST, 8)),
        ("struct s q = *p; x = q; y = q;", values(2, HOST), values(2, HOST)),
        ("__builtin_memset(p, 0, sizeof(*p));", values(2, 0), values(HOST, 0)),
        ("__builtin_memcpy(p, &z, sizeof(z));", values(2, 8), values(HOST, 8)),
    ],
)
def test_records_are_copied_and_cleared_through_one_of_two_addresses(
    statement: str, x: object, y: object
) -> None:
    source = (
        STRUCT
        + """int f(int c, u32 i) {
        struct s x = {1, 2, 3}, y = {4, i, 6}, z = {7, 8, 9}, *p = c ? &x : &y;
        %s return %s; }"""
    )
    assert run(source % (statement, "x.b"), ANY, HOST).value == x
    assert run(source % (statement, "y.b"), ANY, HOST).value == y


@pytest.mark.parametrize("initial", ["", " = {0}", " = {1, 2, 3, 4}"])
def test_an_origin_stored_at_an_unknown_index_is_found_at_every_index(initial: str) -> None:
    source = f"int f(int c, u32 i) {{ u32 a[4]{initial}; a[c & 3] = i; return a[%s]; }}"
    for index in ("1", "c & 3", "(c + 1) & 3"):
        assert HOST in run(source % index, ANY, HOST).value


def test_an_unknown_index_of_records_keeps_widths_apart() -> None:
    source = """struct s { u16 small; u16 other; u32 number; };
    int f(int c, u32 i) { struct s a[4]; a[c & 3].small = 1; a[c & 3].number = i;
        return a[1].number; }"""
    assert HOST in run(source, ANY, HOST).value


def test_a_store_after_a_store_at_an_unknown_index_is_certain() -> None:
    source = "int f(int c, u32 i) { u32 a[4]; a[c & 3] = i; a[1] = 5; return a[1]; }"
    assert run(source, ANY, HOST).value == {5}


FAR = "static __attribute__((noinline)) "


def test_a_callee_reads_its_callers_array_at_an_unknown_index() -> None:
    source = (
        FAR
        + """u32 g(u32 *a, int c) { return a[c & 3]; }
    int f(int c, u32 i) { u32 a[4] = {0, i, 0, 0}; return g(a, c); }"""
    )
    assert HOST in run(source, ANY, HOST).value


def test_a_callee_writes_its_callers_array_at_an_unknown_index() -> None:
    source = (
        FAR
        + """void g(u32 *a, int c, u32 i) { a[c & 3] = i; }
    int f(int c, u32 i, u32 j) { u32 a[4] = {0, i, 0, 0}; g(a, c, j); return a[%s]; }"""
    )
    assert run(source % 1, ANY, HOST, POD).value == values(HOST, POD)
    assert POD in run(source % 2, ANY, HOST, POD).value


def test_a_callee_writes_through_its_callers_pointers() -> None:
    source = (
        STRUCT
        + FAR
        + """void g(struct s *p, u32 i) { p->b = i; }
    int f(u32 i) { struct s x = {1, 2, 3}; g(&x, i); return x.%s; }"""
    )
    assert run(source % "b", HOST).value == values(HOST)
    assert run(source % "a", HOST).value == {1}


def test_a_record_is_returned_by_value() -> None:
    source = (
        STRUCT
        + """inline_ struct s g(u32 i) { struct s x = {1, i, 3}; return x; }
    int f(u32 i, u32 j) { struct s x = g(i), y = g(j); return %s; }"""
    )
    assert run(source % "x.b", HOST, POD).value == values(HOST)
    assert run(source % "y.b", HOST, POD).value == values(POD)
    assert run(source % "y.c", HOST, POD).value == {3}
    for result in run(source % "x.b", HOST, POD).outcome.results:
        assert not result.memory


@pytest.mark.parametrize("members", ["a, b, c", "a, b"])
def test_a_record_is_passed_by_value_whatever_its_size(members: str) -> None:
    source = f"""struct s {{ u32 {members}; }};
    inline_ u32 g(struct s x) {{ return x.a == 0 ? x.b : 5; }}
    int f(int c, u32 i) {{ struct s x = {{ 0, i }}, y = {{ 0, 7 }}; return g(c ? x : y); }}"""
    assert run(source, ANY, HOST).value == values(HOST, 7)


def test_a_record_is_passed_by_value() -> None:
    source = (
        STRUCT
        + """inline_ u32 g(struct s x) { u32 b = x.b; x.b = 9; return b; }
    int f(u32 i) { struct s x = {1, i, 3}; u32 b = g(x); return %s; }"""
    )
    assert run(source % "b", HOST).value == values(HOST)
    assert run(source % "x.b", HOST).value == values(HOST)


def test_an_unknown_function_may_change_what_it_is_given() -> None:
    source = """int g(u32 *p); int f(u32 i) { u32 x = 1, y = i; g(&x); return %s; }"""
    ran = run(source % "x", HOST)
    assert ran.value == ANY
    assert ran.payloads(Unfollowed) == [Unfollowed("external", "g", True)]
    assert run(source % "y", HOST).value == values(HOST)


def test_an_unknown_function_reaches_what_it_is_given_leads_to() -> None:
    source = """struct s { u32 *p; }; int g(void *);
    int f(void) { u32 x = 1, y = 2, *p = &x; struct s s = { &x }; g(%s); return %s; }"""
    assert run(source % ("&s", "x")).value == ANY
    assert run(source % ("&p", "x")).value == ANY
    assert run(source % ("&s", "y")).value == {2}


def test_a_list_that_leads_to_itself_is_forgotten_once() -> None:
    source = """struct s { struct s *next; u32 x; }; int g(void *);
    int f(void) { struct s a, b; a.x = 1; b.x = 2; a.next = &b; b.next = &a; g(&a);
        return b.x; }"""
    assert run(source).value == ANY


def test_an_atomic_operation_changes_its_operand_only() -> None:
    source = """struct s { u32 a, number; };
    int f(u32 i) { struct s x = { 1, i }; __sync_fetch_and_add(&x.a, 1); return x.%s; }"""
    assert run(source % "number", HOST).value == values(HOST)
    assert run(source % "a", HOST).value == ANY


def test_what_assembly_writes_is_forgotten() -> None:
    source = (
        STRUCT
        + """int f(u32 i) { u32 x = 1, y = i; struct s z = {2, 3, 4};
        __asm__ volatile("%%0 = %%2 magic" : "=r"(x), "=m"(z.b) : "r"(i)); return %s; }"""
    )
    found = [run(source % name, HOST).value for name in ("x", "y", "z.a", "z.b", "z.c")]
    assert found == [ANY, values(HOST), values(2), ANY, values(4)]


def test_an_address_may_be_moved_as_a_number() -> None:
    source = """int f(u32 *p) { unsigned long x = (unsigned long)p; return *(u32 *)(x + 8 - 4); }"""
    cells = {at("L:caller:buffer"): {32: (32, values(HOST))}}
    assert run(source, BUFFER, cells=cells).value == values(HOST)


def test_an_unknown_function_given_some_element_may_change_any() -> None:
    source = "int g(u32 *p); int f(int c) { u32 a[2] = {1, 2}; g(&a[c & 1]); return a[1]; }"
    assert run(source, ANY).value == ANY


def test_nobody_changes_the_ifindex_of_the_context() -> None:
    source = "int g(void *c); int f(struct __sk_buff *c) { c->mark = 3; g(c); return c->%s; }"
    cells = {at("ctx"): {7 * 32: (32, values(HOST))}}
    assert run(source % "ifindex", pointing(at("ctx")), cells=cells).value == values(HOST)
    assert run(source % "mark", pointing(at("ctx")), cells=cells).value == ANY


def test_a_context_keeps_its_facts_by_program_type() -> None:
    source = "int g(void *c); int f(struct xdp_md *c) { g(c); return c->%s; }"
    cells = {at("ctx"): {2 * 32: (32, values(HOST)), 7 * 32: (32, values(POD))}}
    ran = run(source % "ingress_ifindex", pointing(at("ctx")), cells=cells, program_type="xdp")
    assert ran.value == values(HOST)
    assert run(source % "ingress_ifindex", pointing(at("ctx")), cells=cells).value == ANY


def test_bits_of_a_word_are_read_and_written_alone() -> None:
    source = """struct s { u32 low : 4, high : 28; };
    int f(void) { struct s x; x.low = 5; x.high = 0x123; x.low = 3; return x.%s; }"""
    assert run(source % "low").value == {3}
    assert run(source % "high").value == {0x123}


def test_a_union_is_one_memory() -> None:
    source = """union u { u32 word; struct { u16 low, high; }; u8 bytes[4]; };
    int f(void) { union u x; x.word = 0x11223344; x.low = 0x5566; return x.%s; }"""
    assert run(source % "word").value == {0x11225566}
    assert run(source % "bytes[3]").value == {0x11}


def test_a_function_table_leads_to_its_functions() -> None:
    source = """static int one(int x) { return x + 1; } static int two(int x) { return x + 2; }
    static int (*const table[2])(int) = { one, two };
    int f(int c) { int (*g)(int) = c ? one : two; return g(40); }
    int h(void) { return table[1](40); }"""
    assert run(source, ANY, roots=("f", "h")).value == {41, 42}


def test_a_store_to_a_shared_map_is_told_and_says_nothing_to_the_next_load() -> None:
    source = """struct v { u32 a, number; };
    struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); __type(value, struct v); }
        m SEC(".maps");
    int f(u32 i) { u32 key = 0; struct v *v = bpf_map_lookup_elem(&m, &key);
        if (!v) return 0; v->a = 1; v->number = i; return v->number; }"""
    ran = run(source, HOST)
    assert ran.payloads(MapStore) == [MapStore(at("M:unit.c/m"), 32, 32, values(HOST))]
    assert ran.value == values(0, UNKNOWN)


def test_what_the_caller_left_is_read_when_nothing_was_written() -> None:
    cells = {at("L:caller:buffer"): {0: (32, values(HOST)), 32: (32, values(7))}}
    source = "int f(u32 *p, int c) { if (c) p[0] = 5; return p[%s]; }"
    assert run(source % 0, BUFFER, ANY, cells=cells).value == values(5, HOST)
    assert run(source % 1, BUFFER, ANY, cells=cells).value == {7}
    assert run(source % 2, BUFFER, ANY, cells=cells).value == ANY


def test_a_write_that_may_go_elsewhere_leaves_what_was_there() -> None:
    source = """int f(u64 q, int c) { u32 x = 5, *p; if (c) p = &x; else p = (u32 *)q;
        *p = 7; return x; }"""
    assert run(source, ANY, ANY).value == values(5, 7)
    merged = "int f(u32 **p) { u32 x = 5; u32 *q = &x; if (*p) q = *p; *q = 7; return x; }"
    assert run(merged, BUFFER).value >= values(5)


BYTES = STRUCT + "int f(u32 n, u32 i) { struct s x = {1, 2, 3}, y = {4, i, 6}; %s return %s; }"


@pytest.mark.parametrize(
    ("statement", "length", "expression", "left"),
    [
        ("__builtin_memcpy(&x, &y, n);", 8, "x.b", values(HOST)),
        ("__builtin_memcpy(&x, &y, n);", 8, "x.c", values(3)),
        ("__builtin_memmove(&x, &y, n);", 8, "x.b", values(HOST)),
        ("__builtin_memcpy(&x, &y, n);", 0, "x.a", values(1)),
        ("__builtin_memcpy(&x, &y, n);", ANY, "x.a", ANY),
        ("__builtin_memcpy(&x, &y, n);", ANY, "y.b", values(HOST)),
        ("__builtin_memcpy(&x, &y, n);", -1, "x.c", ANY),
        ("__builtin_memset(&x, 0, n);", 8, "x.b", values(0)),
        ("__builtin_memset(&x, 0, n);", 8, "x.c", values(3)),
        ("__builtin_memset(&x, 256, n);", 8, "x.b", values(0)),
        ("__builtin_memset(&x, 1, n);", 8, "x.b", ANY),
        ("__builtin_memset(&x, 1, n);", 8, "x.c", values(3)),
        ("__builtin_memset(&x, 1, n);", 0, "x.a", values(1)),
        ("__builtin_memset(&x, i, n);", 4, "x.a", ANY),
        ("__builtin_memset(&x, 0, n);", ANY, "x.c", ANY),
        ("struct s *p = __builtin_memset(&x, 0, n);", 4, "p->b", values(2)),
        ("struct s *p = __builtin_memcpy(&x, &y, n);", 8, "p->b", values(HOST)),
        ("", 8, "__builtin_memcmp(&x, &y, n)", ANY),
        ("__builtin_memcmp(&x, &y, n);", 8, "x.b", values(2)),
        ("", 0x1234, "__builtin_bswap16(n)", values(0x3412)),
        ("", 0x12345678, "__builtin_bswap32(n)", values(0x78563412)),
        ("", ANY, "__builtin_bswap32(n)", ANY),
    ],
)
def test_builtins_do_to_memory_what_their_length_says(
    statement: str, length: object, expression: str, left: object
) -> None:
    assert run(BYTES % (statement, expression), length, HOST).value == left
