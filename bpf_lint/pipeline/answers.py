"""Systems that no edit touches: their answers of earlier runs, by the content of what they hold."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.packing import identity
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.ir.nodes import Unit
from bpf_lint.model.finding import Finding
from bpf_lint.pipeline.analyse import Answer, Work, analyse, units_of
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.source import Source
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
    keys = _Keys(work, salt).of_systems()
    source = Source(work.root)
    known = {at: _kept(cache, key, source) for at, key in enumerate(keys)}
    left = [at for at, answer in known.items() if answer is None]
    if left:
        rest = msgspec.structs.replace(work, systems=[work.systems[at] for at in left])
        for at, answer in zip(left, analyse(rest, jobs, progress), strict=True):
            known[at] = answer
            if not (answer.failed or answer.unsettled):
                cache.put(keys[at], _ENCODE(answer))
    return tuple(answer for answer in known.values() if answer is not None)


class _Keys:
    """Keys of the systems of one run: what they hold, not where it came from."""

    def __init__(self, work: Work, salt: str) -> None:
        self._work = work
        # Where headers come from is seen in the units.
        profile = msgspec.structs.replace(work.profile, front_end=type(work.profile.front_end)())
        self._shared = key_of(salt, *map(_ENCODE, (work.kernel, profile, list(work.rules))))
        self._identities: dict[int, str] = {}

    def of_systems(self) -> list[str]:
        """The key of each system."""
        return [self._of(job) for job in self._work.systems]

    def _of(self, job: SystemJob) -> str:
        units = units_of(job, self._work.parsed)
        parts = (part for one in job.units for part in self._unit(one, units.get(one.name)))
        return key_of("answer", self._shared, job.mode, job.configuration, job.kernel, *parts)

    def _unit(self, job: UnitJob, unit: Unit | None) -> Iterable[bytes | str]:
        """What of a unit its analysis depends on."""
        yield _ENCODE((job.name, job.program, job.defines, job.values))
        if unit is None:
            yield ""
            return
        if id(unit) not in self._identities:
            self._identities[id(unit)] = identity(unit)
        yield self._identities[id(unit)]


def _kept(cache: Folder, key: str, source: Source) -> Answer | None:
    """The answer of an earlier run; the source lines that it quotes are read again."""
    data = cache.get(key)
    if data is None:
        return None
    try:
        answer = _DECODE(data)
    except (msgspec.DecodeError, RecursionError):
        return None
    findings, unknown = (_restated(found, source) for found in (answer.findings, answer.unknown))
    return msgspec.structs.replace(answer, findings=findings, unknown=unknown)


def _restated(findings: Iterable[Finding], source: Source) -> tuple[Finding, ...]:
    return tuple(restated(one, source.line(one.path, one.line)) for one in findings)
