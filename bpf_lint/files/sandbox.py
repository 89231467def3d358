"""What the kernel itself keeps a process from: writing, making and running files, and TCP.

Landlock (security/landlock/, Linux 5.13 and later) takes rights away from a process for good. It
stands behind what the code does not do anyway, where a crafted source makes the compiler library do
what it should not. What may be read is decided by `reach` alone: a file that the kernel refused
would be reported as one that is missing. It needs the package py-landlock (`bpf-lint[sandbox]`).
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def available() -> str:
    """Why processes cannot be confined, "" where they can."""
    if sys.platform != "linux":
        return "this platform has no Landlock"
    if find_spec("py_landlock") is None:
        return "py-landlock is not installed"
    from py_landlock import LandlockError, get_abi_version

    try:
        get_abi_version()
    except LandlockError:
        return "this kernel has no Landlock, or it is switched off"
    return ""


def confine() -> bool:
    """Let this process read files, and do nothing else to them.

    Returns:
        True where the process is confined from now on; False where the platform cannot.
    """
    if available():
        return False
    from py_landlock import Landlock, LandlockError

    try:
        Landlock(strict=False).allow_read("/").apply()
    except (LandlockError, OSError):
        return False
    return True
