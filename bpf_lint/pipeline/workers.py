"""Worker processes: they leave signals to the process that started them, and end with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


@contextlib.contextmanager
def workers(count: int, context: BaseContext) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes are stopped at once where the block is left by an exception."""
    before = set(multiprocessing.active_children())
    with ProcessPoolExecutor(count, context, begin, (os.getpid(),)) as executor:
        try:
            with signals_held():
                executor.submit(os.getpid)  # starts them all, or a signal could miss one
            yield executor
        except BaseException:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            # Waited for: its thread and the end of Python get into each other's way otherwise.
            executor.shutdown(wait=True, cancel_futures=True)
            raise


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
