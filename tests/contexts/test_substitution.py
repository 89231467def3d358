"""Another kind of device in place of the pairs between a node and its pods."""

from __future__ import annotations

from typing import Any

import pytest

from bpf_lint.config.schema import Attachment, Device
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.contexts.substitution import Substituted, substitute
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import attach, profile

LXC = {"kind": "veth", "netns": "host", "peer_netns": "pod"}
UPLINK = {"kind": "ethernet", "netns": "host"}


def replaced(name: str, *attachments: dict[str, Any], **more: Any) -> Substituted:
    devices = {"lxc": LXC, "uplink": UPLINK, **more.pop("devices", {})}
    return substitute(profile(*attachments, devices=devices, **more), name, KERNEL)


def place(name: str, hook: str, device: str = "lxc", **more: Any) -> tuple[Attachment, Device]:
    done = replaced(name, attach("a.c", "from_pod", hook, device), **more)
    (one,) = done.profile.attachments
    return one, done.profile.devices[device]


@pytest.mark.parametrize(
    ("name", "hook", "moved", "kind", "netns", "peer"),
    [
        ("netkit", "tc-ingress", "netkit-peer", "netkit", "host", "pod"),
        ("netkit", "tc-egress", "netkit-primary", "netkit", "host", "pod"),
        ("ipvlan", "tc-ingress", "tc-egress", "ipvlan", "pod", ""),
        ("ipvlan", "tc-egress", "tc-ingress", "ipvlan", "pod", ""),
        ("ipvlan-l3s", "tc-ingress", "tc-egress", "ipvlan-l3s", "pod", ""),
        ("macvlan", "tc-ingress", "tc-egress", "macvlan", "pod", ""),
        ("l3", "tc-ingress", "tc-ingress", "tun", "host", ""),
    ],
)
def test_where_programs_of_the_nodes_end_move_to(
    name: str, hook: str, moved: str, kind: str, netns: str, peer: str
) -> None:
    one, device = place(name, hook)
    assert (one.hook, one.device) == (moved, "lxc")
    assert (device.kind, device.netns, device.peer_netns) == (kind, netns, peer)


@pytest.mark.parametrize("name", ["netkit", "ipvlan", "macvlan"])
def test_programs_of_the_pods_end_stay_in_the_pod(name: str) -> None:
    eth0 = {"kind": "veth", "netns": "pod", "peer_netns": "host"}
    one, device = place(name, "tc-egress", "eth0", devices={"eth0": eth0})
    assert (one.hook, device.kind, device.netns) == ("tc-egress", name, "pod")


@pytest.mark.parametrize(
    "device",
    [
        UPLINK,
        {"kind": "veth", "netns": "host"},
        {"kind": "veth", "netns": "host", "peer_netns": "host"},
        {"kind": "netkit", "netns": "host", "peer_netns": "pod"},
    ],
)
def test_what_is_no_pair_between_namespaces_stays(device: dict[str, str]) -> None:
    done = replaced("ipvlan", attach("a.c", "e", "tc-ingress", "other"), devices={"other": device})
    assert done.profile.devices["other"].kind == device["kind"]
    assert not done.modes
    assert not done.concerns(SystemJob("", "default", ()))


def test_a_hook_without_a_counterpart_is_told() -> None:
    done = replaced("ipvlan", attach("a.c", "filter", "xdp", "lxc"))
    assert done.profile.attachments == []
    assert done.lost == ("filter at xdp of lxc",)


def test_modes_get_the_name_of_what_is_tried() -> None:
    modes: dict[str, Any] = {"veth": {}, "other": {}}
    moves = attach("a.c", "from_pod", "tc-ingress", "lxc", modes=["veth"])
    stays = attach("a.c", "from_uplink", "tc-ingress", "uplink", modes=["veth", "other"])
    symbol = {"name": "UPLINK", "netns": "host", "modes": ["veth"]}
    done = replaced("netkit", moves, stays, modes=modes, symbols=[symbol])
    assert done.modes == {"veth": "veth as netkit"}
    names = [one.modes for one in done.profile.attachments]
    assert names == [["veth as netkit"], ["veth as netkit", "other"]]
    assert done.profile.symbols[0].modes == ["veth as netkit"]


@pytest.mark.parametrize(("name", "netns"), [("ipvlan", "other pod"), ("netkit", "host")])
def test_a_number_of_a_pods_device_goes_where_the_device_goes(name: str, netns: str) -> None:
    field = {"field": "pod.ifindex", "netns": "host", "device": "lxc"}
    uplink = {"name": "UPLINK", "netns": "host", "device": "uplink"}
    own = {"name": "OWN", "netns": "device", "device": "lxc"}
    moved = attach("a.c", "from_pod", "tc-ingress", "lxc")
    done = replaced(name, moved, fields=[field], symbols=[uplink, own])
    assert [one.netns for one in done.profile.fields] == [netns]
    assert [one.netns for one in done.profile.symbols] == ["host", "device"]


@pytest.mark.parametrize(("known", "concerned"), [("uplink", False), ("lxc", True)])
def test_other_programs_are_concerned_by_the_numbers_of_pods(known: str, concerned: bool) -> None:
    moved = attach("a.c", "from_pod", "tc-ingress", "lxc", configurations=["pod"])
    field = {"field": "pod.ifindex", "netns": "host", "device": known}
    done = replaced("netkit", moved, fields=[field], configurations={"pod": {}, "host": {}})
    assert done.concerns(SystemJob("", "pod", ()))
    assert done.concerns(SystemJob("", "host", ())) is concerned
