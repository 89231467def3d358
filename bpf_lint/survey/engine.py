"""The engine under every survey: outcomes of states, each asked for once and kept."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from pathlib import Path

import msgspec

from bpf_lint.cache.folder import Folder
from bpf_lint.pipeline.request import Progress, silent
from bpf_lint.survey.executors import Pool
from bpf_lint.survey.isolated import attempt
from bpf_lint.survey.job import Job, Outcome
from bpf_lint.triage.errors import TriageError

FOLDER = "surveys"
AHEAD = 2  # jobs that wait for each that runs: their files are in memory


class Asked(msgspec.Struct, frozen=True):
    """A state whose outcome is wanted.

    Args:
        key: The same for states with the same outcome.
        job: Makes the job, when its turn has come.
    """

    key: str
    job: Callable[[], Job]


class Engine:
    """Answers for states.

    Args:
        pool: Runs jobs.
        cache: Where outcomes are kept, so that a survey which was broken off goes on; None for
            nowhere.
        progress: Told how many states of a stage are done.
    """

    def __init__(self, pool: Pool, cache: Path | None, progress: Progress = silent) -> None:
        self._pool, self._progress = pool, progress
        # Beside the other entries: these are pruned by each run of many, and must not take what
        # a survey needs to go on.
        self._kept = Folder(cache / FOLDER if cache else None)
        self._known: dict[str, Outcome] = {}
        self.performed = 0

    def outcomes(self, asked: Sequence[Asked], stage: str) -> dict[str, Outcome]:
        """The outcomes of states, by key."""
        missing = {one.key: one for one in asked if not self._recall(one.key)}
        total = len({one.key for one in asked})
        done = total - len(missing)
        self._progress(stage, done, total)
        for key, outcome in self._perform(spread(list(missing.values()), self._pool.width)):
            self._known[key] = outcome
            self.performed += 1
            if not outcome.failed:
                self._kept.put(key, zlib.compress(msgspec.json.encode(outcome)))
            done += 1
            self._progress(stage, done, total)
        if missing:
            self._kept.prune()
        return {one.key: self._known[one.key] for one in asked}

    def _recall(self, key: str) -> bool:
        """True where the outcome is known from before."""
        if key not in self._known and (data := self._kept.get(key)):
            try:
                self._known[key] = msgspec.json.decode(zlib.decompress(data), type=Outcome)
            except (msgspec.DecodeError, zlib.error):
                return False
        return key in self._known

    def _perform(self, asked: Sequence[Asked]) -> Iterator[tuple[str, Outcome]]:
        """Outcomes as they come; few jobs are made before their turn."""
        left = iter(asked)
        running: dict[Future[bytes], str] = {}
        try:
            while True:
                while len(running) < AHEAD * self._pool.width and (one := next(left, None)):
                    try:
                        job = one.job()
                    except TriageError as error:  # a partial clone lacks a file
                        yield one.key, Outcome(failed=str(error))
                        continue
                    future = self._pool.executor.submit(attempt, job.packed(), job.seconds)
                    running[future] = one.key
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), _outcome(future)
        finally:
            for future in running:
                future.cancel()


def _outcome(future: Future[bytes]) -> Outcome:
    try:
        return msgspec.json.decode(future.result(), type=Outcome)
    except CancelledError:
        return Outcome(failed="the scheduler gave it up")
    except Exception as error:  # whatever an executor tells of workers that were lost
        return Outcome(failed=f"its worker was lost ({type(error).__name__})")


def spread(asked: list[Asked], width: int) -> list[Asked]:
    """An order in which each of some workers gets neighbours one after the other.

    Neighbours have most of their content in common, and the cache answers for that.
    """
    runs = max(1, min(width, len(asked)))
    size = -(-len(asked) // runs) if asked else 1
    parts = [asked[at : at + size] for at in range(0, len(asked), size)]
    return [part[at] for at in range(size) for part in parts if at < len(part)]
