"""Packets of an experiment: sending them, and seeing where they come out."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import linux
from .network import Network

PORT = 4242
MARKER = b"bpf-lint-packet"
# Of IPv4 and UDP; ICMP is 28 octets longer.
HEADERS, VERSION, ICMP = 28, 0x45, 1
# The same of IPv6; with what comes before them in an ICMP error.
QUOTED_6, VERSION_6, ICMP_6 = 96, 6, 58
FAMILIES = {"udp": socket.AF_INET, "udp6": socket.AF_INET6}
ANY_PROTOCOL, IPV4, UDP, OUTGOING = 3, 0x0800, 17, 4


class Watch:
    """Counts the packets of experiments at devices ("netns/name"), sockets and tun files."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.sockets: dict[str, socket.socket] = {}

    def device(self, name: str) -> None:
        """Count what passes a device."""
        where, short = name.split("/")
        with linux.inside(self.network.namespaces[where]):
            kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
            opened = socket.socket(socket.AF_PACKET, kind, socket.htons(ANY_PROTOCOL))
            opened.bind((short, ANY_PROTOCOL))
        self.sockets[name] = opened

    def receiver(self, where: str, kind: str = "udp") -> None:
        """Count what a program in a namespace would receive, by IPv4 or IPv6 ("udp6")."""
        with linux.inside(self.network.namespaces[where]):
            opened = socket.socket(FAMILIES[kind], socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            opened.bind(("", PORT))
        self.sockets[f"{kind}:{where}"] = opened

    def point(self, name: str) -> None:
        """Count at a point as experiments write it: "netns/name:in", "udp:netns", "tunfd:name"."""
        kind, _, rest = name.partition(":")
        if kind in FAMILIES:
            self.receiver(rest, kind) if name not in self.sockets else None
        elif kind != "tunfd" and kind not in self.sockets:
            self.device(kind)

    def decoy(self, *names: str) -> None:
        """Count at both ends of a decoy."""
        for name in names:
            self.device(name)

    def counts(self) -> dict[str, int]:
        """Packets by point, once they have settled."""
        time.sleep(self.network.topology.settle)
        return self.seen()

    def seen(self) -> dict[str, int]:
        """Packets by point, now."""
        found: dict[str, int] = {}
        for name, opened in self.sockets.items():
            for direction in _read(opened):
                point = name if name.partition(":")[0] in FAMILIES else f"{name}:{direction}"
                found[point] = found.get(point, 0) + 1
        for name, descriptor in self.network.tuns.items():
            found[f"tunfd:{name}"] = _read_tun(descriptor)
        return found

    def forget(self) -> None:
        """Forget what has arrived."""
        for opened in self.sockets.values():
            _read(opened)
        for descriptor in self.network.tuns.values():
            _read_tun(descriptor)

    def close(self) -> None:
        """Stop counting."""
        for opened in self.sockets.values():
            opened.close()


def _read(opened: socket.socket) -> list[str]:
    """Direction of each packet of ours that has arrived at a socket."""
    found: list[str] = []
    while True:
        try:
            data, source = opened.recvfrom(2048)
        except BlockingIOError:
            return found
        if is_ours(data):
            outgoing = opened.family == socket.AF_PACKET and source[2] == OUTGOING
            found.append("out" if outgoing else "in")


def is_ours(data: bytes) -> bool:
    """True for a packet of an experiment, in whatever headers; False for ICMP that quotes one.

    A neighbour that does not answer is reported seconds later, when something else is run.
    """
    at = data.find(MARKER) - HEADERS
    if at < 0:
        return at + HEADERS >= 0
    before = data[at - 28 :] if at >= 28 else b"\0" * 10
    if before[0] == VERSION and before[9] == ICMP:
        return False
    quoting = data[at + HEADERS - QUOTED_6 :] if at + HEADERS >= QUOTED_6 else bytes(7)
    return not (quoting[0] >> 4 == VERSION_6 and quoting[6] == ICMP_6)


def _read_tun(descriptor: int) -> int:
    found = 0
    while True:
        try:
            found += is_ours(os.read(descriptor, 2048))
        except BlockingIOError:
            return found


def send(network: Network, how: str, packets: int) -> None:
    """Send packets.

    Args:
        how: "udp:netns:to[:mark]", "udp6:netns:to", "raw:device:from>to:device" or
            "tun:name:from>to".
    """
    kind, where, rest = how.split(":", 2)
    if kind == "udp":
        to, _, mark = rest.partition(":")
        _send_udp(network, where, (socket.AF_INET, to), packets, mark)
    elif kind == "udp6":
        _send_udp(network, where, (socket.AF_INET6, rest), packets)
    elif kind == "raw":
        addresses, _, receiver = rest.partition(":")
        _send_frames(network, where, addresses, receiver, packets)
    else:
        for _ in range(packets):
            os.write(network.tuns[where], _packet(rest))


def _send_udp(
    network: Network, where: str, to: tuple[int, str], packets: int, mark: str = ""
) -> None:
    family, address = to
    with (
        linux.inside(network.namespaces[where]),
        socket.socket(family, socket.SOCK_DGRAM) as opened,
    ):
        if mark:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, int(mark, 0))
        for _ in range(packets):
            # A route's program has dropped it.
            with suppress_errno(errno.EPERM):
                opened.sendto(MARKER, (address, PORT))


def _send_frames(network: Network, name: str, addresses: str, receiver: str, packets: int) -> None:
    where, short = name.split("/")
    ends = network.address(receiver) + network.address(name)
    frame = ends + struct.pack("!H", IPV4) + _packet(addresses)
    with (
        linux.inside(network.namespaces[where]),
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as opened,
    ):
        opened.bind((short, IPV4))
        for _ in range(packets):
            # A program at the device's own egress has dropped it.
            with suppress_errno(errno.ENOBUFS):
                opened.send(frame)


@contextmanager
def suppress_errno(number: int) -> Iterator[None]:
    """Go on after one kind of OSError."""
    try:
        yield
    except OSError as error:
        if error.errno != number:
            raise


def _packet(addresses: str) -> bytes:
    """An IPv4 packet with UDP and the marker."""
    source, to = (socket.inet_aton(part) for part in addresses.split(">"))
    length = 28 + len(MARKER)
    head = struct.pack("!BBHHHBBH4s4s", VERSION, 0, length, 1, 0, 64, UDP, 0, source, to)
    head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    return head + struct.pack("!HHHH", PORT, PORT, length - 20, 0) + MARKER


def _checksum(head: bytes) -> int:
    total: int = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
