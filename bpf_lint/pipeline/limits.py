"""What one task of a run may take, by default and as the user wants it."""

from __future__ import annotations

import msgspec

_LEAST = 60  # seconds in which a process that works gets a second of computing, however busy


class Limits(msgspec.Struct, frozen=True):
    """What one task may take.

    Args:
        seconds: Wall time from one sign of life to the next.
        memory: Bytes that the process may have more than at its start.
        processor: Seconds of computing from one sign of life to the next.
    """

    seconds: float = 100
    memory: int = 1200 << 20
    processor: int = 10


class Bounds(msgspec.Struct, frozen=True):
    """What the user lets a program take; 0 for what is the default.

    Args:
        seconds: Of computing: for reading a program under one set of flags (default 10), and for
            analysing one mode and configuration (default 60). Wall time may be ten times as much.
        memory: Bytes for either (default 1200 MiB and 4 GiB).
    """

    seconds: int = 0
    memory: int = 0

    def over(self, default: Limits) -> Limits:
        """Limits as the user wants them."""
        seconds, processor = default.seconds, default.processor
        if self.seconds:
            seconds = max(self.seconds * seconds / processor, _LEAST)
            processor = self.seconds
        return Limits(seconds, self.memory or default.memory, processor)
