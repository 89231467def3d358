"""Reading files of an analysed tree as text: regular files only, and no more than a limit."""

from __future__ import annotations

import os
import stat
from functools import cache

LIMIT = 8_000_000  # bytes; a generated vmlinux.h has three million


def read_text(path: str, limit: int = LIMIT) -> str:
    """The text of a file; "" where it is no regular file or cannot be read.

    Bytes that are not UTF-8 are replaced, and what lies behind the limit is left out.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(handle)


@cache
def is_file(path: str) -> bool:
    """True for a regular file; asked once a run."""
    return os.path.isfile(path)


def forget() -> None:
    """Look at the disk again: called where a run begins."""
    is_file.cache_clear()
