"""The headers that come with bpf-lint: which names they answer."""

from __future__ import annotations

import os
from pathlib import Path

# C without a library, before all else; then libc's names, and the kernel's and libbpf's.
FREESTANDING = str(Path(__file__).resolve().parent.parent / "frontend" / "include")
HOSTED = os.path.join(FREESTANDING, "hosted")
KERNEL = os.path.join(FREESTANDING, "kernel")
SUPPLIED = (FREESTANDING, HOSTED, KERNEL, os.path.join(KERNEL, "bpf"))
