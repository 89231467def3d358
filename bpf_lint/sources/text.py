"""Files of an analysed tree as text."""

from __future__ import annotations

import os
from functools import cache

from bpf_lint.files.reading import read

LIMIT = 8_000_000  # bytes; a generated vmlinux.h has three million


def read_text(path: str, limit: int = LIMIT) -> str:
    """The text of a file; "" where it is no regular file, is larger, or cannot be read.

    Bytes that are not UTF-8 are replaced.
    """
    try:
        return read(path, limit).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


@cache
def is_file(path: str) -> bool:
    """True for a regular file; asked once a run."""
    return os.path.isfile(path)


def forget() -> None:
    """Look at the disk again: called where a run begins."""
    is_file.cache_clear()
