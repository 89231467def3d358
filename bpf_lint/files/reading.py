"""Reading files: regular ones only, opened once, of a known size.

A path in an analysed tree can be a link to a device, a FIFO, or a file that never ends.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

LARGEST = 64_000_000  # bytes; headers generated from a whole kernel have some three
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def read(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """The content of a regular file.

    Args:
        largest: Size in bytes above which the file is not read.

    Raises:
        OSError: It is not there, cannot be read, is no regular file, or is too large. The error's
            `strerror` is fit for a message.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a device can have effects of its own
        raise _refused(errno.EINVAL, "is not a regular file", path)
    handle = os.open(path, _FLAGS)
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _refused(errno.EINVAL, "is not a regular file", path)
        if state.st_size > largest:
            size = f"{state.st_size / 1e6:.0f} MB"
            raise _refused(errno.EFBIG, f"is too large ({size})", path)
        data = stream.read(largest + 1)
    if len(data) > largest:  # it grows, or says that it is empty, as files in /proc do
        raise _refused(errno.EFBIG, "is too large", path)
    return data


def is_regular(path: str | os.PathLike[str]) -> bool:
    """True for a file that `read` would open."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def within(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """True where a path, links resolved, is a folder or lies below it."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _refused(number: int, why: str, path: str | os.PathLike[str]) -> OSError:
    return OSError(number, why, os.fspath(path))
