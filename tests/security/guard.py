"""A process that may only read: a seccomp filter kills it where it does anything else."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from typing import NamedTuple

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Calls(NamedTuple):
    """Numbers of system calls of an architecture.

    Args:
        opens: What opens a file, each with the index of the argument that says for what.
    """

    audit: int
    opens: tuple[tuple[int, int], ...]
    never: tuple[int, ...]


# Of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h: what runs a
# program, talks to somebody, or changes what is on disk.
_CALLS = {
    "x86_64": _Calls(
        audit=0xC000003E,
        opens=((257, 2), (2, 1)),
        never=(
            *(41, 42, 44, 46, 49, 50, 53, 59, 76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 92, 101, 133),
            *(165, 188, 258, 259, 260, 263, 264, 265, 266, 268, 316, 321, 322, 425, 437),
        ),
    ),
    "aarch64": _Calls(
        audit=0xC00000B7,
        opens=((56, 2),),
        never=(
            *(5, 33, 34, 35, 36, 37, 38, 40, 45, 46, 52, 53, 54, 117, 198, 199, 200, 201, 203, 206),
            *(211, 221, 276, 280, 281, 425, 437),
        ),
    ),
}

SUPPORTED = sys.platform == "linux" and platform.machine() in _CALLS


def only_reads(work: Callable[[], object]) -> bool:
    """True where `work`, in a process of its own, does nothing but read."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        _enter()
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS)


def _enter() -> None:
    """Install the filter; there is no way back."""
    program = b"".join(_program())
    buffer = ctypes.create_string_buffer(program)
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, ctypes.create_string_buffer(head)) == 0, ctypes.get_errno()


def _program() -> list[bytes]:
    calls = _CALLS[platform.machine()]
    lines = [_line(_LOAD, 4), _line(_EQUAL, calls.audit, 1, 0), _line(_RETURN, _KILL)]
    lines.append(_line(_LOAD, 0))
    for number in calls.never:
        lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, _KILL)]
    for number, argument in calls.opens:
        lines += [
            _line(_EQUAL, number, 0, 4),
            _line(_LOAD, 16 + 8 * argument),
            _line(_ANY_BIT, _WRITING, 0, 1),
            _line(_RETURN, _KILL),
            _line(_RETURN, _ALLOW),
        ]
    return [*lines, _line(_RETURN, _ALLOW)]


def _line(code: int, operand: object, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("HBBI", code, true, false, operand)
