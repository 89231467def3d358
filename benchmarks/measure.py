"""Runs of a command, with their wall-clock time and their memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.05


@dataclass(frozen=True)
class Measured:
    """One run of a command.

    Args:
        seconds: Wall-clock time.
        processor: User and system time of the command and its children.
        largest: Peak resident memory of its largest process, in bytes.
        together: Peak memory of all its processes, shared pages counted once, in bytes; 0 where
            the system does not tell.
    """

    code: int
    stdout: str
    stderr: str
    seconds: float
    processor: float
    largest: int
    together: int


def measure(command: Sequence[str | Path], cwd: Path) -> Measured:
    """Run a command and wait for it."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=out, stderr=err)
        watcher = Watcher(process.pid)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watcher.stop()
        out.seek(0)
        err.seek(0)
        return Measured(
            process.returncode,
            out.read(),
            err.read(),
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
            watcher.peak,
        )


class Watcher(threading.Thread):
    """Adds up the memory of a process and its descendants, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self._done = threading.Event()

    def run(self) -> None:
        """Look until stopped."""
        while not self._done.wait(INTERVAL):
            self.peak = max(self.peak, sum(map(_memory, _family(self.pid))))

    def stop(self) -> None:
        """Stop looking."""
        self._done.set()
        self.join()


def _family(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [
            int(child) for task in tasks for child in (task / "children").read_text().split()
        ]
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in _family(child))]


def _memory(pid: int) -> int:
    """Bytes of a process, a page that several share counted in parts."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if "Pss:" in line), 0)
