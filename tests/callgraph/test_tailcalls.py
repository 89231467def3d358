"""What is in prog arrays: sections, tags, values, and what user space puts there."""

from __future__ import annotations

from typing import Any

import pytest

from bpf_lint import ir
from bpf_lint.callgraph.tailcalls import Program, ProgramArrays, Slot, slots_of
from tests.dataflow.compiling import compile_c
from tests.dataflow.systems import PROG_ARRAY, profile

LEGACY = """struct bpf_elf_map { u32 type, size_key, size_value, max_elem, flags, id, pinning; };
struct bpf_elf_map SEC("maps") policy = { .type = 3, .id = 1, .size_key = 4, .size_value = 4,
    .max_elem = 9 };
struct bpf_elf_map SEC("maps") calls = { .type = 3, .id = 2, .size_key = 4, .size_value = 4,
    .max_elem = 9 };
"""
SECTIONS = (
    LEGACY
    + """
SEC("2/5") int five(struct __sk_buff *c) { return 5; }
SEC("2/0x10") int sixteen(struct __sk_buff *c) { return 16; }
SEC("0x2/0xbee") int bee(struct __sk_buff *c) { return 17; }
SEC("1/7") int other(struct __sk_buff *c) { return 7; }
SEC("3/5") int nowhere(struct __sk_buff *c) { return 0; }
SEC("2/name") int named(struct __sk_buff *c) { return 0; }
SEC("tc/entry") int entry(struct __sk_buff *c) { return 0; }
"""
)
IN_SECTIONS = {
    ("calls", 5): "five",
    ("calls", 16): "sixteen",
    ("calls", 0xBEE): "bee",
    ("policy", 7): "other",
}
TAGS = (
    PROG_ARRAY
    + """
#define TAG(text) __attribute__((btf_decl_tag(text)))
TAG("tail:calls/3") SEC("tc/tail") int three(struct __sk_buff *c) { return 3; }
TAG("tail:others/3") SEC("tc/tail") int other(struct __sk_buff *c) { return 3; }
TAG("head:calls/4") SEC("tc/tail") int four(struct __sk_buff *c) { return 4; }
"""
)
VALUES = """
SEC("tc/tail") int one(struct __sk_buff *c) { return 1; }
SEC("tc/tail") int two(struct __sk_buff *c) { return 2; }
struct { __uint(type, 3); __uint(max_entries, 8); __type(key, u32);
    __array(values, int (void *)); } calls SEC(".maps") = { .values = { [4] = (void *)&one,
    [6] = (void *)&two } };
"""


def unit(source: str, name: str = "") -> ir.Unit:
    return compile_c("#define __array(name, value) typeof(value) *name[]\n" + source, (), name)


@pytest.mark.parametrize(
    ("source", "slots"),
    [
        (SECTIONS, IN_SECTIONS),
        (TAGS, {("calls", 3): "three"}),
        (VALUES, {("calls", 4): "one", ("calls", 6): "two"}),
    ],
)
def test_static_slots(source: str, slots: dict[tuple[str, int], str]) -> None:
    assert slots_of(unit(source), profile()) == {Slot(*key): name for key, name in slots.items()}


def test_a_profile_says_how_tails_are_marked() -> None:
    assert slots_of(unit(SECTIONS), profile(tail_sections=[])) == {}
    assert slots_of(unit(TAGS), profile(tail_tags=["head:{map}/{index}"])) == {
        Slot("calls", 4): "four"
    }


def arrays(sources: dict[str, str], *described: dict[str, Any]) -> ProgramArrays:
    units = {name: unit(source, name) for name, source in sources.items()}
    paths = {name: f"bpf/{name}" for name in sources}
    return ProgramArrays(units, paths, profile(prog_arrays=list(described)))


ENDPOINT = (
    PROG_ARRAY
    + """
SEC("tc") int policy(struct __sk_buff *c) { return 0; }
SEC("egress") int egress_policy(struct __sk_buff *c) { return 0; }
SEC("calls/2") int own(struct __sk_buff *c) { return 0; }
"""
)
CALLER = PROG_ARRAY + 'SEC("tc") int entry(struct __sk_buff *c) { return 0; }'
BOTH = {"lxc.c": ENDPOINT, "host.c": CALLER}


def test_arrays_of_one_name_in_two_objects_hold_different_programs() -> None:
    found = arrays(
        BOTH,
        {"map": "bpf/lxc.c:calls", "programs": ["*:policy"]},
        {"map": "*/host.c:ca*", "programs": ["*:egress_policy"]},
    )
    assert [one.function for one in found.targets("lxc.c", "calls", 1)] == ["policy"]
    assert [one.function for one in found.targets("host.c", "calls", 1)] == ["egress_policy"]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["bpf/lxc.c:policy"], ["policy"]),
        (["bpf/*.c:*policy"], ["egress_policy", "policy"]),
        (["bpf/lxc.c:egress"], ["egress_policy"]),
        (["bpf/other.c:policy"], []),
        (["bpf/lxc.c"], []),
    ],
)
def test_user_space_installs_programs_of_other_objects(
    patterns: list[str], found: list[str]
) -> None:
    one = arrays(BOTH, {"map": "calls", "programs": patterns})
    expected = tuple(Program("lxc.c", name) for name in found)
    assert one.targets("host.c", "calls", None) == expected
    assert one.targets("host.c", "calls", 7) == expected


def test_an_index_tells_slots_apart() -> None:
    one = arrays(
        BOTH,
        {"map": "calls", "programs": ["bpf/lxc.c:policy"]},
        {"map": "calls", "programs": ["bpf/lxc.c:egress_policy"], "index": 4},
    )
    policy, egress = Program("lxc.c", "policy"), Program("lxc.c", "egress_policy")
    assert one.targets("host.c", "calls", 4) == (egress,)
    assert one.targets("host.c", "calls", 5) == (policy,)
    assert one.targets("host.c", "calls", None) == (egress, policy)


def test_a_programs_own_slot_comes_first_and_counts_among_all() -> None:
    one = arrays(BOTH, {"map": "calls", "programs": ["bpf/lxc.c:policy"]})
    own, policy = Program("lxc.c", "own"), Program("lxc.c", "policy")
    assert one.targets("lxc.c", "calls", 2) == (own,)
    assert one.targets("lxc.c", "calls", 3) == (policy,)
    assert one.targets("lxc.c", "calls", None) == (own, policy)
    assert one.targets("host.c", "calls", 2) == (policy,)


def test_an_array_of_each_object_holds_its_own_programs_only() -> None:
    one = arrays(BOTH, {"map": "calls", "programs": ["bpf/lxc.c:policy"], "own": True})
    assert one.targets("lxc.c", "calls", None) == (Program("lxc.c", "own"),)
    assert one.targets("lxc.c", "calls", 3) == ()
    assert one.targets("host.c", "calls", None) == ()


def test_maps_of_one_name_in_several_objects_are_told_apart() -> None:
    policy = {"map": "bpf/host.c:calls", "programs": ["bpf/lxc.c:policy"]}
    egress = {"map": "bpf/l*.c:calls", "programs": ["bpf/lxc.c:egress_policy"]}
    one = arrays(BOTH, policy, egress)
    assert one.targets("host.c", "calls", 7) == (Program("lxc.c", "policy"),)
    assert one.targets("lxc.c", "calls", 7) == (Program("lxc.c", "egress_policy"),)
    assert not arrays(BOTH, policy).is_shared("lxc.c", "calls")
