"""Suggestions: by hook and by what a redirect is for; whoever follows one opens no hole."""

from __future__ import annotations

import msgspec
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.rule_schema import Advice
from bpf_lint.model.errors import ConfigError
from bpf_lint.rules import evaluate
from bpf_lint.rules.advice import suggestion_for
from bpf_lint.rules.check import check_rule
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import DEVICES, analyse, attach, profile

CROSS = next(r for r in Catalogue(data_folder()).rules if r.id == "cross-netns-redirect")


DEVICES_OF = {
    "HOST_DEV": {"kind": "ethernet", "netns": "host"},
    "POD_END": {"kind": "veth", "netns": "host", "peer_netns": "pod"},
    "GATEWAY": {"kind": "veth", "netns": "host", "peer_netns": "host"},
}


def advised(function: str, hook: str, device: str, symbol: str) -> str:
    """The suggestion for a redirect in a function of that name."""
    source = f"""enum {{ {", ".join(f"{name} = {50 + n}" for n, name in enumerate(DEVICES_OF))} }};
inline_ int {function}(struct __sk_buff *c) {{ c->mark = 1; return bpf_redirect({symbol}, 0); }}
SEC("tc") int entry(struct __sk_buff *c) {{ return {function}(c); }}"""
    known = [{"name": name, "netns": "host", "device": name} for name in DEVICES_OF]
    system = analyse(
        {"a.c": source},
        profile(
            attach("a.c", "entry", hook, device),
            symbols=known,
            devices={**DEVICES, **DEVICES_OF},
        ),
    )
    (finding,) = evaluate(system, (CROSS,), KERNEL, lambda _path, _line: "").findings
    return finding.suggestion


@pytest.mark.parametrize("symbol", DEVICES_OF)
@pytest.mark.parametrize(
    ("hook", "device", "passes", "drops"),
    [
        ("netkit-primary", "nk", "NETKIT_PASS", "NETKIT_DROP"),
        ("tc-egress", "slave", "TC_ACT_OK", "TC_ACT_SHOT"),
    ],
)
def test_nobody_is_sent_past_the_policy_of_a_proxy(
    symbol: str, hook: str, device: str, passes: str, drops: str
) -> None:
    told = advised("redirect_to_proxy", hook, device, symbol)
    assert told.startswith(f"Do not {'just ' * (hook == 'tc-egress')}return {passes}: ")
    assert "past the L7 policy" in told
    assert "in a program that runs in host" in told
    assert f"({drops})" in told


@pytest.mark.parametrize("symbol", DEVICES_OF)
def test_a_netkit_primary_sends_into_the_pod(symbol: str) -> None:
    told = advised("forward", "netkit-primary", "nk", symbol)
    assert "on its way into pod" in told
    assert "NETKIT_PASS" in told
    assert "out" not in told.split()
    assert "TC_ACT" not in told + advised("to_proxy", "netkit-primary", "nk", symbol)


def test_what_a_redirect_is_for_is_told_by_its_device() -> None:
    out, pod, stack = (advised("forward", "tc-egress", "slave", name) for name in DEVICES_OF)
    assert out == pod.replace("POD_END", "HOST_DEV") != stack
    assert "the programs on GATEWAY then see it only if it is routed there" in stack
    for told in (out, pod, stack):
        assert told.startswith("Return TC_ACT_OK: the packet goes out through slave")
        assert "NAT, encryption" in told


def test_every_hook_that_redirects_says_how_to_let_a_packet_go_on() -> None:
    for hook in KERNEL.hooks.values():
        told = bool(hook.passes and hook.drops and hook.onward)
        sockets = hook.program_type in ("sk_msg", "sk_skb") and bool(hook.verdicts)
        assert told == (hook.redirect_verdict > 0 or sockets)


def test_a_reply_is_told_apart_by_the_map_that_its_number_was_kept_in() -> None:
    told = suggestion_for(CROSS, KERNEL.purposes, ["f"], REPLY)
    assert told.startswith("Return TC_ACT_OK: the reply goes out")
    assert "L7 policy" in suggestion_for(CROSS, KERNEL.purposes, ["f", "x_proxy_y"], REPLY)


REPLY = {
    "target.via_map": 1, "target.netns": "host", "skb.netns": "pod", "hook.name": "tc-egress",
    "hook.pass": "TC_ACT_OK", "hook.onward": "out", "hook.drop": "TC_ACT_SHOT",
}  # fmt: skip


@pytest.mark.parametrize(
    ("advice", "near"),
    [
        (Advice(when='purpos == "proxy"', text="x"), 'did you mean "purpose"?'),
        (Advice(when="1", text="{hook.pas}"), 'did you mean "hook.pass"?'),
    ],
)
def test_advice_names_facts_that_exist(advice: Advice, near: str) -> None:
    rule = msgspec.structs.replace(CROSS, advice=[advice])
    with pytest.raises(ConfigError) as failed:
        check_rule(rule, KERNEL, lambda what, *_keys: ConfigError(what))
    assert near in str(failed.value)
