"""The headers that come with bpf-lint: which names they answer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

# C without a library, before all else; then libc's names, and the kernel's and libbpf's.
FREESTANDING = str(Path(__file__).resolve().parent.parent / "frontend" / "include")
HOSTED = os.path.join(FREESTANDING, "hosted")
KERNEL = os.path.join(FREESTANDING, "kernel")
SUPPLIED = (FREESTANDING, HOSTED, KERNEL, os.path.join(KERNEL, "bpf"))


def supplied_headers(files: Iterable[str]) -> list[str]:
    """The headers of the kernel and of libbpf among files that are ours, as they are included."""
    paths = (os.path.normpath(file) for file in files)
    return sorted({path[len(KERNEL) + 1 :] for path in paths if path.startswith(KERNEL + os.sep)})
