"""Keys and peers of WireGuard devices: each pair of them in a topology is connected."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .network import Network

PORT = "51820"


def connect(network: Network) -> None:
    """Give each WireGuard device a key, and all others as peers.

    A device's `options` are the address that its packets come from on the outside.
    """
    devices = {name: one for name, one in network.devices.items() if one.kind == "wireguard"}
    for name in devices:
        where, short = name.split("/")
        words = ["wg", "set", short, "listen-port", PORT, "private-key", "/dev/stdin"]
        for other, device in devices.items():
            if other != name:
                key = network.call(where, ["wg", "pubkey"], _private(other)).strip()
                words += ["peer", key, "allowed-ips", "0.0.0.0/0"]
                words += ["endpoint", f"{device.options}:{PORT}"]
        network.call(where, words, _private(name))


def _private(name: str) -> str:
    """A key that is worth nothing: made of the device's name."""
    key = bytearray(hashlib.sha256(name.encode()).digest())
    key[0] &= 248
    key[31] = key[31] & 127 | 64
    return base64.b64encode(key).decode() + "\n"
