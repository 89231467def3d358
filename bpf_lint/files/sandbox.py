"""What the kernel itself keeps a process from: files outside of the reach, writing, running, TCP.

Landlock (security/landlock/, Linux 5.13 and later) takes rights away from a process for good. The
checks of `reach` decide what is opened; this stands behind them, where a crafted source makes the
compiler library do what it should not. It needs the package py-landlock (`bpf-lint[sandbox]`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import resources
from importlib.util import find_spec

# What the interpreter and the libraries that it loads read, beside their own folders.
_LOADER = ("/etc/ld.so.cache", "/proc/self")


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


def confine(readable: Iterable[str]) -> bool:
    """Let this process read below some folders and files, and do nothing else to files.

    Args:
        readable: Absolute paths; those that do not exist are left out.

    Returns:
        True where the process is confined from now on; False where the platform cannot.
    """
    if available():
        return False
    from py_landlock import AccessFs, Landlock, LandlockError

    wanted = sorted({os.path.realpath(path) for path in (*readable, *_interpreter(), *_LOADER)})
    rules = Landlock(strict=False)
    try:
        rules.allow_read(*filter(os.path.isdir, wanted))
        # A rule of a file may not speak of folders.
        rules.add_path_rule(*filter(os.path.isfile, wanted), access=AccessFs.READ_FILE)
        rules.apply()
    except (LandlockError, OSError):
        return False
    return True


def _interpreter() -> list[str]:
    """Folders that Python, its packages and their libraries lie in."""
    own = str(resources.files("bpf_lint"))
    paths = [path for path in sys.path if os.path.isabs(path)]
    return [own, sys.prefix, sys.base_prefix, *paths, "/usr/lib", "/usr/lib64", "/lib", "/lib64"]
