"""Which functions are attached, and what is true where they run."""

from __future__ import annotations

from typing import Any

import pytest

from bpf_lint.contexts.hooks import attached
from bpf_lint.model.context import HookContext
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import DEVICES, attach, job, profile

SOURCE = """
SEC("tc/entry") int from_pod(struct __sk_buff *c) { return 0; }
SEC("tc/entry") int to_pod(struct __sk_buff *c) { return 0; }
SEC("from-netdev") int netdev(struct __sk_buff *c) { return 0; }
SEC("xdp") int express(struct xdp_md *c) { return 0; }
"""


def contexts(*attachments: dict[str, Any], **options: Any) -> list[tuple[HookContext, str]]:
    one = job({"bpf/a.c": SOURCE}, **options)
    unit = compile_c(SOURCE, (), "a.c")
    devices = {
        **DEVICES,
        "tunnel": {"kind": "wireguard", "netns": "host"},
        "forced": {"kind": "wireguard", "netns": "host", "l2_header": True},
    }
    return attached(one, one.units[0], unit, profile(*attachments, devices=devices), KERNEL)


def context(hook: str, device: str, entry: str = "from_pod") -> HookContext:
    ((found, _),) = contexts(attach("bpf/a.c", entry, hook, device))
    return found


@pytest.mark.parametrize(
    ("hook", "device", "netns", "peer", "at_ingress", "zero"),
    [
        ("tc-ingress", "lxc", "host", "pod", True, False),
        ("tc-egress", "lxc", "host", "pod", False, False),
        ("tc-egress", "slave", "pod", "", False, False),
        ("tc-ingress", "uplink", "host", "", True, False),
        # A netkit primary program runs when skb->dev is already the peer, inside the pod.
        ("netkit-primary", "nk", "pod", "host", False, True),
        ("netkit-peer", "nk", "host", "pod", False, True),
    ],
)
def test_where_skb_dev_is(
    hook: str, device: str, netns: str, peer: str, at_ingress: bool, zero: bool
) -> None:
    found = context(hook, device)
    assert (found.skb_netns, found.peer_netns) == (netns, peer)
    assert found.at_ingress is at_ingress
    assert found.ingress_ifindex_zero is zero
    assert found.program_type == "tc"
    assert (found.hook, found.device, found.device_kind) == (hook, device, DEVICES[device]["kind"])


def test_xdp_is_another_program_type() -> None:
    found = context("xdp", "uplink", "express")
    assert (found.program_type, found.at_ingress, found.skb_netns) == ("xdp", False, "host")


@pytest.mark.parametrize(
    ("hook", "device", "l2_header"),
    [
        ("tc-ingress", "lxc", True),
        ("netkit-primary", "nk", True),
        ("tc-egress", "tunnel", False),
        ("tc-egress", "forced", True),
        ("lwt-xmit", "uplink", False),
    ],
)
def test_where_packets_have_an_ethernet_header(hook: str, device: str, l2_header: bool) -> None:
    assert context(hook, device).l2_header is l2_header


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("from_pod", {"from_pod": "from_pod"}),
        ("*_pod", {"from_pod": "from_pod", "to_pod": "to_pod"}),
        # A section names one function, or each by its own name.
        ("from-netdev", {"from-netdev": "netdev"}),
        ("tc/entry", {"from_pod": "from_pod", "to_pod": "to_pod"}),
        ("nothing", {}),
    ],
)
def test_an_entry_is_named_by_function_or_section(entry: str, found: dict[str, str]) -> None:
    result = contexts(attach("bpf/a.c", entry, "tc-ingress", "lxc"))
    assert {one.entry: function for one, function in result} == found


@pytest.mark.parametrize(
    ("restriction", "options", "holds"),
    [
        ({}, {}, True),
        ({"modes": ["veth"]}, {"mode": "veth"}, True),
        ({"modes": ["veth"]}, {"mode": "ipvlan"}, False),
        ({"configurations": ["fast"]}, {"configuration": "fast"}, True),
        ({"configurations": ["fast"]}, {}, False),
        ({"when": "ENABLE_ROUTES"}, {"defines": {"ENABLE_ROUTES": "1"}}, True),
        ({"when": "ENABLE_ROUTES"}, {"defines": {"ENABLE_ROUTES": "0"}}, False),
        ({"when": "ENABLE_ROUTES"}, {}, False),
        ({"when": "enable_netkit == 1"}, {"values": {"enable_netkit": 1}}, True),
        ({"when": "enable_netkit == 1"}, {"values": {"enable_netkit": 0}}, False),
        ({"when": "NUMBER > 0x10"}, {"defines": {"NUMBER": "0x11"}}, True),
    ],
)
def test_an_attachment_may_need_a_mode_a_configuration_or_a_macro(
    restriction: dict[str, Any], options: dict[str, Any], holds: bool
) -> None:
    one = attach("bpf/a.c", "from_pod", "tc-ingress", "lxc", **restriction)
    assert bool(contexts(one, **options)) is holds


def test_programs_are_matched_by_path() -> None:
    assert contexts(attach("bpf/*.c", "from_pod", "tc-ingress", "lxc"))
    assert not contexts(attach("bpf/b.c", "from_pod", "tc-ingress", "lxc"))


def test_contexts_come_in_an_order_that_the_profile_does_not_decide() -> None:
    one = attach("bpf/a.c", "to_pod", "tc-egress", "lxc")
    two = attach("bpf/a.c", "from_pod", "tc-ingress", "lxc")
    assert contexts(one, two) == contexts(two, one, two)
    assert [context.mode for context, _ in contexts(one, two, mode="veth")] == ["veth", "veth"]


@pytest.mark.parametrize(
    ("section", "hooks"),
    [("xdp", ["xdp"]), ("tc", ["tc-egress", "tc-ingress"]), ("own", ["tc-ingress"])],
)
def test_a_section_says_more_of_a_type_than_a_name(section: str, hooks: list[str]) -> None:
    """An XDP program may be called "ingress"; a section that nobody names says nothing."""
    unit = compile_c(f'SEC("{section}") int ingress(void *c) {{ return 2; }}')
    described = profile(
        attach("a.c", "xdp", "xdp", "uplink"),
        attach("a.c", "tc", "tc-egress", "uplink"),
        attach("a.c", "ingress", "tc-ingress", "uplink"),
    )
    system = job({"a.c": ""})
    found = attached(system, system.units[0], unit, described, KERNEL)
    assert sorted(context.hook for context, _ in found) == hooks
