"""Runs the experiments on kernels from Debian packages: `python -m tests.kernel.vm [6.12] [ID]`."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..compare import Summary
from ..harness.network import NotRunError
from ..harness.programs import compile_to
from ..records import experiments
from . import image, machine, modules, packages
from .messages import Jobs, Message

SECONDS = 200.0
# Unpacked packages stay here between runs, if it is set.
KEEP = "BPF_LINT_KERNELS"


def main() -> int:
    """Run all kernels that are asked for, both at a time, and return the exit code."""
    asked = sys.argv[1:]
    series = [one for one in asked if one in packages.KERNELS] or list(packages.KERNELS)
    ids = [one for one in asked if one not in packages.KERNELS]
    jobs = Jobs([name for name in experiments() if not ids or name.startswith(tuple(ids))])
    if platform.machine() != "x86_64":
        print(f"not run: kernels {', '.join(series)} (packages are for x86_64 only)")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    with _folder() as (cache, folder), ThreadPoolExecutor(len(series)) as pool:
        return max(pool.map(lambda one: _run_series(one, jobs, cache, folder), series))


def _run_series(series: str, jobs: Jobs, cache: Path, folder: Path) -> int:
    try:
        messages = _boot(series, jobs, cache, folder)
    except NotRunError as error:
        print(f"not run: {len(jobs.experiments)} experiments on {series} ({error})")
        return 0
    return _summarize(messages, jobs)


def _boot(series: str, jobs: Jobs, cache: Path, folder: Path) -> list[Message]:
    packages.install_qemu()
    kernel = packages.unpack_kernel(series, cache)
    tools = cache / packages.WIREGUARD_TOOLS
    files = {"actor.o": compile_to(folder / f"{series}.o"), "jobs.json": msgspec.json.encode(jobs)}
    path = folder / f"{series}.image"
    image.build(path, modules.load_order(kernel), files, tools)
    return machine.run(next(kernel.glob("boot/vmlinuz-*")), path, SECONDS, series)


def _summarize(messages: list[Message], jobs: Jobs) -> int:
    release = next((one.booted for one in messages if one.booted), "?")
    summary = Summary(release)
    for message in messages:
        if message.observed:
            summary.compare(message.observed)
        elif message.missing:
            summary.missing[message.note] += 1
        elif message.note:
            print(f"{release}: {message.note}")
    left = len(jobs.experiments) - summary.done - summary.missing.total()
    if left:
        summary.missing["the machine ended before them"] += left
    return summary.print()


@contextmanager
def _folder() -> Iterator[tuple[Path, Path]]:
    """A folder for packages and one for this run."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-") as name:
        kept = os.environ.get(KEEP)
        yield Path(kept) if kept else Path(name), Path(name)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
