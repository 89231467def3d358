"""One virtual machine: started, watched until it ends or its time is up."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import msgspec

from ..harness.network import NotRunError
from .messages import Message
from .packages import QEMU

MEMORY, CACHE = 384, 128
APPEND = "console=ttyS0 quiet panic=-1 loglevel=4 mitigations=off nokaslr"


def run(kernel: Path, image: Path, seconds: float, name: str) -> list[Message]:
    """Run a machine, and return its report; what it did not get to is not in it.

    Args:
        kernel: The kernel's file.
        seconds: After this time it is stopped.
        name: For the console log that is kept when something goes wrong.

    Raises:
        NotRunError: Nothing came out of it.
    """
    console, report = image.with_suffix(".console"), image.with_suffix(".report")
    process = subprocess.Popen(_command(kernel, image, console, report))
    try:
        process.wait(seconds)
        problem = ""
    except subprocess.TimeoutExpired:
        problem = f"stopped after {seconds:.0f} s"
    finally:
        process.kill()
        process.wait()
    messages = _read(report)
    if not messages or not messages[-1].done:
        problem = problem or "ended early"
        kept = Path(tempfile.gettempdir()) / f"bpf-lint-console-{name}.log"
        kept.write_bytes(console.read_bytes() if console.exists() else b"")
        said = f"the machine was {problem}; its console: {kept}"
        if not messages:
            raise NotRunError(said)
        messages.append(Message(note=said))
    return messages


def _command(kernel: Path, image: Path, console: Path, report: Path) -> list[str]:
    options = f"-machine q35 -accel tcg,tb-size={CACHE} -cpu max -smp 1 -m {MEMORY}"
    options += " -display none -monitor none -no-reboot -nic none -sandbox on"
    files = ["-serial", f"file:{console}", "-serial", f"file:{report}"]
    boot = ["-kernel", str(kernel), "-initrd", str(image), "-append", APPEND]
    return [QEMU, *options.split(), *files, *boot]


def _read(report: Path) -> list[Message]:
    """Messages of a report; the last line may be cut off."""
    found: list[Message] = []
    for line in report.read_bytes().splitlines() if report.exists() else []:
        try:
            found.append(msgspec.json.decode(line, type=Message))
        except msgspec.DecodeError:
            break
    return found
