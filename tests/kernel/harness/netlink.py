"""Requests to rtnetlink, for what is asked too often to start `ip` or `tc` for it."""

from __future__ import annotations

import os
import socket
import struct

REQUEST, ACK, REPLACE, EXCLUSIVE, CREATE = 1, 4, 0x100, 0x200, 0x400
ERROR = 2


def attribute(kind: int, value: bytes) -> bytes:
    """An attribute, padded."""
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def request(kind: int, body: bytes, flags: int = 0) -> None:
    """Send a request of this thread's namespace, and wait for the answer.

    Raises:
        OSError: The kernel's error.
    """
    head = struct.pack("IHHII", 16 + len(body), kind, REQUEST | ACK | flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as opened:
        opened.send(head + body)
        answer = opened.recv(65536)
    told, error = struct.unpack_from("H", answer, 4)[0], struct.unpack_from("i", answer, 16)[0]
    if told == ERROR and error:
        raise OSError(-error, os.strerror(-error))
