"""A job: one state of a tree with all that decides its outcome, and the outcome."""

from __future__ import annotations

import pickle
import zlib
from functools import lru_cache

import msgspec

from bpf_lint.cache.folder import key_of
from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.pipeline.request import Request
from bpf_lint.pipeline.resultcache import salt
from bpf_lint.triage.objects import Content


class Job(msgspec.Struct, frozen=True):
    """What one process analyses, wherever it runs.

    Args:
        tool: Identity of the bpf-lint that asks; another one must not answer.
        request: Paths and the configuration file are relative to the tree's root, where they lie
            in it; it has no cache.
        files: The state.
        cache: Folder of the cache, "" for none.
        seconds: Wall time that it may take.
    """

    tool: str
    request: Request
    files: tuple[Content, ...]
    cache: str
    seconds: float

    def packed(self) -> bytes:
        """The job as bytes, for a process that the same user starts."""
        return zlib.compress(pickle.dumps(self), 1)


def unpacked(data: bytes) -> Job:
    """The job that was packed."""
    job = pickle.loads(zlib.decompress(data))  # file names need not be UTF-8
    assert isinstance(job, Job)
    return job


class Sighting(msgspec.Struct, frozen=True):
    """A finding of one state.

    Args:
        path: From the root of the repository.
        contexts: Where it holds, in words, without the configurations.
        configurations: Those in which it holds.
    """

    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    function: str
    statement: str
    message: str
    suggestion: str
    fact: str
    cause: str
    fingerprint: str
    modes: tuple[str, ...]
    contexts: tuple[str, ...]
    configurations: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What the analysis of one state says.

    Args:
        programs: How many there are, and how many of them were `analysed`.
        systems: Combinations of modes and configurations.
        skipped: What was not analysed as a whole, one line each.
        judged: What was judged of the redirects, in one line.
        failed: Why nothing is known of the state, "" where something is.
    """

    findings: tuple[Sighting, ...] = ()
    programs: int = 0
    analysed: int = 0
    systems: int = 0
    profile: str = ""
    skipped: tuple[str, ...] = ()
    judged: str = ""
    failed: str = ""

    @property
    def whole(self) -> bool:
        """True where everything was analysed."""
        return not (self.failed or self.skipped)

    def fingerprints(self) -> frozenset[str]:
        """Those of its findings."""
        return frozenset(one.fingerprint for one in self.findings)


@lru_cache(maxsize=1)
def identity() -> str:
    """What this bpf-lint is: its code and its rules, wherever they are installed."""
    return key_of(salt(), Catalogue(data_folder()).digest)
