"""Processes that work on tasks, each task within limits; one that exceeds them costs only itself.

A process reads code that strangers wrote, with a compiler library that may crash, hang or take all
memory, or analyses what was read. It has no terminal, starts in no folder of the tree, leaves no
core file, and dies with the process that started it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from bpf_lint.files.sandbox import confine
from bpf_lint.pipeline.limits import Limits
from bpf_lint.pipeline.workers import begin, signals_held

_STACK = 512 << 20  # bytes; what deeply nested sources are read on

T = TypeVar("T")
R = TypeVar("R")


class Beat(Protocol):
    """Tells of a sign of life, and of a result where a task has several."""

    def __call__(self, part: Any = None) -> None:
        """Tell of it."""
        ...


class Exceeded(msgspec.Struct, frozen=True):
    """A task that got no result, and why, fit for a message."""

    why: str


def run(
    work: Callable[[T, Beat], R],
    tasks: Sequence[T],
    processes: int,
    limits: Limits,
    blamed: str = "the compiler library",
) -> Iterator[tuple[int, R | Exceeded]]:
    """Yield (index, result) of tasks as they are done.

    Args:
        work: What is done with a task; it calls its second argument as a sign of life, and with
            each result before the last where there are several.
        tasks: In the order in which they are begun.
        processes: At most so many.
        limits: For each task.
        blamed: What it is that crashes where a process does.
    """
    crew = _Crew(work, tasks, limits, blamed)
    try:
        for _ in range(min(processes, len(tasks))):
            crew.hire()
        yield from crew.results()
    finally:
        crew.dismiss()


class _Worker(Generic[T]):
    """One process and the task that it is at."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process, self.pipe = process, pipe
        self.at = -1
        self.deadline = 0.0


class _Crew(Generic[T, R]):
    """Processes, and the tasks that are left."""

    def __init__(
        self, work: Callable[[T, Beat], R], tasks: Sequence[T], limits: Limits, blamed: str
    ) -> None:
        self.work, self.tasks, self.limits, self.blamed = work, tasks, limits, blamed
        self.next = 0
        self.workers: list[_Worker[T]] = []
        self.context = _context()

    def hire(self) -> None:
        """Start a process on the next task, where one is left."""
        if self.next >= len(self.tasks):
            return
        ours, theirs = self.context.Pipe()
        process = self.context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, self.work, self.limits, os.getpid()), daemon=True
        )
        with signals_held():  # or one could meet the process before it leaves them to us
            process.start()
        theirs.close()
        worker: _Worker[T] = _Worker(process, ours)
        self.workers.append(worker)
        self.assign(worker)

    def assign(self, worker: _Worker[T]) -> None:
        """Give a process the next task, or let it go."""
        if self.next >= len(self.tasks):
            self.let_go(worker)
            return
        worker.at = self.next
        self.next += 1
        worker.deadline = time.monotonic() + self.limits.seconds
        with contextlib.suppress(OSError):  # it has died: its end is seen in `results`
            worker.pipe.send(self.tasks[worker.at])

    def results(self) -> Iterator[tuple[int, R | Exceeded]]:
        """Results as they come, until nobody works any more."""
        while self.workers:
            soonest = min(worker.deadline for worker in self.workers)
            ready = wait(
                [worker.pipe for worker in self.workers], max(0, soonest - time.monotonic())
            )
            for worker in list(self.workers):
                if worker.pipe in ready:
                    yield from self.heard(worker)
                elif worker.deadline <= time.monotonic():
                    yield self.replace(worker, f"no end after {self.limits.seconds:g} s")

    def heard(self, worker: _Worker[T]) -> Iterator[tuple[int, R | Exceeded]]:
        """What a process says: a sign of life, a result, or nothing more."""
        try:
            done, result = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            yield self.replace(worker, self.end(worker.process.exitcode))
            return
        if not done:
            worker.deadline = time.monotonic() + self.limits.seconds
            if result is not None:
                yield worker.at, result
            return
        yield worker.at, result
        self.assign(worker)

    def replace(self, worker: _Worker[T], why: str) -> tuple[int, Exceeded]:
        """Put another process in the place of one that was lost."""
        self.let_go(worker)
        self.hire()
        return worker.at, Exceeded(why)

    def end(self, code: int | None) -> str:
        """Why a process ended, by its exit code."""
        if code == -signal.SIGXCPU:
            return f"no end after {self.limits.processor} s"
        if code in (-signal.SIGABRT, -signal.SIGKILL):
            return f"{self.blamed} gave up: it needs too much memory"
        return f"{self.blamed} crashed"

    def let_go(self, worker: _Worker[T]) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.kill()
        worker.process.join()

    def dismiss(self) -> None:
        """End every process."""
        for worker in list(self.workers):
            self.let_go(worker)


def _context() -> BaseContext:
    """How processes start: forked where that is safe, else as new interpreters."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    # A new interpreter looks for modules in the current folder, which may be the tree's.
    os.environ["PYTHONSAFEPATH"] = "1"
    return multiprocessing.get_context("spawn")


def _serve(pipe: Connection, work: Callable[[Any, Beat], Any], limits: Limits, parent: int) -> None:
    """Work on tasks until nobody sends any."""
    _begin(limits.memory, parent)
    confine()

    def beat(part: Any = None) -> None:
        _allow(limits.processor)
        pipe.send((False, part))

    with contextlib.suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            _allow(limits.processor)
            pipe.send((True, work(task, beat)))


def _allow(seconds: int) -> None:
    """Let this process compute for so many seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (end, hard))


def _begin(memory: int, parent: int) -> None:
    """Leave signals, streams and the current folder to the parent; limit what is taken."""
    begin(parent)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the compiler library writes to them itself
        os.dup2(nowhere, stream)
    os.chdir(os.sep)
    for name in ("TMPDIR", "TMP", "TEMP"):  # where the library would put files of its own
        os.environ[name] = "/nowhere"
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _bound(_size() + _STACK + memory)


def _size() -> int:
    """Bytes of address space that this process has now."""
    with open("/proc/self/statm", "rb") as stream:
        return int(stream.read().split()[0]) * resource.getpagesize()


def _bound(size: int) -> None:
    """Limit the address space, where no lower limit is set."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > size:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
