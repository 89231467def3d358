"""The facts that rules can name are those that events have."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.reading import parse
from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.errors import ConfigError
from bpf_lint.rules.check import check_rule
from bpf_lint.rules.earlier import Hit
from bpf_lint.rules.evaluate import Judge
from bpf_lint.rules.facts import COMMON
from bpf_lint.rules.vocabulary import facts_of, kinds
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile

SOURCE = (
    PROG_ARRAY
    + """
#define HOST_DEV 41
static long (*adjust_head)(void *c, int delta) = (void *)44; /* of XDP */
static void *(*sk_lookup)(void *c, void *tuple, u32 size, u64 netns, u64 flags) = (void *)84;
static long (*adjust_room)(void *c, int by, u32 mode, u64 flags) = (void *)50;
static long (*load_bytes)(void *c, u32 offset, void *to, u32 size) = (void *)26;
static long (*set_tunnel_key)(void *c, void *key, u32 size, u64 flags) = (void *)21;
static long (*msg_redirect)(void *c, void *map, u32 key, u64 flags) = (void *)60;
static long (*sk_assign)(void *c, void *sk, u64 flags) = (void *)124;
static __attribute__((noinline)) int send(struct __sk_buff *c) {
    u16 narrow = HOST_DEV;
    return bpf_redirect(c->mark ? narrow : c->ifindex, 1);
}
SEC("tc") int entry(struct __sk_buff *c) {
    struct bpf_fib_lookup fib = {};
    u16 narrow = HOST_DEV;
    fib.ifindex = c->ifindex;
    bpf_fib_lookup(c, &fib, sizeof(fib), 0);
    if (c->mark == 1)
        return send(c);
    if (c->mark == 2)
        return bpf_redirect(fib.ifindex, 0);
    if (c->mark == 3 && c->ingress_ifindex == fib.ifindex)
        return 1;
    adjust_head(c, 0);
    void *sk = sk_lookup(c, &fib, 12, 3, 0);
    if (sk)
        sk_assign(c, sk, 0);
    load_bytes(c, 14, &narrow, sizeof(narrow));
    if (!adjust_room(c, 20, 1, 0))
        load_bytes(c, 14 + narrow * 4, &narrow, sizeof(narrow));
    set_tunnel_key(c, &fib, 12, 1);
    msg_redirect(c, &calls, 2, 4);
    bpf_tail_call(c, &calls, 1);
    return 0;
}"""
)
(RULE,) = (one for one in Catalogue(data_folder()).rules if one.id == "cross-netns-redirect")


def hits(event: str, when: str = "1") -> list[Hit]:
    system: System = analyse(
        {"a.c": SOURCE},
        profile(
            attach("a.c", "entry", "tc-ingress", "lxc"),
            symbols=[{"name": "HOST_DEV", "netns": "host", "device": "uplink"}],
        ),
    )
    rule = Rule(
        id="any",
        title="",
        event=event,
        when=when,
        message="",
        suggestion="",
        description="",
        kernel="",
        bad=RULE.bad,
        good=RULE.good,
    )
    judge = Judge(system, [rule], KERNEL)

    def all_hits() -> Iterator[Hit]:
        for instance in system.instances.values():
            for moment in judge.moments(instance):
                yield from judge.hits(moment)

    return list(all_hits())


@pytest.mark.parametrize("event", sorted(kinds()))
def test_every_event_has_the_facts_that_are_told(event: str) -> None:
    made = hits(event)
    assert made
    for hit in made:
        assert hit.facts.keys() == COMMON.keys() | kinds()[event].described.keys()


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("redirect", {"function": "send", "entry": "entry", "helper": "bpf_redirect"}),
        ("redirect", {"target.netns": "host", "target.bits": 16, "skb.netns": "host"}),
        ("redirect", {"hook.name": "tc-ingress", "hook.at_ingress": 1, "device.kind": "veth"}),
        ("redirect", {"flags": 1, "flags.known": 1, "used": 1, "rearmed": 0, "returned": 1}),
        ("fib_lookup", {"function": "entry", "target.self": 1, "target.known": 1}),
        ("fib_lookup", {"flags": 0, "flags.known": 1, "lower.why": ""}),
        ("fib_use", {"function": "entry", "unset": "ifindex"}),
        ("narrowing", {"function": "send", "cut": "here", "target.bits": 16}),
        ("sent_packet", {"function": "send", "helper": "bpf_redirect", "packet.otherhost": 0}),
        ("sent_packet", {"destination.received": 1, "destination.varies": 0, "flags": 1}),
        ("device_choice", {"helper": "bpf_redirect", "target.tested": 0, "returned": 1}),
        ("socket_assign", {"helper": "bpf_sk_assign", "socket.netns_number": 3, "used": 0}),
        (
            "socket_redirect",
            {"helper": "bpf_msg_redirect_map", "map": "calls", "key.constant": "2"},
        ),
        ("socket_redirect", {"flags": 4, "flags.known": 1, "key.only": 1, "used": 0}),
        ("tunnel_key", {"helper": "bpf_skb_set_tunnel_key", "flags": 1, "flags.known": 1}),
        ("tunnel_key", {"key.family": "", "key.read_as": "IPv6", "used": 0}),
        ("marked_packet", {"helper": "bpf_redirect", "mark": "", "mark.tested_by": ""}),
        ("marked_packet", {"flags": 0, "flags.known": 1, "returned": 1}),
        ("offset_use", {"helper": "bpf_skb_load_bytes", "moved": 20, "redirected": 1, "used": 0}),
        ("verdict", {"function": "send", "verdict": 7, "verdict.name": "TC_ACT_REDIRECT"}),
        ("verdict", {"verdict.redirects": 1, "verdict.armed": 1, "verdict.known": 1}),
        ("redirect", {"device.native_xdp": 1, "target.no_xdp": 0}),
        ("tail_call", {"function": "entry", "slot": 1, "map": "calls", "slot.known": 1}),
        ("ifindex_use", {"use": "compared", "target.netns": "host", "target.self": 1}),
        ("unavailable_helper", {"function": "entry", "helper": "bpf_xdp_adjust_head"}),
    ],
)
def test_facts_have_the_values_of_what_happens(event: str, facts: dict[str, object]) -> None:
    assert any(facts.items() <= hit.facts.items() for hit in hits(event))


def test_rules_of_several_events_can_use_what_they_share() -> None:
    assert "helper" in facts_of(["redirect", "fib_lookup"])
    assert "rearmed" not in facts_of(["redirect", "fib_lookup"])


@pytest.mark.parametrize(
    ("key", "text", "near"),
    [
        ("when", "target.l2_heade", 'did you mean "target.l2_header"?'),
        ("when", "slot.absent", 'unknown fact "slot.absent"'),
        ("message", "{hlper}() is wrong", 'did you mean "helper"?'),
        ("suggestion", "{target.nets}", 'did you mean "target.netns"?'),
    ],
)
def test_a_fact_that_does_not_exist_is_an_error(key: str, text: str, near: str) -> None:
    texts = {"when": "1", "message": "m", "suggestion": "s", key: text}
    body = "\n".join(f"{name} = {value!r}" for name, value in texts.items())
    document = parse(
        f'id = "x"\ntitle = "x"\nevent = "redirect"\n{body}\ndescription = "d"\nkernel = "k"\n'
        '[bad]\ncode = "b"\n[good]\ncode = "g"\n',
        "x.toml",
    )
    from bpf_lint.config.reading import convert

    rule = convert(document, Rule)
    with pytest.raises(ConfigError) as failed:
        check_rule(rule, KERNEL, document.error)
    assert near in str(failed.value)
    assert "x.toml" in str(failed.value)


def test_a_condition_about_one_target_says_so() -> None:
    rule = msgspec.structs.replace(RULE, when="target.self", each="event")
    with pytest.raises(ConfigError, match='about one target: say each = "target"'):
        check_rule(rule, KERNEL, ConfigError)
    check_rule(msgspec.structs.replace(rule, each="target"), KERNEL, ConfigError)
    check_rule(msgspec.structs.replace(rule, when="target.zero"), KERNEL, ConfigError)
