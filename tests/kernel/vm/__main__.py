"""Runs the experiments on kernels from Debian packages: `python -m tests.kernel.vm [6.12] [ID]`."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import msgspec

from ..compare import Summary
from ..harness.network import NotRunError
from ..harness.programs import compile_to
from ..records import experiments
from . import image, modules, packages
from .machine import Machine
from .messages import Jobs, Message

SECONDS = 270.0
# Unpacked packages stay in this folder between runs, if it is set.
KEEP = "BPF_LINT_KERNELS"


def main() -> int:
    """Run on all kernels that are asked for, at the same time, and return the exit code."""
    asked = sys.argv[1:]
    series = [one for one in asked if one in packages.KERNELS] or list(packages.KERNELS)
    ids = [one for one in asked if one not in packages.KERNELS]
    jobs = Jobs([name for name in experiments() if not ids or name.startswith(tuple(ids))])
    # Ctrl-C and a stop from outside take the machines and all files along.
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="bpf-lint-") as name, ExitStack() as machines:
        started = [
            machines.enter_context(machine)
            for one in series
            if (machine := _start(one, jobs, Path(name)))
        ]
        return max([_summarize(one, jobs) for one in started], default=0)


def _start(series: str, jobs: Jobs, folder: Path) -> Machine | None:
    """Start a machine, or say why it cannot be."""
    try:
        if platform.machine() != "x86_64":
            raise NotRunError("the packages are for x86_64 only")
        return _boot(series, jobs, folder)
    except NotRunError as error:
        print(f"not run: {len(jobs.experiments)} experiments on {series} ({error})")
        return None


def _boot(series: str, jobs: Jobs, folder: Path) -> Machine:
    cache = Path(os.environ.get(KEEP) or folder)
    packages.install_qemu()
    kernel = packages.unpack_kernel(series, cache)
    tools = packages.unpack(packages.WIREGUARD_TOOLS, cache)
    files = {"actor.o": compile_to(folder / f"{series}.o"), "jobs.json": msgspec.json.encode(jobs)}
    path = folder / f"{series}.image"
    image.build(path, modules.load_order(kernel), files, tools)
    return Machine(series, next(kernel.glob("boot/vmlinuz-*")), path)


def _summarize(machine: Machine, jobs: Jobs) -> int:
    messages = machine.finish(SECONDS)
    release = next((one.booted for one in messages if one.booted), machine.name)
    summary = Summary(release, machine.started)
    for message in messages:
        _take(message, summary)
    left = len(jobs.experiments) - summary.done - summary.missing.total()
    if left:
        summary.missing["the machine ended before them"] += left
    return summary.print()


def _take(message: Message, summary: Summary) -> None:
    if message.observed:
        summary.compare(message.observed)
    elif message.missing:
        summary.missing[message.note] += 1
    elif message.note:
        print(f"{summary.release}: {message.note}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
