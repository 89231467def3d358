"""What a path has tested of a map's entry decides its next test, while it is the same entry."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, NONZERO, ONE, UNKNOWN, ZERO, Value
from bpf_lint.dataflow.domain.tested import agrees, has_flag
from bpf_lint.dataflow.observers.redirect import Redirect
from tests.dataflow.harness import values
from tests.dataflow.systems import analyse, attach, payloads, profile

SOURCE = """struct v { u32 flags, number; };
#define MAP(name) struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); \\
    __type(value, struct v); } name SEC(".maps");
MAP(m) MAP(n)
static long each(void *map, u32 *key, struct v *v, void *c) {
    return bpf_redirect(v->flags == 3 ? 1 : 2, 0); }
SEC("tc") int entry(struct __sk_buff *c) { u32 key = 0;
    struct v *v = bpf_map_lookup_elem(&m, &key), *w = bpf_map_lookup_elem(&n, &key), *x;
    if (!v || !w) return 0;
    %s }"""


def redirected(body: str) -> frozenset[object]:
    """The numbers that the program redirects to."""
    attached = profile(attach("a.c", "entry", "tc-egress", "slave"))
    system = analyse({"a.c": SOURCE % body}, attached)
    return frozenset().union(*(made.target for made in payloads(system, Redirect)))


@pytest.mark.parametrize(
    ("condition", "again"),
    [
        ("v->flags & 4", "v->flags & 4"),
        ("(v->flags & 4) != 0", "v->flags & 4"),
        ("!((v->flags & 4) == 0)", "(v->flags & 4) != 0"),
        ("!!(v->flags & 4)", "v->flags & 4"),
        ("v->flags == 0", "!v->flags"),
        ("v->flags", "v->flags"),
    ],
)
def test_a_second_test_of_an_entry_decides_as_the_first_did(condition: str, again: str) -> None:
    body = f"""if ({condition}) return bpf_redirect({again} ? 1 : 2, 0);
        return bpf_redirect({again} ? 3 : 4, 0);"""
    assert redirected(body) == {1, 4}


@pytest.mark.parametrize("again", ["v", "w"])
def test_a_test_through_one_of_two_pointers_says_nothing_about_either(again: str) -> None:
    body = f"""x = c->mark ? v : w; if (x->flags != 3) return 0;
        return bpf_redirect({again}->flags == 3 ? 1 : 2, 0);"""
    assert redirected(body) == {1, 2}


def test_what_is_known_of_one_of_two_entries_is_not_known_of_both() -> None:
    body = """if (v->flags != 3) return 0; x = c->mark ? v : w;
        return bpf_redirect(x->flags == 3 ? 1 : 2, 0);"""
    assert redirected(body) == {1, 2}


def test_what_is_known_of_one_entry_is_not_known_of_those_that_a_callback_walks() -> None:
    body = "if (v->flags != 3) return 0; bpf_for_each_map_elem(&m, each, c, 0); return 0;"
    assert redirected(body) == {1, 2}
    body = "if (v->flags != 3) return 0; bpf_for_each_map_elem(&n, each, c, 0); return v->flags;"
    assert redirected(body) == {1, 2}


def test_a_local_is_not_tested_but_known() -> None:
    body = """struct v own = { c->mark }; if (!own.flags) return 0; own.flags = c->len;
        return bpf_redirect(own.flags ? 1 : 2, 0);"""
    assert redirected(body) == {1, 2}


@pytest.mark.parametrize(
    ("condition", "again"),
    [
        ("v->flags & 4", "v->flags & 8"),
        ("v->flags & 4", "v->number & 4"),
        ("v->flags & 4", "w->flags & 4"),
        ("v->flags == 3", "v->number == 3"),
        ("v->flags", "w->flags"),
    ],
)
def test_a_test_says_nothing_about_other_bits_members_and_maps(condition: str, again: str) -> None:
    body = f"if ({condition}) return bpf_redirect({again} ? 1 : 2, 0); return 0;"
    assert redirected(body) == {1, 2}


@pytest.mark.parametrize(
    ("held", "bits", "some", "none"),
    [
        ((1,), ANY, True, False),
        ((2,), ANY, False, True),
        ((1, 2), ANY, True, True),
        ((UNKNOWN,), ANY, True, True),
        ((UNKNOWN,), ZERO, False, True),
        ((UNKNOWN,), ONE, True, False),
        ((UNKNOWN,), frozenset([NONZERO]), True, False),
        ((2, NONZERO), ANY, True, True),
    ],
)
def test_what_is_known_decides_whether_a_bit_is_set(
    held: tuple[object, ...], bits: Value, some: bool, none: bool
) -> None:
    assert has_flag(values(*held), 1, bits) == (some, none)


STORING = """static __attribute__((noinline)) int later(struct v *v, u32 n) {
    %s return bpf_redirect(v->number == 3 ? 1 : 2, 0); }"""


@pytest.mark.parametrize(("store", "targets"), [("", {1}), ("v->flags = n;", {1, 2})])
def test_what_a_called_function_stores_ends_what_its_caller_knew(
    store: str, targets: set[int]
) -> None:
    source = SOURCE.replace('SEC("tc")', STORING % store + '\nSEC("tc")')
    attached = profile(attach("a.c", "entry", "tc-egress", "slave"))
    body = "if (v->number != 3) return 0; return later(v, c->mark);"
    system = analyse({"a.c": source.replace("%s }", body + " }")}, attached)
    assert frozenset().union(*(made.target for made in payloads(system, Redirect))) == targets


@pytest.mark.parametrize(
    ("held", "numbers", "agree"),
    [
        ((2,), (1,), False),
        ((2,), (1, 2), True),
        ((0,), (1,), False),
        ((NONZERO,), (0,), False),
        ((NONZERO,), (0, 1), True),
        ((UNKNOWN,), (0,), True),
        ((2,), (), False),
    ],
)
def test_what_is_known_agrees_with_some_numbers(
    held: tuple[object, ...], numbers: tuple[int, ...], agree: bool
) -> None:
    assert agrees(values(*held), numbers) == agree
