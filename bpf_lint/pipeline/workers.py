"""Worker processes: they leave signals to the process that started them, and end with it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


STOPS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Signals that come meanwhile are taken afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(parent: int) -> None:
    """Ctrl-C is for the parent; whoever kills it must not leave processes that wait for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before it could be told
            os._exit(1)
