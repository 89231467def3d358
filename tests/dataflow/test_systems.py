"""Programs together: hooks, tail calls with their scratch, shared maps and variables."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import ANY, NEGATIVE, POSITIVE, UNKNOWN, Value
from bpf_lint.dataflow.domain.values import exact, origins
from bpf_lint.dataflow.engine.events import TailCall
from bpf_lint.dataflow.observers.fib_lookup import FibLookup
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.system.instance import EntryStates, conflicts, leq_entry
from bpf_lint.dataflow.system.received import EntryState
from bpf_lint.dataflow.system.shared import at_hook
from bpf_lint.dataflow.system.system import System
from tests.dataflow.bases import at
from tests.dataflow.harness import HOST, KERNEL, POD, values
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, payloads, profile

POD_EGRESS = attach("a.c", "entry", "tc-egress", "slave")
TAIL = """
SEC("calls/1") int one(struct __sk_buff *c) { %s }
SEC("calls/2") int two(struct __sk_buff *c) { %s }
SEC("tc") int entry(struct __sk_buff *c) { %s }
"""


def run(one: str, two: str, entry: str, **more: object) -> System:
    source = PROG_ARRAY + TAIL % (one, two, entry)
    return analyse({"a.c": source}, profile(POD_EGRESS, **more))


def redirected(system: System, function: str) -> set[Value]:
    return {payload.target for payload in payloads(system, Redirect, function)}


def test_only_what_a_hook_leads_to_is_run() -> None:
    system = run(
        "return 0;", "return bpf_redirect(2, 0);", "bpf_tail_call(c, &calls, 1); return 0;"
    )
    assert [key.function for key in system.instances] == ["entry", "one"]
    assert system.unresolved == {}
    assert system.stable


def test_the_context_goes_along_with_a_tail_call() -> None:
    system = run(
        "return bpf_redirect(c->cb[2], 0);",
        "c->cb[2] += 1; bpf_tail_call(c, &calls, 1); return 0;",
        "c->cb[2] = 40; bpf_tail_call(c, &calls, 2); return 0;",
    )
    assert redirected(system, "one") == {values(41)}


def test_flags_that_belong_together_stay_together() -> None:
    system = run(
        "return c->cb[0] ? bpf_redirect(c->cb[1], 0) : 0;",
        "return 0;",
        """if (c->mark) { c->cb[0] = 1; c->cb[1] = 5; } else { c->cb[0] = 0; c->cb[1] = 6; }
        bpf_tail_call(c, &calls, 1); return 0;""",
    )
    assert redirected(system, "one") <= {values(5), values(5, 6)}
    system = run(
        "return c->cb[0] ? bpf_redirect(c->cb[1], 0) : 0;",
        "return 0;",
        """if (c->mark) { c->cb[0] = 1; c->cb[1] = 5; bpf_tail_call(c, &calls, 1); }
        else { c->cb[0] = 0; c->cb[1] = 6; bpf_tail_call(c, &calls, 1); } return 0;""",
    )
    assert redirected(system, "one") == {values(5)}


def test_a_tail_call_keeps_the_hook() -> None:
    system = run(
        "return bpf_redirect(c->ifindex, 0);", "", "bpf_tail_call(c, &calls, 1); return 0;"
    )
    (target,) = redirected(system, "one")
    (found,) = origins(target)
    assert found.device == "slave"
    assert {key.hook.skb_netns for key in system.instances} == {"pod"}


def test_an_index_that_is_not_known_leads_everywhere() -> None:
    system = run("return 1;", "return 2;", "bpf_tail_call(c, &calls, c->mark); return 0;")
    assert {key.function for key in system.instances} == {"entry", "one", "two"}


def test_an_empty_slot_is_told() -> None:
    system = run("return 1;", "return 2;", "bpf_tail_call(c, &calls, 5); return 0;")
    assert list(system.unresolved.values()) == ["a.c/calls[5]"]


def test_a_cycle_of_tail_calls_ends() -> None:
    start = time.monotonic()
    cases = " ".join(f"case {n}: c->cb[0] = {n * 7 + 1}; break;" for n in range(20))
    system = run(
        "c->cb[1] += 1; bpf_tail_call(c, &calls, 2); return 0;",
        f"""switch (c->mark) {{ {cases} }} bpf_tail_call(c, &calls, 1);
        return bpf_redirect(c->cb[0], 0);""",
        "c->cb[0] = 3; c->cb[1] = 0; bpf_tail_call(c, &calls, 1); return 0;",
    )
    assert time.monotonic() - start < 20
    assert system.stable
    assert redirected(system, "two")


@pytest.mark.parametrize(
    ("known", "arriving", "new"),
    [
        ({}, {at("ctx"): {0: (32, values(1))}}, False),
        ({at("ctx"): {0: (32, values(1, 2))}}, {at("ctx"): {0: (32, values(1))}}, False),
        ({at("ctx"): {0: (32, values(1))}}, {at("ctx"): {0: (32, values(2))}}, True),
        ({at("ctx"): {0: (32, values(1))}}, {}, True),
        ({at("ctx"): {0: (32, ANY)}}, {at("ctx"): {0: (32, values(7, NEGATIVE))}}, False),
        (
            {at("ctx"): {0: (32, values(POSITIVE))}},
            {at("ctx"): {0: (32, values(7))}},
            False,
        ),
        ({at("ctx"): {0: (32, values(POSITIVE))}}, {at("ctx"): {0: (32, values(0))}}, True),
        ({at("ctx"): {0: (32, ANY)}}, {at("ctx"): {0: (32, values(HOST))}}, True),
        ({}, {at("ctx"): {0: (32, values(HOST))}}, True),
    ],
)
def test_an_arrival_is_new_unless_a_known_one_allows_it(
    known: EntryState, arriving: EntryState, new: bool
) -> None:
    assert leq_entry(arriving, known) is not new


def test_joined_arrivals_know_what_both_allow() -> None:
    one: EntryState = {
        at("ctx"): {0: (32, values(1)), 32: (32, values(HOST))},
        at("R:m"): {0: (32, values(3))},
    }
    two: EntryState = {at("ctx"): {0: (32, values(2)), 64: (32, values(POD))}}
    ctx = {
        0: (32, values(1, 2)),
        32: (32, values(HOST, UNKNOWN)),
        64: (32, values(POD, UNKNOWN)),
    }
    assert EntryStates().join(one, two) == {
        at("ctx"): ctx,
        at("R:m"): {0: (32, values(3, UNKNOWN))},
    }
    assert conflicts(one, two) == 1
    assert conflicts(one, {at("ctx"): {0: (32, values(2, UNKNOWN))}}) == 0


SHARED = """struct v { u32 a, number; };
struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); __type(value, struct v);
    __uint(pinning, 1); } m SEC(".maps");
"""
WRITER = (
    SHARED
    + """SEC("tc") int writer(struct __sk_buff *c) { u32 key = 0;
    struct v *v = bpf_map_lookup_elem(&m, &key); if (!v) return 0;
    %s return 0; }"""
)
READER = (
    SHARED
    + """SEC("tc") int entry(struct __sk_buff *c) { u32 key = 0;
    struct v *v = bpf_map_lookup_elem(&m, &key); if (!v) return 0;
    return bpf_redirect(v->number, 0); }"""
)
HOST_WRITES = attach("w.c", "writer", "tc-ingress", "uplink")


def test_a_number_keeps_the_namespace_of_who_stored_it() -> None:
    sources = {"w.c": WRITER % "v->number = c->ifindex;", "a.c": READER}
    system = analyse(sources, profile(POD_EGRESS, HOST_WRITES))
    (payload,) = payloads(system, Redirect)
    (found,) = origins(payload.target)
    assert (found.netns, found.device, found.symbol) == ("host", "uplink", "__sk_buff.ifindex")
    assert found.via is not None
    assert (found.via.base, found.via.offset, found.via.place.path) == (at("M:m"), 32, "a.c")
    (writer,) = system.shared.writers.values()
    assert (writer.unit, writer.function, writer.hook.hook) == ("w.c", "writer", "tc-ingress")
    assert system.stable


def test_a_chain_of_maps_is_followed() -> None:
    second = SHARED.replace(" m ", " n ").replace("struct v {", "struct unused {")
    copier = (
        SHARED
        + second
        + """SEC("tc") int copier(struct __sk_buff *c) { u32 key = 0;
        struct v *v = bpf_map_lookup_elem(&n, &key), *to = bpf_map_lookup_elem(&m, &key);
        if (v && to) *to = *v; return 0; }"""
    )
    writer = (WRITER % "v->number = c->ifindex;").replace("&m", "&n").replace(" m ", " n ")
    system = analyse(
        {"w.c": writer, "b.c": copier, "a.c": READER},
        profile(POD_EGRESS, HOST_WRITES, attach("b.c", "copier", "tc-egress", "slave")),
    )
    (payload,) = payloads(system, Redirect)
    assert [atom.netns for atom in origins(payload.target)] == ["host"]
    assert system.stable
    assert {base for base, _, _ in system.shared.writers} == {at("M:m"), at("M:n")}


def test_maps_that_are_not_pinned_are_each_programs_own() -> None:
    sources = {
        name: source.replace(" __uint(pinning, 1);", "")
        for name, source in {"w.c": WRITER % "v->number = c->ifindex;", "a.c": READER}.items()
    }
    system = analyse(sources, profile(POD_EGRESS, HOST_WRITES))
    assert payloads(system, Redirect)[0].target == ANY


def test_stores_of_different_widths_settle() -> None:
    writer = WRITER % "v->number = c->ifindex; *(u16 *)&v->number = c->ifindex;"
    system = analyse({"w.c": writer, "a.c": READER}, profile(POD_EGRESS, HOST_WRITES))
    assert system.stable
    assert {a.netns for a in origins(payloads(system, Redirect)[0].target)} == {"host"}


def test_a_store_at_an_unknown_offset_is_read_anywhere() -> None:
    writer = WRITER % "((u32 *)v)[c->mark & 1] = c->ifindex;"
    system = analyse({"w.c": writer, "a.c": READER}, profile(POD_EGRESS, HOST_WRITES))
    assert [a.netns for a in origins(payloads(system, Redirect)[0].target)] == ["host"]


def test_a_symbol_means_what_the_profile_says_in_a_mode() -> None:
    source = """#define HOST_DEV 7
    const volatile u32 other;
    SEC("tc") int entry(struct __sk_buff *c) {
        return bpf_redirect(c->mark ? HOST_DEV : other, 0); }"""
    symbols = [
        {"name": "HOST_DEV", "netns": "host", "modes": ["ipvlan"]},
        {"name": "other", "netns": "pod", "when": "WITH_OTHER"},
    ]
    described = profile(POD_EGRESS, symbols=symbols)

    def target(mode: str, **defines: str) -> object:
        system = analyse({"a.c": source}, described, mode=mode, defines=defines)
        (payload,) = payloads(system, Redirect)
        names = {(a.symbol, a.netns) for a in origins(payload.target)}
        return names, {a for a in payload.target if isinstance(a, (int, str))}

    assert target("ipvlan") == ({("HOST_DEV", "host")}, {UNKNOWN})
    assert target("veth") == (set(), {7, UNKNOWN})
    assert target("veth", WITH_OTHER="1") == ({("other", "pod")}, {7})


def test_a_member_means_what_the_profile_says_where_nothing_else_is_known() -> None:
    system = analyse(
        {"a.c": READER},
        profile(POD_EGRESS, fields=[{"field": "v.number", "netns": "host", "device": "eth0"}]),
    )
    (payload,) = payloads(system, Redirect)
    assert [(a.symbol, a.netns, a.device) for a in origins(payload.target)] == [
        ("v.number", "host", "eth0")
    ]


@pytest.mark.parametrize(
    ("hook", "device", "received"),
    [
        ("tc-ingress", "lxc", {"lxc"}),
        ("tc-egress", "slave", {"slave", "none"}),
        ("netkit-primary", "nk", {"none"}),
        ("netkit-peer", "nk", {"none"}),
    ],
)
def test_the_receiving_device_is_known_by_the_hook(
    hook: str, device: str, received: set[object]
) -> None:
    source = (
        'SEC("tc") int entry(struct __sk_buff *c) { return bpf_redirect(c->ingress_ifindex, 0); }'
    )
    system = analyse({"a.c": source}, profile(attach("a.c", "entry", hook, device)))
    (payload,) = payloads(system, Redirect)
    assert {"none" if a.zero else a.device for a in origins(payload.target)} == received


def test_one_memo_serves_all_hooks_and_systems() -> None:
    source = """SEC("tc") int entry(struct __sk_buff *c) {
        return c->ingress_ifindex ? bpf_redirect(c->ingress_ifindex, 0) : 0; }"""
    hooks = ("tc-ingress", "lxc"), ("netkit-peer", "nk")
    described = profile(*(attach("a.c", "entry", hook, device) for hook, device in hooks))
    engine = Engine(KERNEL)
    first = analyse({"a.c": source}, described, engine)
    misses = engine.interpreter.memo.misses
    second = analyse({"a.c": source}, described, engine, configuration="other")
    assert engine.interpreter.memo.misses == misses == 2
    assert len(payloads(first, Redirect)) == len(payloads(second, Redirect)) == 1


def test_the_state_before_a_tail_call_is_the_one_it_was_made_in() -> None:
    system = run("return 0;", "return 0;", "c->cb[0] = 4; bpf_tail_call(c, &calls, 1); return 0;")
    one = next(i for key, i in system.instances.items() if key.function == "one")
    (arrival,) = one.arrivals
    assert arrival.before is not None
    caller, before, event = arrival.before
    assert caller.key.function == "entry"
    assert before.before is None
    assert isinstance(event.payload, TailCall)
    assert exact(event.payload.slot) == 1
    assert arrival.entry[at("ctx")][64] == (32, values(4))


def test_a_fib_lookup_belongs_to_the_namespace_of_the_hook() -> None:
    source = """SEC("tc") int entry(struct __sk_buff *c) { struct bpf_fib_lookup p = {};
        p.ifindex = c->ifindex; if (bpf_fib_lookup(c, &p, sizeof(p), 0)) return 0;
        return bpf_redirect(p.ifindex, 0); }"""
    system = analyse({"a.c": source}, profile(POD_EGRESS))
    assert len(payloads(system, FibLookup)) == 1
    (found,) = origins(payloads(system, Redirect)[0].target)
    assert found.symbol == "fib_lookup"


def test_a_member_can_have_a_number_that_user_space_stores() -> None:
    source = """struct state { u32 kind; u32 l3; };
    struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32); __type(value, struct state);
    } states SEC(".maps");
    SEC("tc") int entry(struct __sk_buff *c) {
        u32 key = c->mark;
        struct state *s = bpf_map_lookup_elem(&states, &key);
        if (s && s->l3) return bpf_redirect(c->ifindex, 0);
        if (s && s->kind) return bpf_redirect(c->ifindex, 1);
        return 0; }"""
    attached = profile(attach("a.c", "entry", "tc-ingress", "lxc"))

    def flags(**options: Any) -> set[object]:
        system = analyse({"a.c": source}, attached, **options)
        return {atom for one in payloads(system, Redirect) for atom in one.flags}

    assert flags() == {0, 1}
    assert flags(values={"state.l3": 0}) == {1}
    assert flags(values={"state.l3": 1, "state.kind": 0}) == {0}


MANY = """SEC("calls/1") int self(struct __sk_buff *c) { switch (c->mark) { %s } return 0; }
SEC("tc") int entry(struct __sk_buff *c) { switch (c->mark) { %s } return 0; }
"""


@pytest.mark.parametrize("sites", [13, 21, 40])
def test_a_program_that_calls_itself_from_many_places_ends(sites: int) -> None:
    case = "case %d: c->cb[0] = c->ifindex; bpf_tail_call(c, &calls, 1); return 2;\n"
    body = "".join(case % at for at in range(sites))
    start = time.monotonic()
    system = analyse({"a.c": PROG_ARRAY + MANY % (body, body)}, profile(POD_EGRESS))
    assert time.monotonic() - start < 20
    assert system.stable
    assert not system.unsettled


def test_an_ifindex_is_kept_where_the_program_can_start_without_it() -> None:
    text = (
        PROG_ARRAY
        + """SEC("tc") int entry(struct __sk_buff *c) {
        u32 target = c->cb[0]; c->cb[0] = c->ifindex; bpf_tail_call(c, &calls, 1);
        return bpf_redirect(target, 0); }
    SEC("calls/1") int again(struct __sk_buff *c) { bpf_tail_call(c, &calls, 2); return 0; }
    """
    )
    tail = {"map": "calls", "programs": ["a.c:entry"], "index": 2}
    system = analyse({"a.c": text}, profile(POD_EGRESS, prog_arrays=[tail]))
    (redirect,) = payloads(system, Redirect, "entry")
    assert [atom.symbol for atom in origins(redirect.target)] == ["__sk_buff.ifindex"]
    assert UNKNOWN in redirect.target


def chain(length: int) -> str:
    """A program that copies a number from map to map, the last one first."""
    one = """struct { __uint(type, 1); __uint(max_entries, 8); __type(key, u32);
    __type(value, u32); __uint(pinning, 1); } m%d SEC(".maps");\n"""
    copy = "if ((v = bpf_map_lookup_elem(&m%d, &k))) bpf_map_update_elem(&m%d, &k, v, 0);\n"
    maps = "".join(one % at for at in range(length + 1))
    copies = "".join(copy % (at, at + 1) for at in reversed(range(length)))
    return f"""{maps} SEC("tc") int entry(struct __sk_buff *c) {{ u32 k = 0, *v, own = c->ifindex;
    {copies} bpf_map_update_elem(&m0, &k, &own, 0);
    if ((v = bpf_map_lookup_elem(&m{length}, &k))) return bpf_redirect(*v, 0);
    return 0; }}"""


def test_a_number_is_followed_from_map_to_map() -> None:
    system = analyse({"a.c": chain(12)}, profile(POD_EGRESS))
    assert system.stable
    (redirect,) = payloads(system, Redirect)
    assert origins(redirect.target)


def test_what_does_not_settle_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROUNDS", 3)
    system = analyse({"a.c": chain(12)}, profile(POD_EGRESS))
    assert not system.stable
    ((unit, what),) = system.unsettled
    assert unit == "a.c"
    assert what.endswith("what entry stores in the map m2")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "ARRIVALS", 2)
    sites = "".join(
        f"case {at}: c->cb[0] = {at}; c->cb[1] = c->mark; bpf_tail_call(c, &calls, 1); return 2;\n"
        for at in range(30)
    )
    system = analyse({"a.c": PROG_ARRAY + MANY % (sites, sites)}, profile(POD_EGRESS))
    ((unit, what),) = system.unsettled
    place, _, words = what.partition(": ")
    assert (unit, words) == ("a.c", "entry states of self, which tail calls lead to")
    path, line = place.split(":")[:2]
    source = (PROG_ARRAY + MANY % (sites, sites)).splitlines()
    assert path == "a.c"
    assert "bpf_tail_call(c, &calls, 1)" in source[int(line) - 1]
    monkeypatch.undo()
    monkeypatch.setattr(limits, "LOOP", 1)
    loop = """SEC("tc") int entry(struct __sk_buff *c) { u32 at = 0;
        while (unknown()) at++; return at; }"""
    system = analyse({"a.c": loop}, profile(POD_EGRESS))
    ((unit, what),) = system.unsettled
    assert what.endswith("a loop in entry")


@pytest.mark.parametrize(
    ("hook", "device", "netns"),
    [
        ("tc-egress", "slave", "pod"),
        ("tc-ingress", "lxc", "host"),
        ("netkit-primary", "nk", "host"),
        ("netkit-peer", "nk", "host"),
    ],
)
def test_a_symbol_can_be_a_number_of_the_own_devices_namespace(
    hook: str, device: str, netns: str
) -> None:
    text = """#define OWN 7
    SEC("tc") int entry(struct __sk_buff *c) { return bpf_redirect(OWN, 0); }"""
    symbols = [{"name": "OWN", "netns": "device"}]
    described = profile(attach("a.c", "entry", hook, device), symbols=symbols)
    system = analyse({"a.c": text}, described)
    (redirect,) = payloads(system, Redirect)
    (instance,) = system.instances
    (atom,) = origins(redirect.target)
    assert at_hook(atom, instance.hook).netns == netns
