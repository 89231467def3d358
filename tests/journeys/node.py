"""A node made by hand: its devices, and what the programs at its hooks end with."""

from __future__ import annotations

from functools import cache
from typing import Any

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Device
from bpf_lint.journeys import Network, found
from bpf_lint.model.context import HookContext
from bpf_lint.model.journey import Exit, Journey, Passage
from bpf_lint.model.place import Place

DEVICES = {
    "eth0": Device(kind="ethernet", netns="host"),
    "lxc": Device(kind="veth", netns="host", peer_netns="pod", modes=["veth"]),
    "slave": Device(kind="ipvlan", netns="pod", modes=["ipvlan"]),
    "nk": Device(kind="netkit", netns="host", peer_netns="pod", modes=["netkit"]),
    "vxlan": Device(kind="vxlan", netns="host"),
}
AT = {
    "lxc": ("veth", "host", "pod"),
    "slave": ("ipvlan", "pod", ""),
    "nk": ("netkit", "host", "pod"),
    "eth0": ("ethernet", "host", ""),
    "vxlan": ("vxlan", "host", ""),
}


@cache
def kernel() -> KernelModel:
    return Catalogue(data_folder()).kernel


def at(hook: str, device: str, entry: str, *exits: Exit) -> Passage:
    """What the program of that name ends with at a hook."""
    kind, netns, peer = AT[device]
    data = kernel().hooks[hook]
    skb = peer if data.device_side == "peer" else netns
    context = HookContext("m", "c", "prog.c", entry, hook, device, kind, skb, peer, data.at_ingress)
    return Passage(context, exits)


def redirect(device: str, line: int = 1, **more: Any) -> Exit:
    """A redirect to a device of the host."""
    members = {"helper": "redirect", "netns": "host", "symbol": "N", "function": "f", **more}
    return Exit("redirect", place=Place("lib.h", line), device=device, **members)


PASS = Exit("pass", "", Place("prog.c", 1), "f")
DROP = Exit("drop", "", Place("prog.c", 1), "f")


def journeys(mode: str, *passages: Passage, configuration: str = "c") -> list[Journey]:
    """All journeys of the node in a mode."""
    devices = {name: one for name, one in DEVICES.items() if not one.modes or mode in one.modes}
    return found([Network(mode, configuration, devices, passages, kernel())], DEVICES)


def told(one: Journey) -> list[str]:
    """The stations of a journey in short: where, what, and how it is left."""
    return [f"{hop.netns or '-'} {hop.name}: {hop.leaves}".rstrip(": ") for hop in one.hops]


def between(start: str, end: str, some: list[Journey]) -> list[list[str]]:
    """The journeys from one place to another, in short."""
    return [told(one) for one in some if (one.start, one.end) == (start, end)]
