"""Progress on standard error, for people who wait at a terminal."""

from __future__ import annotations

import sys
import time

DELAY = 0.5  # seconds; what is done sooner needs no progress


class Line:
    """One line that is written over."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.shown = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if total and time.monotonic() - self.start >= DELAY:
            sys.stderr.write(f"\r\x1b[K{stage}: {done} of {total}")
            sys.stderr.flush()
            self.shown = True

    def clear(self) -> None:
        """Remove the line."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self.shown = False


class Quiet(Line):
    """No progress."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show nothing."""


def progress(quiet: bool) -> Line:
    """Progress where somebody can see it."""
    return Quiet() if quiet or not sys.stderr.isatty() else Line()
