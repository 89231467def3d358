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
from ..named import TOPOLOGIES, Names
from ..records import experiments
from ..suite import TrialSummary, objects, trials, virtual_modes
from . import image, modules, packages
from .machine import Machine
from .messages import Jobs, Message

SECONDS = 270.0
RARE = ("ipvlan", "netkit", "wireguard")
# Select no experiment, but the trials, or the devices of all topologies.
TRIALS, DEVICES = "trials", "devices"
ENDED = "the machine ended before them"
# Unpacked packages stay in this folder between runs, if it is set.
KEEP = "BPF_LINT_KERNELS"


def main() -> int:
    """Run on all kernels that are asked for, at the same time, and return the exit code."""
    asked = sys.argv[1:]
    series = [one for one in asked if one in packages.SERIES] or list(packages.KERNELS)
    jobs = _jobs([one for one in asked if one not in packages.SERIES])
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(series, jobs)
    except KeyboardInterrupt:
        print("interrupted: the machines are stopped, their files removed", file=sys.stderr)
        return 130


def _run(series: list[str], jobs: Jobs) -> int:
    """Start all machines, then wait for each; whatever happens, nothing of them stays."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-") as name, ExitStack() as machines:
        started = [
            machines.enter_context(machine)
            for one in series
            if (machine := _start(one, jobs, Path(name)))
        ]
        return max([_summarize(one, jobs) for one in started], default=0)


def _jobs(asked: list[str]) -> Jobs:
    """All jobs, or those asked for; first what few machines can run."""
    names = [one for one in experiments() if not asked or one.startswith(tuple(asked))]
    rare = [one for one in names if experiments()[one].topology.startswith(RARE)]
    tried = trials(virtual_modes()) if not asked or asked == [TRIALS] else []
    made = TOPOLOGIES if not asked or asked == [DEVICES] else []
    return Jobs(rare, tried, [one for one in names if one not in rare], made)


def _start(series: str, jobs: Jobs, folder: Path) -> Machine | None:
    """Start a machine, or say why it cannot be."""
    try:
        if platform.machine() != "x86_64":
            raise NotRunError("the packages are for x86_64 only")
        return _boot(series, jobs, folder)
    except NotRunError as error:
        number = len(jobs.experiments) + len(jobs.more)
        counts = f"{number} experiments and {len(jobs.trials)} trials"
        print(f"not run: {counts} on kernel {series} ({error})")
        return None


def _boot(series: str, jobs: Jobs, folder: Path) -> Machine:
    cache = Path(os.environ.get(KEEP) or folder)
    packages.install_qemu()
    kernel = packages.unpack_kernel(series, cache)
    tools = packages.unpack(packages.WIREGUARD_TOOLS, cache)
    files = {"actor.o": compile_to(folder / f"{series}.o"), "jobs.json": msgspec.json.encode(jobs)}
    files |= objects(virtual_modes()) if jobs.trials else {}
    path = folder / f"{series}.image"
    image.build(path, modules.load_order(kernel), files, tools)
    return Machine(series, packages.kernel_file(kernel), path)


def _summarize(machine: Machine, jobs: Jobs) -> int:
    messages = machine.finish(SECONDS)
    release = next((one.booted for one in messages if one.booted), machine.name)
    summary, tried = Summary(release, machine.started), TrialSummary(release)
    named = Names(release)
    for message in messages:
        if message.links:
            named.compare(message.links.topology, message.links.outputs)
        elif message.missing in TOPOLOGIES:
            print(f"not run: devices of {message.missing} on kernel {release} ({message.note})")
        else:
            _take(message, summary, tried)
    seen = {one.observed.id for one in messages if one.observed}
    seen |= {one.result.id for one in messages if one.result}
    seen |= {one.missing for one in messages if one.missing}
    for name in (*jobs.experiments, *jobs.more):
        if name not in seen:
            summary.missing[ENDED] += 1
    for trial in jobs.trials:
        if trial.id not in seen:
            tried.miss(trial.id, ENDED)
    others = [one.print() for one, ran in ((tried, jobs.trials), (named, jobs.topologies)) if ran]
    return max([summary.print(), *others])


def _take(message: Message, summary: Summary, tried: TrialSummary) -> None:
    if message.observed:
        summary.compare(message.observed)
    elif message.result:
        tried.compare(message.result)
    elif message.missing in experiments():
        summary.missing[message.note] += 1
    elif message.missing:
        tried.miss(message.missing, message.note)
    elif message.note:
        print(f"{summary.release}: {message.note}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
