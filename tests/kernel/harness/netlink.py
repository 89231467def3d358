"""Makes netkit pairs by rtnetlink: iproute2 knows them since 6.7 only."""

from __future__ import annotations

import os
import socket
import struct

from ..records import Device

NEWLINK, ERROR = 16, 2
REQUEST, ACK, CREATE, EXCLUSIVE = 1, 4, 0x400, 0x200
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 1, 3, 18, 28
INFO_KIND, INFO_DATA = 1, 2
NETKIT_PEER_INFO, NETKIT_MODE, NETKIT_SCRUB = 1, 5, 6
MODES, SCRUBS = {"l2": 0, "l3": 1}, {"none": 0, "default": 1}


def make_netkit(name: str, device: Device, peer: str, other: Device, namespace: int) -> None:
    """Make a netkit pair in this thread's namespace.

    Args:
        name, peer: Names of the primary and of the peer device.
        namespace: Descriptor of the namespace that the peer is put into.

    Raises:
        OSError: The kernel refuses; it may have no netkit.
    """
    there = _attribute(IFLA_NET_NS_FD, struct.pack("I", namespace))
    data = _attribute(NETKIT_MODE, struct.pack("I", MODES[device.mode]))
    if device.scrub:
        data += _attribute(NETKIT_SCRUB, struct.pack("I", SCRUBS[device.scrub]))
    data += _attribute(NETKIT_PEER_INFO, _link(peer, other) + there)
    info = _attribute(INFO_KIND, b"netkit\0") + _attribute(INFO_DATA, data)
    _request(_link(name, device) + _attribute(IFLA_LINKINFO, info))


def _link(name: str, device: Device) -> bytes:
    """A device's number, name and address."""
    made = struct.pack("BxHiII", socket.AF_UNSPEC, 0, device.index, 0, 0)
    made += _attribute(IFLA_IFNAME, name.encode() + b"\0")
    if device.mac:
        made += _attribute(IFLA_ADDRESS, bytes.fromhex(device.mac.replace(":", "")))
    return made


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _request(body: bytes) -> None:
    flags = REQUEST | ACK | CREATE | EXCLUSIVE
    head = struct.pack("IHHII", 16 + len(body), NEWLINK, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as opened:
        opened.send(head + body)
        answer = opened.recv(65536)
    kind, error = struct.unpack_from("H", answer, 4)[0], struct.unpack_from("i", answer, 16)[0]
    if kind == ERROR and error:
        raise OSError(-error, os.strerror(-error))
