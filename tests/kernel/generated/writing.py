"""Drafts written down in C, and as trials."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from tests.toml import load_toml

from .. import stage
from ..trials import Attached, Trial
from .draft import Draft, netns

CALLS = 1000
HEAD = """/* Generated: see tests/kernel/generated. */
#include "pair.h"

#define OPTION 1
#define NO_OPTION 0

struct target {
	__u64 unused;
	__u32 ifindex;
};

static __always_inline __u32 chosen(__u32 ifindex)
{
	return ifindex;
}

static __always_inline void choose(struct target *target, __u32 ifindex)
{
	target->ifindex = ifindex;
}

static __always_inline int enabled(int value)
{
	return value;
}
"""
CONDITIONS = {
    "long": "CTX->LENGTH",
    "option": "OPTION",
    "no-option": "NO_OPTION",
    "word": "skb->cb[4]",
    "no-word": "skb->cb[4]",
    "argument": "enabled(1)",
    "no-argument": "enabled(0)",
    "received": "skb->ingress_ifindex",
    "not-received": "!skb->ingress_ifindex",
}
HELPERS = {
    "redirect": "bpf_redirect({0}, {1})",
    "redirect_peer": "bpf_redirect_peer({0}, {1})",
    "redirect_neigh": "bpf_redirect_neigh({0}, 0, 0, {1})",
    "clone_redirect": "bpf_clone_redirect(skb, {0}, {1})",
}


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a number gets to the call."""

    expression: str
    lines: str = ""


@cache
def shapes() -> dict[str, Shape]:
    """The entries of `shapes.toml`."""
    path = Path(__file__).with_name("shapes.toml")
    return msgspec.convert(load_toml(path.read_text()), dict[str, Shape])


def name(draft: Draft) -> str:
    """Name of a draft's function."""
    return f"generated_{draft.id}"


def text(drafts: list[Draft]) -> str:
    """A C file with all programs."""
    return HEAD + "".join("\n" + source(one) for one in drafts)


def source(draft: Draft) -> str:
    """The functions of one draft."""
    if draft.source in ("scratch", "tail", "chain"):
        return _with_tail(draft)
    before, number = _number(draft)
    body = [*before, *_guarded(draft, _call(draft, number)), f"return {_pass(draft)};"]
    return _writer(draft) + _function(f'SEC("{draft.section}")', name(draft), draft, body)


def trial(draft: Draft) -> Trial:
    """What to run: the goal is where the target shows the packet, or where it goes anyway."""
    traffic = stage.traffic(draft.section, draft.mode)
    before = []
    if draft.writer:
        before = [stage.attached(f"writes_{draft.id}", draft.writer, draft.mode)]
    program: Attached = stage.attached(name(draft), draft.section, draft.mode)
    return Trial(
        id=f"{file_name(draft.mode)}:{name(draft)}[{draft.mode}]",
        topology=draft.mode,
        object=Path(file_name(draft.mode)).with_suffix(".o").name,
        program=program,
        goal=draft.goal if draft.runs else traffic.normal,
        normal=traffic.normal,
        before=before,
        decoy=netns(draft.own) if draft.decoy else "",
        number=stage.number(draft.symbol, draft.mode) if draft.decoy else 0,
    )


def file_name(mode: str) -> str:
    """The C file of a mode's programs."""
    return f"generated-{mode}.c"


def _number(draft: Draft) -> tuple[list[str], str]:
    """Lines that get the number, and the expression for it."""
    if shape := shapes().get(draft.source):
        lines = shape.lines.replace("SYMBOL", draft.symbol).split("\n")[:-1]
        return lines, shape.expression.replace("SYMBOL", draft.symbol)
    if draft.source == "own":
        return [], "skb->ingress_ifindex" if draft.hook == "xdp" else "skb->ifindex"
    if draft.source == "map":
        lines = [f"__u32 key = 0, *found = bpf_map_lookup_elem(&map_{draft.id}, &key);", ""]
        return [*lines, "if (!found || !*found)", f"\treturn {_pass(draft)};"], "*found"
    if draft.source == "route":
        lines = ["struct bpf_fib_lookup params = { .family = AF_INET };", ""]
        lines += ["params.ifindex = skb->ifindex;", "params.ipv4_dst = BE32(OUTSIDE);"]
        lines += ["if (bpf_fib_lookup(skb, &params, sizeof(params), 0) != 0)"]
        return [*lines, f"\treturn {_pass(draft)};"], "params.ifindex"
    return [], draft.symbol


def _call(draft: Draft, number: str) -> str:
    call = HELPERS[draft.helper].format(number, draft.flags)
    return f"return {call};" if draft.verdict == "returned" else f"{call};"


def _guarded(draft: Draft, call: str) -> list[str]:
    if not draft.guard:
        return [call]
    length = "data_end > skb->data" if draft.hook == "xdp" else "len > 20"
    condition = CONDITIONS[draft.guard].replace("CTX->LENGTH", f"skb->{length}")
    before = []
    if draft.guard in ("word", "no-word"):
        before = [f"skb->cb[4] = {int(draft.guard == 'word')};"]
    return [*before, f"if ({condition})", f"\t{call}"]


def _with_tail(draft: Draft) -> str:
    """The call is in another program; the number waits in cb[], or is written there."""
    array, calls = CALLS + draft.id, f"bpf_tail_call(skb, &calls_{draft.id}, SLOT);"
    first = [f"skb->cb[2] = {draft.symbol};"] if draft.source != "tail" else []
    made = [f"CALLS(calls_{draft.id}, {array});\n"]
    word = 2
    if draft.source == "chain":
        word = 3
        lines = ["skb->cb[3] = skb->cb[2];", "skb->cb[2] = 0;", calls.replace("SLOT", "1")]
        lines.append(f"return {_pass(draft)};")
        made.append(_function(f"SEC_TAIL({array}, 0)", f"middle_{draft.id}", draft, lines))
    number = draft.symbol if draft.source == "tail" else f"skb->cb[{word}]"
    last = [_call(draft, number)]
    if draft.verdict != "returned":
        last.append(f"return {_pass(draft)};")
    slot = int(draft.source == "chain")
    made.append(_function(f"SEC_TAIL({array}, {slot})", f"tail_{draft.id}", draft, last))
    guarded = _guarded(draft, calls.replace("SLOT", "0"))
    head = [*first, *guarded, f"return {_pass(draft)};"]
    made.append(_function(f'SEC("{draft.section}")', name(draft), draft, head))
    return "\n".join(made)


def _writer(draft: Draft) -> str:
    if draft.source != "map":
        return ""
    body = [f"__u32 key = 0, ifindex = {draft.symbol};", ""]
    body += [f"bpf_map_update_elem(&map_{draft.id}, &key, &ifindex, BPF_ANY);", "return TC_ACT_OK;"]
    made = _body(f'SEC("{draft.writer}")', f"writes_{draft.id}", "__sk_buff", body)
    return f"ARRAY(map_{draft.id}, __u32);\n\n{made}\n"


def _function(section: str, called: str, draft: Draft, body: list[str]) -> str:
    return _body(section, called, "xdp_md" if draft.hook == "xdp" else "__sk_buff", body)


def _body(section: str, called: str, record: str, body: list[str]) -> str:
    lines = "\n".join(f"\t{line}" if line else "" for line in body)
    return f"{section}\nint {called}(struct {record} *skb)\n{{\n{lines}\n}}\n"


def _pass(draft: Draft) -> str:
    return "XDP_PASS" if draft.hook == "xdp" else "TC_ACT_OK"
