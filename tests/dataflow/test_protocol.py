"""What a test of the packet's protocol says holds until the packet is rewritten."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain import limits, protocol
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.observers.redirect import Redirect
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, payloads, profile

SOURCE = """
#define htons(x) __builtin_bswap16(x)
struct ethhdr { u8 h_dest[6], h_source[6]; u16 h_proto; };
static long (*bpf_skb_store_bytes)(void *c, u32 offset, const void *from, u32 len, u64 flags)
    = (void *)9;
static long (*bpf_skb_load_bytes)(const void *c, u32 offset, void *to, u32 len) = (void *)26;
static long (*bpf_skb_change_proto)(void *c, u16 proto, u64 flags) = (void *)31;
static long (*bpf_skb_adjust_room)(void *c, int by, u32 mode, u64 flags) = (void *)50;
enum { V4 = htons(0x800), V6 = htons(0x86dd) };
struct in { u8 kind; };
static int type_of(struct __sk_buff *c, u16 *proto) {
    void *data = (void *)(long)c->data, *end = (void *)(long)c->data_end;
    struct ethhdr *eth = data;
    if (data + sizeof(*eth) > end) return 0;
    *proto = eth->h_proto;
    return 1;
}
static int is_v4(struct __sk_buff *c) { return c->protocol == V4; }
%s
SEC("tc") int entry(struct __sk_buff *c) {
    void *data = (void *)(long)c->data; struct ethhdr *eth = data; u16 p = 0, q = c->protocol;
    %s }"""
SIX = "return bpf_redirect(c->protocol == V6 ? 6 : 4, 0);"


def redirected(body: str, before: str = "", device: str = "lxc") -> frozenset[object]:
    """The numbers that the program redirects to, the packet with an Ethernet header or none."""
    system = analyse(
        {"a.c": SOURCE % (before, body)}, profile(attach("a.c", "entry", "tc-ingress", device))
    )
    return frozenset().union(*(made.target for made in payloads(system, Redirect)))


@pytest.mark.parametrize(
    "test",
    [
        "if (c->protocol != V4) return 0;",
        "if (q != V4) return 0;",
        "if (__builtin_bswap16(q) != 0x800) return 0;",
        "if (eth->h_proto != V4) return 0;",
        "if (!type_of(c, &p) || p != V4) return 0;",
        "type_of(c, &p); if (p != V4) return 0;",
        "switch (q) { case V4: break; default: return 0; }",
        "switch (__builtin_bswap16(c->protocol)) { case 0x800: break; default: return 0; }",
        "if (!is_v4(c)) return 0;",
        "bpf_skb_load_bytes(c, 12, &p, 2); if (p != V4) return 0;",
        "struct ethhdr own; bpf_skb_load_bytes(c, 0, &own, 14); if (own.h_proto != V4) return 0;",
        "struct ethhdr own = *eth; if (own.h_proto != V4) return 0;",
        "if (q == V6) return 0; if (q != V4) return 0;",
    ],
)
def test_a_test_of_the_protocol_decides_the_next(test: str) -> None:
    assert redirected(test + SIX) == {4}
    assert redirected(test + "if (!type_of(c, &p)) return 0; switch (p) { case V6: "
                      "return bpf_redirect(6, 0); } return bpf_redirect(4, 0);") == {4}  # fmt: skip


@pytest.mark.parametrize(
    "rewritten",
    [
        "bpf_skb_change_proto(c, V6, 0);",
        "bpf_skb_adjust_room(c, 20, 1, 0);",
        "eth->h_proto = V6;",
        "p = V6; bpf_skb_store_bytes(c, 12, &p, 2, 0);",
        "bpf_skb_store_bytes(c, 0, &own, 14, 0);",
        "__builtin_memcpy(data, &own, 14);",
        "*(u16 *)(data + 12) = V6;",
        "outside(c);",
        "outside(data);",
    ],
)
def test_a_packet_that_is_rewritten_can_be_any(rewritten: str) -> None:
    before = "int outside(void *);"
    test = "struct ethhdr own = {}; if (q != V4) return 0;"
    assert redirected(test + rewritten + SIX, before) == {4, 6}
    late = test + rewritten + "if (q == V4) " + SIX
    assert redirected(late, before) == {4, 6}


@pytest.mark.parametrize(
    "harmless",
    [
        "bpf_skb_store_bytes(c, 0, &own, 12, 0);",
        "bpf_skb_store_bytes(c, 14, &own, 14, 0);",
        "((struct in *)(eth + 1))->kind = 3;",
        "eth->h_dest[0] = 3;",
    ],
)
def test_other_bytes_leave_it(harmless: str) -> None:
    assert redirected("struct ethhdr own = {}; if (q != V4) return 0;" + harmless + SIX) == {4}


@pytest.mark.parametrize(
    "test",
    [
        "if (c->mark) q = c->mark; if (q != V4) return 0;",
        "if (c->mark) q = V4; if (q != V4) return 0;",
        "if ((u8)q != 8) return 0;",
        "if ((q & 0xff) != 8) return 0;",
        "if (q == V6 || c->mark == V4) ; else if (q != V4) return 0;",
        "bpf_skb_load_bytes(c, c->len, &p, 2); if (p != V4) return 0;",
        "bpf_skb_load_bytes(c, 26, &p, 2); if (p != V4) return 0;",
        "eth = data + c->len; if (eth->h_proto != V4) return 0;",
        "eth = data + 50; if (eth->h_proto != V4) return 0;",
    ],
)
def test_what_may_be_another_number_says_nothing(test: str) -> None:
    assert redirected(test + SIX) == {4, 6}


def test_without_an_ethernet_header_its_bytes_say_nothing() -> None:
    assert redirected("if (eth->h_proto != V4) return 0;" + SIX, device="tun") == {4, 6}
    assert redirected("if (q != V4) return 0;" + SIX, device="tun") == {4}


def test_paths_of_different_protocols_that_meet_can_be_either() -> None:
    body = "if (q == V4) c->mark = 1; else if (q == V6) c->mark = 2; else return 0;" + SIX
    assert redirected(body) == {4, 6}


def test_it_holds_over_tail_calls() -> None:
    before = (
        PROG_ARRAY
        + f"""
    SEC("calls/0") int next(struct __sk_buff *c) {{ {SIX} }}
    SEC("calls/1") int both(struct __sk_buff *c) {{ bpf_tail_call(c, &calls, 0); return 0; }}"""
    )
    assert redirected("if (q == V4) bpf_tail_call(c, &calls, 1); return 0;", before) == {4}
    either = "if (q == V4 || q == V6) bpf_tail_call(c, &calls, 1); return 0;"
    assert redirected(either, before) == {4, 6}
    rewritten = "if (q == V4) { bpf_skb_change_proto(c, V6, 0); bpf_tail_call(c, &calls, 1); }"
    assert redirected(rewritten + "return 0;", before) == {4, 6}


def test_few_protocols_are_kept_apart() -> None:
    before = PROG_ARRAY + f'SEC("calls/0") int next(struct __sk_buff *c) {{ {SIX} }}'
    many = "".join(
        f"if (q == {n}) bpf_tail_call(c, &calls, 0);" for n in range(1, limits.PROTOCOLS + 3)
    )
    source = SOURCE % (before, many + "return 0;")
    system = analyse({"a.c": source}, profile(attach("a.c", "entry", "tc-ingress", "lxc")))
    (next_,) = (one for key, one in system.instances.items() if key.function == "next")
    known = [protocol.of(one.entry[PACKET]) for one in next_.arrivals]
    assert known.count(None) == 1
    assert len(known) == limits.PROTOCOLS + 1
