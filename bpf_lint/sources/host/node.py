"""Devices of a node with their kinds and peers, and the programs that are attached to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.sources.host.shapes import BpfLink, Hooked, Link, Net, Prog, decoded
from bpf_lint.sources.host.taken import HOST, Taken

Key = tuple[str, int]  # namespace, ifindex
ETHER, ETHERNET = "ether", "ethernet"  # the kernel's link type, and the kind that stands for it
UNKNOWN = "unknown"


class HostDevice(msgspec.Struct, frozen=True):
    """A device.

    Args:
        kind: Kind of the kernel model.
        peer: Its peer, None where it has none or that is not known.
        away: True where its peer is in a namespace that was not looked at.
        external: True for a tunnel that serves all tunnels.
    """

    netns: str
    ifindex: int
    name: str
    kind: str
    peer: Key | None = None
    away: bool = False
    external: bool = False


class HostAttachment(msgspec.Struct, frozen=True, order=True):
    """A program at a hook of the kernel model."""

    netns: str
    ifindex: int
    hook: str
    program: str


class Node(msgspec.Struct, frozen=True):
    """A node.

    Args:
        users: Namespaces of devices where programs use a map, by the map's number.
        left: What was met and cannot be said in a configuration, one line each.
    """

    devices: dict[Key, HostDevice]
    attachments: tuple[HostAttachment, ...]
    users: dict[int, set[str]]
    left: tuple[str, ...] = ()


def node_of(taken: Taken, kernel: KernelModel) -> Node:
    """The node that outputs of `ip` and `bpftool` describe.

    Raises:
        InputError: One of the outputs has another shape.
    """
    links = {
        (netns, one.ifindex): one
        for netns, name in _namespaces(taken, "ip")
        for one in decoded(name, taken[name], list[Link])
    }
    ends = _ends(links)
    devices = {key: _device(key, one, ends, kernel) for key, one in links.items()}
    programs = {
        one.id: one
        for one in (decoded("prog", taken["prog"], list[Prog]) if "prog" in taken else [])
    }
    found: set[HostAttachment] = set()
    left: list[str] = []
    users: dict[int, set[str]] = {}
    for (netns, ifindex), hook, number in _hooked(taken, links):
        program = programs.get(number, Prog(number, f"program {number}"))
        at = _hook(hook, kernel)
        if at and (netns, ifindex) in devices:
            found.add(HostAttachment(netns, ifindex, at, program.name))
            for one in program.map_ids:
                users.setdefault(one, set()).add(netns)
        else:
            where = netns or "one of several namespaces"
            left.append(f"{program.name} at {hook} of device {ifindex} in {where}")
    return Node(devices, tuple(sorted(found)), users, tuple(dict.fromkeys(left)))


def kind_of(link: Link, kernel: KernelModel) -> str:
    """The kind of the kernel model that a device is of."""
    info = link.linkinfo
    mode = info.info_data.get("mode")
    for name in (f"{info.info_kind}-{mode}", info.info_kind):
        kind = kernel.devices.get(name)
        # A tap device is of the kind "tun", but with an Ethernet header.
        if kind is not None and (kind.l2_header or link.link_type != ETHER):
            return name
    if info.info_kind and info.info_kind not in kernel.devices:
        return UNKNOWN
    name = ETHERNET if link.link_type == ETHER else link.link_type
    return name if name in kernel.devices else UNKNOWN


def _device(
    key: Key, link: Link, ends: Mapping[object, list[Key]], kernel: KernelModel
) -> HostDevice:
    kind = kind_of(link, kernel)
    paired = kernel.devices[kind].has_peer
    peer = _peer(key, link, ends) if paired else None
    return HostDevice(
        key[0],
        link.ifindex,
        link.ifname,
        kind,
        peer,
        paired and peer is None,
        link.linkinfo.info_data.get("external") is True,
    )


def _ends(links: Mapping[Key, Link]) -> dict[object, list[Key]]:
    """Devices by what the other end of a pair says of them."""
    found: dict[object, list[Key]] = {}
    for key, one in links.items():
        across = (one.ifindex, one.link_index, one.linkinfo.info_kind)
        found.setdefault((key[0], one.ifname) if one.link_netnsid is None else across, []).append(
            key
        )
    return found


def _peer(key: Key, link: Link, ends: Mapping[object, list[Key]]) -> Key | None:
    """The other end of a pair: the one device that names this one as its own other end."""
    if link.link_netnsid is None:
        found = ends.get((key[0], link.link), [])
    else:
        across = ends.get((link.link_index, link.ifindex, link.linkinfo.info_kind), [])
        found = [one for one in across if one[0] != key[0]]
    return found[0] if len(found) == 1 else None


def _namespaces(taken: Taken, what: str) -> Iterator[tuple[str, str]]:
    """(namespace, name of the output) of all outputs of a kind."""
    for name in sorted(taken):
        netns, _, last = name.rpartition(".")
        if last == what:
            yield netns or HOST, name


def _hooked(taken: Taken, links: Mapping[Key, Link]) -> Iterator[tuple[Key, str, int]]:
    """(device, hook as bpftool calls it, program's number) of everything that is attached."""
    seen: set[tuple[int, int]] = set()
    for netns, name in _namespaces(taken, "net"):
        for net in decoded(name, taken[name], list[Net]):
            for hook, one in [*(("xdp", x) for x in net.xdp), *((t.kind, t) for t in net.tc)]:
                seen.add((one.ifindex, _number(one)))
                yield (netns, one.ifindex), hook, _number(one)
    homes: dict[int, list[str]] = {}
    for netns, ifindex in links:
        homes.setdefault(ifindex, []).append(netns)
    for link in decoded("link", taken["link"], list[BpfLink]) if "link" in taken else []:
        if link.ifindex and (link.ifindex, link.prog_id) not in seen:
            places = homes.get(link.ifindex, [])  # a link does not say in which namespace it is
            where = places[0] if len(places) == 1 else ""
            hook = str(link.attach_type or link.type).replace("_", "/")
            yield (where, link.ifindex), hook, link.prog_id


def _number(one: Hooked) -> int:
    return one.prog_id or one.id


def _hook(name: str, kernel: KernelModel) -> str:
    """The hook of the kernel model: "clsact/ingress" and "tcx/ingress" are tc's."""
    first, _, direction = name.partition("/")
    for hook in (name, f"{first}-{direction}", f"tc-{direction}"):
        if hook in kernel.hooks:
            return hook
    return ""
