"""Worker processes: they leave signals to the process that started them, and end with it."""

from __future__ import annotations

import contextlib
import multiprocessing
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
    with ProcessPoolExecutor(count, context, _begin) as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            raise


def _begin() -> None:
    """Ctrl-C is for the parent; whoever kills it must not leave processes that wait for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
