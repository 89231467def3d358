"""Progress on standard error, for people who wait at a terminal."""

from __future__ import annotations

import sys
import time

from bpf_lint.cli.streams import output
from bpf_lint.model.printable import safe

DELAY = 0.5  # seconds; what is done sooner needs no progress


class Line:
    """One line that is written over; it also keeps the time of each stage.

    Args:
        visible: False to time only.
        estimates: True to say how long it may take.
    """

    def __init__(self, visible: bool = True, estimates: bool = False) -> None:
        self.start = time.monotonic()
        self.shown = False
        self._visible = visible
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._first: dict[str, int] = {}
        self._estimates = estimates

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        now = time.monotonic()
        self._begun.setdefault(stage, now)
        self._first.setdefault(stage, done)
        self._ended[stage] = now
        if self._visible and total and now - self.start >= DELAY:
            self._draw(f"{stage}: {done} of {total}{self._estimate(stage, done, total)}")
            self.shown = True

    def _estimate(self, stage: str, done: int, total: int) -> str:
        """How long the rest takes at the pace so far; what was known before took none."""
        fresh = done - self._first[stage]
        if not (self._estimates and fresh > 0 and done < total):
            return ""
        seconds = (self._ended[stage] - self._begun[stage]) / fresh * (total - done)
        return (
            f", about {seconds / 60:.0f} min left"
            if seconds > 90
            else f", about {seconds:.0f} s left"
        )

    def times(self) -> str:
        """Seconds by stage, the rest, and all."""
        spent = {stage: self._ended[stage] - begun for stage, begun in self._begun.items()}
        total = time.monotonic() - self.start
        spent["everything else"] = total - sum(spent.values())
        parts = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in spent.items())
        return f"time: {parts}; {total:.2f} s in all"

    def clear(self) -> None:
        """Remove the line."""
        if self.shown:
            self._draw("")
            self.shown = False

    def _draw(self, text: str) -> None:
        """Write over what the line holds."""
        stream = output(err=True)
        stream.write_own(f"\r\x1b[K{safe(text)}", styles=True)
        stream.flush()


def progress(quiet: bool, *, estimates: bool = False) -> Line:
    """Progress where somebody can see it."""
    return Line(not quiet and sys.stderr.isatty(), estimates)
