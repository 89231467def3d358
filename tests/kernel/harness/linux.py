"""System calls that Python 3.11 does not have: namespaces and bpf(2)."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_REC_PRIVATE = 0x4000 | 0x40000
BPF_NUMBER = {"x86_64": 321, "aarch64": 280}

MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, PROG_LOAD, OBJ_PIN, LINK_CREATE = 0, 1, 2, 5, 6, 28

_libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """A system call's result, or its error as OSError."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def bpf(command: int, attributes: bytes) -> int:
    """bpf(2): the new file descriptor, or 0."""
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    number = BPF_NUMBER[platform.machine()]
    return check(_libc.syscall(number, command, buffer, 128), f"bpf({command})")


def address(buffer: ctypes.Array[ctypes.c_char]) -> int:
    """Address of a buffer, for a field of bpf(2)'s attributes."""
    return ctypes.addressof(buffer)


def setns(descriptor: int) -> None:
    """Move this thread into a network namespace."""
    check(_libc.setns(descriptor, CLONE_NEWNET), "setns")


def new_netns() -> int:
    """A new network namespace, which lives as long as the descriptor."""
    here = current_netns()
    try:
        check(_libc.unshare(CLONE_NEWNET), "unshare")
        return current_netns()
    finally:
        setns(here)
        os.close(here)


def current_netns() -> int:
    """A descriptor of this thread's network namespace."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def inside(descriptor: int) -> Iterator[None]:
    """Run in a network namespace, then come back."""
    here = current_netns()
    setns(descriptor)
    try:
        yield
    finally:
        setns(here)
        os.close(here)


def private_bpffs(folder: str) -> None:
    """Mount a BPF file system that only this process and its children see."""
    check(_libc.unshare(CLONE_NEWNS), "unshare")
    check(_libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None), "mount")
    check(_libc.mount(b"bpf", folder.encode(), b"bpf", 0, None), "mount bpffs")


def create_map(kind: int, key: int, value: int, entries: int) -> int:
    """A BPF map."""
    return bpf(MAP_CREATE, struct.pack("IIII", kind, key, value, entries))


def update_map(descriptor: int, key: bytes, value: bytes) -> None:
    """Write one entry."""
    _element(MAP_UPDATE, descriptor, key, ctypes.create_string_buffer(value, len(value)))


def look_up(descriptor: int, key: bytes, size: int) -> bytes:
    """Read one entry."""
    buffer = ctypes.create_string_buffer(size)
    _element(MAP_LOOKUP, descriptor, key, buffer)
    return buffer.raw


def _element(command: int, descriptor: int, key: bytes, value: ctypes.Array[ctypes.c_char]) -> None:
    keys = ctypes.create_string_buffer(key, len(key))
    bpf(command, struct.pack("IxxxxQQQ", descriptor, address(keys), address(value), 0))


def load_program(kind: int, instructions: bytes) -> int:
    """Load a program.

    Raises:
        OSError: The verifier refuses it; the message has the end of its log.
    """
    code = ctypes.create_string_buffer(instructions, len(instructions))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(1 << 20)
    fields = (kind, len(instructions) // 8, address(code), address(licence))
    attributes = struct.pack("IIQQIIQ", *fields, 1, len(log), address(log))
    try:
        return bpf(PROG_LOAD, attributes)
    except OSError as error:
        told = log.value.decode(errors="replace").strip()[-2000:]
        raise OSError(error.errno, f"the verifier refuses it: {told}") from None


def pin(descriptor: int, path: str) -> None:
    """Give a program a name in a BPF file system."""
    name = ctypes.create_string_buffer(path.encode())
    bpf(OBJ_PIN, struct.pack("QI", address(name), descriptor))


def attach(program: int, ifindex: int, kind: int, flags: int = 0) -> int:
    """Attach a program to a device of this namespace, until the descriptor is closed."""
    return bpf(LINK_CREATE, struct.pack("IIII", program, ifindex, kind, flags))
