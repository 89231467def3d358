"""Pairs of devices, made and removed by rtnetlink: iproute2 knows netkit since 6.7 only."""

from __future__ import annotations

import socket
import struct

from ..records import Device
from .netlink import CREATE, EXCLUSIVE, REPLACE, attribute, request

NEW_LINK, DELETE_LINK, NEW_NEIGHBOUR = 16, 17, 28
ADDRESS, NAME, LINK_INFO, NAMESPACE = 1, 3, 18, 28
KIND, DATA = 1, 2
VETH_PEER, NETKIT_PEER, NETKIT_MODE, NETKIT_SCRUB = 1, 1, 5, 6
MODES, SCRUBS = {"l2": 0, "l3": 1}, {"none": 0, "default": 1}
UP, PERMANENT = 1, 0x80


def make_pair(name: str, device: Device, peer: str, other: Device, namespace: int) -> None:
    """Make a veth or netkit pair, its first device in this thread's namespace.

    Args:
        name, peer: Names of the two devices.
        namespace: Descriptor of the namespace that the peer is put into.

    Raises:
        OSError: The kernel refuses; it may have no netkit.
    """
    there = _described(peer, other) + attribute(NAMESPACE, struct.pack("I", namespace))
    if device.kind == "veth":
        data = attribute(VETH_PEER, there)
    else:
        data = attribute(NETKIT_MODE, struct.pack("I", MODES[device.mode]))
        if device.scrub:
            data += attribute(NETKIT_SCRUB, struct.pack("I", SCRUBS[device.scrub]))
        data += attribute(NETKIT_PEER, there)
    info = attribute(KIND, device.kind.encode() + b"\0") + attribute(DATA, data)
    body = _described(name, device) + attribute(LINK_INFO, info)
    request(NEW_LINK, body, CREATE | EXCLUSIVE)


def remove(index: int) -> None:
    """Remove a device of this thread's namespace."""
    request(DELETE_LINK, _numbered(index))


def set_up(index: int) -> None:
    """Switch a device of this thread's namespace on."""
    request(NEW_LINK, _numbered(index, UP))


def add_neighbour(index: int, address: str, mac: str) -> None:
    """Let an IPv4 address be found behind a device, always."""
    body = struct.pack("BxxxiHBB", socket.AF_INET, index, PERMANENT, 0, 0)
    body += attribute(1, socket.inet_aton(address)) + attribute(2, _bytes(mac))
    request(NEW_NEIGHBOUR, body, CREATE | REPLACE)


def _numbered(index: int, flags: int = 0) -> bytes:
    return struct.pack("BxHiII", socket.AF_UNSPEC, 0, index, flags, flags)


def _described(name: str, device: Device) -> bytes:
    """A device's number, name and address."""
    described = _numbered(device.index) + attribute(NAME, name.encode() + b"\0")
    return described + (attribute(ADDRESS, _bytes(device.mac)) if device.mac else b"")


def _bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
