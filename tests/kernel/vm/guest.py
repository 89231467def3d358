"""The first process of a machine: runs the jobs it finds, and reports on the second console."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TextIO

import msgspec

from ..harness import linux
from ..harness.network import Network, NotRunError, links_of
from ..harness.programs import Programs
from ..harness.run import Bench
from ..harness.trial import run_trial
from ..records import experiments, topology
from ..trials import Trial
from .messages import Jobs, Links, Message

REPORT = "/dev/ttyS1"
FILES, MODULES = Path("/files"), Path("/modules")
FINIT_MODULE = {"x86_64": 313}
POWER_OFF = 0x4321FEDC
MOUNTS = (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", "/tmp"))


def main() -> None:
    """Start the machine, run everything, and switch it off, whatever happens."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        for kind, folder in MOUNTS:
            libc.mount(kind.encode(), folder.encode(), kind.encode(), 0, None)
        os.environ["PATH"] = "/bin"
        os.symlink("/proc/self/fd/0", "/dev/stdin")
        with open(REPORT, "w") as report:
            _work(Reporter(report))
    except BaseException as error:
        print(f"the guest ends: {error!r}", file=sys.stderr, flush=True)
    finally:
        os.sync()
        libc.reboot(POWER_OFF)


class Reporter:
    """Writes messages, one a line."""

    def __init__(self, to: TextIO) -> None:
        self.to = to

    def __call__(self, message: Message) -> None:
        self.to.write(msgspec.json.encode(message).decode() + "\n")
        self.to.flush()


def _work(report: Reporter) -> None:
    for path in sorted(MODULES.iterdir()):
        try:
            _load_module(path)
        except OSError as error:
            report(Message(note=f"module {path.stem}: {error.strerror}"))
    release = os.uname().release
    report(Message(booted=release))
    jobs = msgspec.json.decode((FILES / "jobs.json").read_bytes(), type=Jobs)
    for name in jobs.topologies:
        report(_attempt(name, partial(_links, name)))
    with Bench(Programs(FILES / "actor.o")) as bench:
        for name in jobs.experiments:
            report(_attempt(name, partial(_experiment, bench, name, release)))
        for trial in jobs.trials:
            report(_attempt(trial.id, partial(_trial, bench, trial)))
        for name in jobs.more:
            report(_attempt(name, partial(_experiment, bench, name, release)))
    report(Message(done=True))


def _attempt(name: str, run: Callable[[], Message]) -> Message:
    """Run one thing; a failure is a message, too."""
    try:
        return run()
    except (NotRunError, OSError) as error:
        return Message(missing=name, note=str(error))


def _links(name: str) -> Message:
    with Network(topology(name)) as network:
        return Message(links=Links(name, links_of(network)))


def _experiment(bench: Bench, name: str, release: str) -> Message:
    return Message(observed=bench.run(experiments()[name], release))


def _trial(bench: Bench, trial: Trial) -> Message:
    return Message(result=run_trial(bench, FILES, trial))


def _load_module(path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path, "rb") as opened:
        number = FINIT_MODULE[os.uname().machine]
        linux.check(libc.syscall(number, opened.fileno(), b"", 0), path.stem)
