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
    """

    def __init__(self, visible: bool = True) -> None:
        self.start = time.monotonic()
        self.shown = False
        self._visible = visible
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        now = time.monotonic()
        self._begun.setdefault(stage, now)
        self._ended[stage] = now
        if self._visible and total and now - self.start >= DELAY:
            self._draw(f"{stage}: {done} of {total}")
            self.shown = True

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


def progress(quiet: bool) -> Line:
    """Progress where somebody can see it."""
    return Line(visible=not quiet and sys.stderr.isatty())
