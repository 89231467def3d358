"""Systems that no edit touches: their answers of earlier runs, by the content of what they hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.moved import Lines, moved
from bpf_lint.cache.packing import identity
from bpf_lint.config.schema import FrontEndFlags
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.model.finding import Finding
from bpf_lint.pipeline.analyse import Answer, Work, analyse
from bpf_lint.pipeline.keptcalls import KeptCalls
from bpf_lint.pipeline.parse import unit_key
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.source import Source
from bpf_lint.pipeline.unitstore import Origin
from bpf_lint.rules import restated

_ENCODE = msgspec.msgpack.Encoder(order="deterministic").encode
_DECODE = msgspec.msgpack.Decoder(Answer).decode


def answered(
    work: Work, jobs: int, cache: Folder, salt: str, progress: Progress
) -> tuple[Answer, ...]:
    """The answers of all systems, in their order; those of earlier runs are not made again.

    Args:
        cache: Answers of earlier runs.
        salt: Part of the cache's keys: the version of everything that makes an answer.
    """
    if cache.path is None or work.audit or work.graph:
        return tuple(analyse(work, jobs, progress))
    keys = Keys(work, salt)
    source = Source(work.root, work.tree)
    found = {at: _kept(cache, keys, job, source) for at, job in enumerate(work.systems)}
    known = {at: answer for at, answer in found.items() if answer is not None}
    left = [at for at in found if at not in known]
    if left:
        systems = [work.systems[at] for at in left]
        files = {key: unit.files for key, unit in work.parsed.units.items()}
        calls = KeptCalls(cache.path, work.root, keys.of_calls(), files)
        rest = msgspec.structs.replace(work, systems=systems, calls=calls)
        known.update(zip(left, analyse(rest, jobs, progress), strict=True))
    for at, job in enumerate(work.systems):
        if (at in left or keys.lines(job)) and not (known[at].failed or known[at].unsettled):
            cache.put(keys.now(job), _ENCODE(known[at]))
    return tuple(known[at] for at in found)


def _kept(cache: Folder, keys: Keys, job: SystemJob, source: Source) -> Answer | None:
    """The answer of an earlier run, its places where they are now."""
    lines = keys.lines(job)
    data = None if lines is None else cache.get(keys.before(job))
    if data is None or lines is None:
        return None
    try:
        answer = moved(_DECODE(data), lines)
    except (msgspec.DecodeError, KeyError, RecursionError):
        return None
    findings, unknown = (_restated(found, source) for found in (answer.findings, answer.unknown))
    return msgspec.structs.replace(answer, findings=findings, unknown=unknown)


def _restated(findings: Iterable[Finding], source: Source) -> tuple[Finding, ...]:
    """Findings that quote what their lines say now."""
    return tuple(restated(one, source.line) for one in findings)


class Keys:
    """Keys of the systems of one run: what they hold, not where it came from."""

    def __init__(self, work: Work, salt: str) -> None:
        self._work = work
        self._origins = work.parsed.origins
        # Where headers come from is seen in the units.
        profile = msgspec.structs.replace(work.profile, front_end=FrontEndFlags())
        rules = (list(work.rules), list(work.leading))
        shared = (work.kernel, profile, *rules, work.apart, work.passages)
        self._shared = key_of(salt, *map(_ENCODE, shared))
        self._identities: dict[str, str] = {}

    def of_calls(self) -> dict[str, str]:
        """The key of the calls of each unit, whatever is in it."""
        return {key: key_of("calls", self._shared, key) for key in self._work.parsed.units}

    def now(self, job: SystemJob) -> str:
        """The key of a system as it is."""
        return self._of(job, {})

    def before(self, job: SystemJob) -> str:
        """The key that a system had before lines of its programs moved."""
        return self._of(job, self._origins)

    def lines(self, job: SystemJob) -> Lines | None:
        """What has moved in the files of a system; None where units were read apart from it."""
        found: dict[str, Mapping[int, int]] = {}
        keys = [unit_key(one) for one in job.units]
        for origin in (self._origins[key] for key in keys if key in self._origins):
            for path, lines in origin.lines.items():
                if found.setdefault(path, lines) != lines:
                    return None
        apart = [key for key in keys if key not in self._origins and key in self._work.parsed.units]
        if found and any(self._reads(key, found) for key in apart):
            return None
        return found

    def _reads(self, key: str, paths: Iterable[str]) -> bool:
        root = self._work.root
        files = {os.path.normpath(file) for file in self._work.parsed.units[key].files}
        return any(os.path.normpath(os.path.join(root, path)) in files for path in paths)

    def _of(self, job: SystemJob, origins: Mapping[str, Origin]) -> str:
        parts: list[bytes | str] = []
        for one in job.units:
            key = unit_key(one)
            parts.append(_ENCODE((one.name, one.program, one.defines, one.values)))
            parts.append(origins[key].identity if key in origins else self._identity(key))
        return key_of("answer", self._shared, job.mode, job.configuration, job.kernel, *parts)

    def _identity(self, key: str) -> str:
        """The identity of a unit, "" where it could not be read."""
        unit = self._work.parsed.units.get(key)
        if unit is None:
            return ""
        if key not in self._identities:
            self._identities[key] = identity(unit)
        return self._identities[key]
