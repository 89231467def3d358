"""One virtual machine: started, watched until it ends or its time is up."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import msgspec

from .messages import Message
from .packages import QEMU

MEMORY, CACHE = 384, 128
APPEND = "console=ttyS0 quiet panic=-1 loglevel=4 mitigations=off nokaslr"
PR_SET_PDEATHSIG = 1


class Machine:
    """A running machine; use as a context manager. It also dies with this process.

    Args:
        name: For the console log that is kept when something goes wrong.
        kernel, image: The kernel's file and its first file system.
    """

    def __init__(self, name: str, kernel: Path, image: Path) -> None:
        self.name = name
        self.console = image.with_suffix(".console")
        self.report = image.with_suffix(".report")
        self.started = time.monotonic()
        command = _command(kernel, image, self.console, self.report)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent
        )

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def finish(self, seconds: float) -> list[Message]:
        """Wait until the machine ends, and return its report.

        What the machine did not get to is not in it; the last message then says why.

        Args:
            seconds: So long after its start it is stopped.
        """
        problem = "ended early"
        try:
            self.process.wait(max(0.0, self.started + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            problem = f"was stopped after {seconds:.0f} s"
            self.process.kill()
            self.process.wait()
        messages = read(self.report)
        if not messages or not messages[-1].done:
            messages.append(Message(note=f"the machine {problem}; its console: {self._keep()}"))
        return messages

    def _keep(self) -> Path:
        kept = Path(tempfile.gettempdir()) / f"bpf-lint-console-{self.name}.log"
        kept.write_bytes(self.console.read_bytes() if self.console.exists() else b"")
        return kept


def read(report: Path) -> list[Message]:
    """Messages of a report; the last line may be cut off."""
    found: list[Message] = []
    for line in report.read_bytes().splitlines() if report.exists() else []:
        try:
            found.append(msgspec.json.decode(line, type=Message))
        except msgspec.DecodeError:
            break
    return found


def _command(kernel: Path, image: Path, console: Path, report: Path) -> list[str]:
    options = f"-machine q35 -accel tcg,tb-size={CACHE} -cpu max -smp 1 -m {MEMORY}"
    options += " -display none -monitor none -no-reboot -nic none -sandbox on"
    files = ["-serial", f"file:{console}", "-serial", f"file:{report}"]
    boot = ["-kernel", str(kernel), "-initrd", str(image), "-append", APPEND]
    return [QEMU, *options.split(), *files, *boot]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
