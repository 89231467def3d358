"""Findings of all systems, put together, and the counts that go under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from bpf_lint.config.schema import Attachment
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.model.finding import Finding, Occurrence, Skipped, Summary, UnitRecord
from bpf_lint.model.journey import Journey
from bpf_lint.model.proposal import Proposal
from bpf_lint.pipeline.analyse import Answer, job_name, unsettled
from bpf_lint.pipeline.attachments import units_in
from bpf_lint.pipeline.causes import causes
from bpf_lint.pipeline.excluded import writers_left_out
from bpf_lint.pipeline.judgement import judged
from bpf_lint.pipeline.narrowing import Narrowing, read_files, shown
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.proposals import proposals
from bpf_lint.pipeline.request import Result
from bpf_lint.pipeline.unnamed import unnamed
from bpf_lint.pipeline.writers import loaders_of, with_writers
from bpf_lint.sources.supplied import supplied_headers


def result_of(setup: Setup, parsed: Parsed, answers: Sequence[Answer]) -> Result:
    """One analysis from the answers of all systems."""
    from bpf_lint.rules import merge

    narrowing = Narrowing(setup, parsed)
    reasons = {rule.id: rule.cause for rule in setup.catalogue.rules}
    findings = _narrow(setup, parsed, narrowing, _compared(setup, answers, reasons))
    unknown = _narrow(
        setup, parsed, narrowing, (one for answer in answers for one in answer.unknown)
    )
    return Result(
        findings=tuple(merge(findings, reasons)),
        unknown=tuple(merge(unknown)),
        summary=summarise(setup, parsed, answers, narrowing),
        files=tuple(sorted(shown(file, setup.root) for file in read_files(parsed))),
        proposals=_proposals(setup, parsed, unknown),
        journeys=_journeys(setup, parsed, answers),
    )


def _compared(
    setup: Setup, answers: Sequence[Answer], reasons: Mapping[str, str]
) -> Iterator[Finding]:
    """The findings of all systems, beside what is right in other modes of the same tree."""
    from bpf_lint.rules import Ran, compared

    caused = frozenset(rule for rule, cause in reasons.items() if cause)
    left = iter(answers)
    for plan in setup.plans:
        own = [(job, next(left)) for job in plan.systems]
        ran = [Ran(job.mode, one.redirects, one.done, _values(job)) for job, one in own]
        for (_, answer), this in zip(own, ran, strict=True):
            yield from compared(answer.findings, this, ran, caused)


def _values(job: SystemJob) -> dict[str, dict[str, str]]:
    """Macros and load-time constants of each program of a system."""
    return {
        unit.name: {**{name: str(value) for name, value in unit.values.items()}, **unit.defines}
        for unit in job.units
    }


MOST_JOURNEYS = 6  # of each mode and pair of ends; in a report, each is a drawing


def _journeys(setup: Setup, parsed: Parsed, answers: Sequence[Answer]) -> tuple[Journey, ...]:
    """Where packets can go, where that is asked for."""
    if not setup.request.journeys:
        return ()
    from bpf_lint.journeys import Choice, chosen, few
    from bpf_lint.pipeline.journeys import journeys

    return tuple(few(chosen(journeys(setup, parsed, answers), Choice()), MOST_JOURNEYS))


def _proposals(setup: Setup, parsed: Parsed, unknown: Sequence[Finding]) -> tuple[Proposal, ...]:
    """What the numbers of unknown origin come from."""
    sites = {(one.path, one.line) for one in unknown}
    units = {
        (job.program, id(unit)): (job.program, unit, plan.workspace.profile)
        for plan in setup.plans
        for _, job, unit in units_in(plan, parsed)
    }
    found = proposals(list(units.values()) if sites else [], setup.catalogue.kernel, sites)
    return with_writers(found, loaders_of(setup)) if found and setup.request.writers else found


def _narrow(
    setup: Setup, parsed: Parsed, narrowing: Narrowing, findings: Iterable[Finding]
) -> list[Finding]:
    """Findings with the contexts that the user asked about."""
    partial = _partial(setup, parsed)
    assumed = [a for plan in setup.plans for a in plan.workspace.profile.attachments if a.assumed]
    kept = []
    for finding in findings:
        occurrences = tuple(
            _assuming(one, partial, assumed)
            for one in finding.occurrences
            if narrowing.takes(finding.path, one.hook.program, one.hook.entry)
        )
        if occurrences:
            kept.append(msgspec.structs.replace(finding, occurrences=occurrences))
    return kept


def _partial(setup: Setup, parsed: Parsed) -> set[str]:
    """Names of the programs that were read in part."""
    if not parsed.partial:
        return set()
    return {
        unit.name
        for plan in setup.plans
        for job in plan.systems
        for unit in job.units
        if unit_key(unit) in parsed.partial
    }


def _assuming(
    occurrence: Occurrence, partial: set[str], assumed: Sequence[Attachment]
) -> Occurrence:
    """An occurrence that says where it rests on what nobody has read or confirmed."""
    hook = occurrence.hook
    guesses = [
        f"{hook.entry} runs at {hook.hook} of {hook.device}, "
        + (f"as {one.source} says" if one.source else "which nobody has confirmed")
        for one in assumed
        if (one.hook, one.device) == (hook.hook, hook.device)
        and any(fnmatchcase(hook.program, f"{folders}{one.program}") for folders in ("", "*/"))
        and any(fnmatchcase(hook.entry, entry) for entry in one.entries)
    ]
    if hook.program in partial:
        guesses.append(f"what was not read of {hook.program} (see below) changes nothing here")
    if not guesses:
        return occurrence
    return msgspec.structs.replace(occurrence, assumptions=(*occurrence.assumptions, *guesses))


def summarise(
    setup: Setup, parsed: Parsed, answers: Sequence[Answer], narrowing: Narrowing
) -> Summary:
    """Counts over all plans of a run."""
    records = [
        (UnitRecord(unit.name, unit.flags, job.mode, job.configuration), unit_key(unit))
        for plan in setup.plans
        for job in plan.systems
        for unit in job.units
    ]
    skipped = {one for plan in setup.plans for one in plan.skipped}
    skipped |= {Skipped(r.path, parsed.failed[key]) for r, key in records if key in parsed.failed}
    whole = set(_failed(setup, answers)) | skipped
    skipped |= {
        Skipped(r.path, parsed.partial[key], part=True)
        for r, key in records
        if key in parsed.partial and r.path not in {one.path for one in whole}
    }
    left_out, beside = unnamed(setup, parsed)
    skipped |= {*whole, *left_out}
    names = {record.path for record, _ in records} | {one.path for one in skipped}
    unresolved = {f"{place}: {what}" for answer in answers for place, what in answer.unresolved}
    systems = {(job.mode, job.configuration) for plan in setup.plans for job in plan.systems}
    told = tuple(sorted(skipped))
    return Summary(
        programs=len(names),
        analysed=len(names - {one.path for one in skipped}),
        configurations=len(systems),
        findings=0,
        unresolved_tail_calls=len(unresolved),
        skipped=told,
        causes=causes(told, setup.root),
        units=tuple(sorted(record for record, key in records if key in parsed.units)),
        profile=", ".join(sorted({plan.workspace.profile.name for plan in setup.plans})),
        flags_from=", ".join(sorted({plan.flags_from for plan in setup.plans})),
        notes=(
            *_notes(setup.plans),
            *beside,
            *writers_left_out(setup, parsed),
            *_borrowed(parsed),
            *_idle(setup.plans, answers),
        ),
        judged=judged(setup, parsed, answers, narrowing),
    )


def _borrowed(parsed: Parsed) -> Iterator[str]:
    """How many programs use headers that come with bpf-lint."""
    borrowers = {unit.path for unit in parsed.units.values() if supplied_headers(unit.files)}
    if borrowers:
        count = "1 program uses" if len(borrowers) == 1 else f"{len(borrowers)} programs use"
        yield (
            f"{count} headers that come with bpf-lint, for the repository and this machine "
            "have none: `bpf-lint doctor` names them"
        )


def _failed(setup: Setup, answers: Sequence[Answer]) -> Iterator[Skipped]:
    """The programs of systems whose analysis failed, and those that met a bound."""
    systems = [job for plan in setup.plans for job in plan.systems]
    for job, answer in zip(systems, answers, strict=True):
        name = job_name(job)
        if answer.failed:
            for unit in job.units:
                yield Skipped(unit.name, f"{name}: {answer.failed}")
        for program, what in answer.unsettled:
            yield Skipped(program, f"{name}: {unsettled(what)}")


def _idle(plans: Sequence[Plan], answers: Sequence[Answer]) -> Iterator[str]:
    """Programs whose redirects no hook leads to, in any mode or configuration."""
    jobs = [job for plan in plans for job in plan.systems]
    met: dict[str, bool] = {}
    for job, answer in zip(jobs, answers, strict=True):
        for unit in job.units:
            met[unit.name] = met.get(unit.name, False) or unit.name not in answer.idle
    for name in sorted(name for name, attached in met.items() if not attached):
        yield (
            f"{name} redirects packets, but none of its programs is attached to a hook: "
            "say where they run in [[attachments]]"
        )


def _notes(plans: Iterable[Plan]) -> tuple[str, ...]:
    notes = [note for plan in plans for note in plan.workspace.notes]
    return tuple(dict.fromkeys(notes))
