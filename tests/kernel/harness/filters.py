"""Programs attached by clsact: the way of kernels without tcx, and the old way on all."""

from __future__ import annotations

import errno
import os
import socket
import struct
from contextlib import ExitStack

from . import linux
from .netlink import CREATE, EXCLUSIVE, attribute, request

NEW_QDISC, DELETE_QDISC, NEW_FILTER = 36, 37, 44
KIND, OPTIONS = 1, 2
CLSACT = 0xFFFFFFF1
PARENTS = {"tc-ingress": 0xFFFFFFF2, "tc-egress": 0xFFFFFFF3}
ALL_PROTOCOLS = 0x0300
BPF_DESCRIPTOR, BPF_NAME, BPF_FLAGS, DIRECT_ACTION = 6, 7, 8, 1


def has_tcx() -> bool:
    """True where programs can be attached to tc hooks by links; else through clsact."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 6)


def attach(program: int, index: int, hook: str, namespace: int, attached: ExitStack) -> None:
    """Attach a program to a device of a namespace, until `attached` is closed."""
    with linux.inside(namespace):
        try:
            request(NEW_QDISC, _handle(index, 0xFFFF0000, CLSACT, b"clsact"), CREATE | EXCLUSIVE)
            attached.callback(_remove, index, namespace)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
        options = attribute(BPF_DESCRIPTOR, struct.pack("I", program))
        options += attribute(BPF_NAME, b"experiment\0")
        options += attribute(BPF_FLAGS, struct.pack("I", DIRECT_ACTION))
        body = _handle(index, 0, PARENTS[hook], b"bpf", ALL_PROTOCOLS)
        request(NEW_FILTER, body + attribute(OPTIONS, options), CREATE | EXCLUSIVE)


def _handle(index: int, handle: int, parent: int, kind: bytes, info: int = 0) -> bytes:
    body = struct.pack("BxxxiIII", socket.AF_UNSPEC, index, handle, parent, info)
    return body + attribute(KIND, kind + b"\0")


def _remove(index: int, namespace: int) -> None:
    """Remove the queue and its filters; moving the device has already done so."""
    with linux.inside(namespace):
        try:
            request(DELETE_QDISC, _handle(index, 0xFFFF0000, CLSACT, b"clsact"))
        except OSError as error:
            if error.errno not in (errno.ENODEV, errno.EINVAL, errno.ENOENT):
                raise
