"""The parts of the kernel harness that need no root."""

from __future__ import annotations

import struct

import pytest

from .harness.loader import Object
from .harness.network import NotRunError, link
from .harness.programs import compile_actor
from .harness.run import classify
from .harness.traffic import MARKER, _packet, is_ours
from .records import experiments, topology


@pytest.mark.parametrize(
    ("name", "returned", "wanted", "strayed", "passed", "outcome"),
    [
        ("V-red0-li-same", 7, 5, 0, 0, "DELIVERED"),
        ("V-red0-li-absent", 7, 0, 0, 0, "DROPPED"),
        ("V-red0-li-coll", 7, 0, 5, 0, "MISDELIVERED"),
        ("V-red-discard", 7, 0, 0, 5, "NORMAL-PATH"),
        ("V-clone-li", 0, 5, 0, 5, "CLONE-DELIVERED,ORIGINAL-DELIVERED"),
        ("V-clone-absent", -22, 5, 0, 5, "CLONE-FAILED,ORIGINAL-DELIVERED"),
        ("V-clone-coll", 0, 0, 5, 5, "CLONE-MISDELIVERED,ORIGINAL-DELIVERED"),
    ],
)
def test_outcome_classes(
    name: str, returned: int, wanted: int, strayed: int, passed: int, outcome: str
) -> None:
    assert classify(experiments()[name], returned, wanted, strayed, passed) == outcome


@pytest.mark.parametrize(
    ("name", "device", "command"),
    [
        ("ipvlan-l3s", "pod/eth0", "link add link eth0 name eth0 index 50 netns @pod type ipvlan"),
        (
            "ipvlan-l3-vepa",
            "pod/eth0",
            "link add link eth0 name eth0 index 50 netns @pod type ipvlan",
        ),
        ("macvlan", "host/mv0", "link add link eth0 name mv0 index 30 address 02:00:00:00:00:30"),
        ("veth", "host/vx0", "link add vx0 index 70 address 02:00:00:00:00:70 type vxlan id 42"),
    ],
)
def test_links_are_made_with_their_numbers(name: str, device: str, command: str) -> None:
    devices = topology(name).devices
    where, made = link(device, devices[device])
    assert where == "host"
    assert made.startswith(command)


def test_packet_has_a_valid_checksum() -> None:
    packet = _packet("10.0.0.1>10.0.0.254")
    total = sum(struct.unpack("!10H", packet[:20]))
    assert total % 0xFFFF == 0
    assert packet.endswith(MARKER) and len(packet) == struct.unpack_from("!H", packet, 2)[0]


def test_loader_fills_in_maps() -> None:
    try:
        actor: Object = compile_actor()
    except NotRunError as error:
        pytest.skip(f"not run: {error}")
    code = actor.program("tc_actor", {"settings": 1111, "report": 2222, "devices": 3333})
    loads = [code[at : at + 8] for at in range(0, len(code), 8) if code[at] == 0x18]
    maps = {struct.unpack_from("<i", one, 4)[0] for one in loads if one[1] >> 4 == 1}
    assert maps == {1111, 2222}
    assert len(code) % 8 == 0


def test_quoted_packets_are_not_counted() -> None:
    packet = _packet("10.0.0.1>10.0.0.254")
    ethernet = bytes(12) + b"\x08\x00"
    assert is_ours(packet)
    assert is_ours(ethernet + packet)
    assert is_ours(ethernet + ethernet + packet)
    assert is_ours(MARKER)
    icmp = packet[:9] + b"\x01" + packet[10:20] + bytes(8)
    assert not is_ours(icmp + packet)
    assert not is_ours(ethernet + icmp + packet)
    assert not is_ours(ethernet + b"something else")


def test_quoted_packets_of_ipv6_are_not_counted() -> None:
    ethernet = bytes(12) + b"\x86\xdd"
    packet = b"\x60" + bytes(5) + b"\x11" + bytes(33) + bytes(8) + MARKER
    icmp = b"\x60" + bytes(5) + b"\x3a" + bytes(33) + bytes(8)
    assert is_ours(packet) and is_ours(ethernet + packet)
    assert not is_ours(icmp + packet)
    assert not is_ours(ethernet + icmp + packet)
