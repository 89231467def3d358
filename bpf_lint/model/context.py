"""The context a program runs in: hook, device, and the namespace of `skb->dev`."""

from __future__ import annotations

import msgspec


class HookContext(msgspec.Struct, frozen=True, order=True):
    """One attachment of one entry function, in one device mode.

    Args:
        mode: Device mode of the project profile ("veth", "ipvlan", "netkit", ...).
        configuration: Name of the configuration (set of defines) of the run.
        program: Source path of the object that holds the entry.
        entry: Function that is attached, or its section where that is how it is known.
        hook: Hook of the kernel model ("tc-ingress", "netkit-primary", "xdp", ...).
        device: Device of the profile ("lxc", "pod-eth0", "netdev", ...).
        device_kind: Kind of the kernel model ("veth", "ipvlan", "netkit", "wireguard", ...).
        skb_netns: Namespace of `skb->dev` while the program runs.
        peer_netns: Namespace of the device's peer, "" where it has none.
        at_ingress: True where the kernel runs the program at tc ingress.
        l2_header: True where the packet has its Ethernet header.
        ingress_ifindex_zero: True where `skb->ingress_ifindex` is always 0.
        metadata_dst: True where a packet arrives with a tunnel's metadata as its destination.
        device_netns: Namespace of the device itself, which is not always that of `skb->dev`.
        program_type: "tc", "xdp", "lwt", ... as the kernel model names it.
    """

    mode: str
    configuration: str
    program: str
    entry: str
    hook: str
    device: str
    device_kind: str
    skb_netns: str
    peer_netns: str = ""
    at_ingress: bool = False
    l2_header: bool = True
    ingress_ifindex_zero: bool = False
    program_type: str = "tc"
    metadata_dst: bool = False
    device_netns: str = ""
