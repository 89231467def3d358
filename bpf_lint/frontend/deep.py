"""A stack that is large enough for deeply nested source.

libclang and lowering recurse as deeply as the source nests: long chains of `else if`, of
`case` labels and of binary operators are deep. On the usual 8 MB, libclang ends the process
at some ten thousand levels.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Final, TypeVar

DEEPEST: Final = 10_000

_STACK_BYTES: Final = 512 << 20
_FRAMES_PER_LEVEL: Final = 10

_Result = TypeVar("_Result")


class NestedTooDeeplyError(Exception):
    """Source that nests deeper than `DEEPEST`."""


def run(function: Callable[[], _Result]) -> _Result:
    """Call `function` on a large stack; what it raises is raised here."""
    results: list[_Result] = []
    raised: list[BaseException] = []

    def target() -> None:
        try:
            results.append(function())
        except BaseException as error:
            raised.append(error)

    # libclang otherwise parses on a thread of its own, with the usual stack.
    os.environ["LIBCLANG_NOTHREADS"] = "1"
    sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEPEST * _FRAMES_PER_LEVEL))
    previous = threading.stack_size(_STACK_BYTES)
    try:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join()
    if raised:
        raise raised[0]
    return results[0]
