"""Findings of all systems, put together, and the counts that go under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from os.path import normpath
from pathlib import Path

import msgspec

from bpf_lint.config.nearest import unknown
from bpf_lint.model.errors import ConfigError, InputError
from bpf_lint.model.finding import Finding, Occurrence, Skipped, Summary, UnitRecord
from bpf_lint.pipeline.analyse import Answer, job_name, unsettled
from bpf_lint.pipeline.causes import causes
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.prepare import Plan, Setup, asked_about, named
from bpf_lint.pipeline.request import Analysis
from bpf_lint.sources.supplied import supplied_headers


def conclude(setup: Setup, parsed: Parsed, answers: Sequence[Answer]) -> Analysis:
    """One analysis from the answers of all systems."""
    from bpf_lint.rules import merge

    findings = _narrow(setup, parsed, (one for answer in answers for one in answer.findings))
    unknown = _narrow(setup, parsed, (one for answer in answers for one in answer.unknown))
    merged = tuple(merge(findings))
    return Analysis(
        findings=merged,
        unknown=tuple(merge(unknown)),
        summary=summarise(setup, parsed, answers),
        files=tuple(sorted(_shown(file, setup.root) for file in _read(parsed))),
    )


def _narrow(setup: Setup, parsed: Parsed, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the contexts that the user asked about."""
    programs = _programs(setup)
    entries = _entries(setup, parsed)
    folders = _folders(setup, parsed)
    partial = _partial(setup, parsed)

    def wanted(occurrence: Occurrence, inside: bool) -> bool:
        hook = occurrence.hook
        return (inside or programs is None or hook.program in programs) and (
            entries is None or (hook.program, hook.entry) in entries
        )

    kept = []
    for finding in findings:
        inside = finding.path.startswith(folders)
        occurrences = tuple(
            _assuming(one, partial) for one in finding.occurrences if wanted(one, inside)
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


def _assuming(occurrence: Occurrence, partial: set[str]) -> Occurrence:
    """An occurrence that says where it rests on a program that was read in part."""
    program = occurrence.hook.program
    if program not in partial:
        return occurrence
    guess = f"what was not read of {program} (see below) changes nothing here"
    return msgspec.structs.replace(occurrence, assumptions=(*occurrence.assumptions, guess))


def _entries(setup: Setup, parsed: Parsed) -> set[tuple[str, str]] | None:
    """(program, entry) that were asked about, by function and by section; None for all.

    Raises:
        ConfigError: A glob matches no entry: its silence would look like a clean result.
    """
    globs = setup.request.entries
    if not globs:
        return None
    names = [
        (unit.path, {entry, unit.functions[entry].section})
        for unit in parsed.units.values()
        for entry in unit.entries
    ]
    known = {name for _, both in names for name in both}
    for glob in globs:
        if known and not any(fnmatchcase(name, glob) for name in known):
            raise ConfigError(unknown("entry", glob, known))
    return {
        (program, name)
        for program, both in names
        for name in both
        if any(fnmatchcase(other, glob) for other in both for glob in globs)
    }


def _programs(setup: Setup) -> set[str] | None:
    """Names of the programs that were asked about, None for all."""
    globs = setup.request.programs
    if not globs and not any(plan.workspace.tree.only for plan in setup.plans):
        return None
    return {
        unit.name
        for plan in setup.plans
        for job in plan.systems
        for unit in job.units
        if asked_about(plan, unit) and (not globs or named(unit, globs))
    }


def _folders(setup: Setup, parsed: Parsed) -> tuple[str, ...]:
    """Folders in a tree that were named: what lies there is reported, whatever runs into it.

    None where `--program` names the programs.

    Raises:
        InputError: No program includes a file of one: its silence would look like a clean result.
    """
    trees = [plan.workspace.tree for plan in setup.plans]
    named = [Path(tree.folder) / one for tree in trees for one in tree.only if one.endswith("/")]
    read = _read(parsed)
    for folder in named:
        if not parsed.failed and not any(file.is_relative_to(folder) for file in read):
            raise InputError("no program has, or includes, a file of this folder", str(folder))
    if setup.request.programs:
        return ()
    return tuple(f"{_shown(folder, setup.root)}/" for folder in named)


def _read(parsed: Parsed) -> set[Path]:
    """Every file that was read."""
    return {Path(normpath(file)) for unit in parsed.units.values() for file in unit.files}


def _shown(path: Path, root: Path) -> str:
    """A path as findings name it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def summarise(setup: Setup, parsed: Parsed, answers: Sequence[Answer]) -> Summary:
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
    skipped |= whole
    names = {record.path for record, _ in records} | {one.path for one in skipped}
    unresolved = {text for answer in answers for text in answer.unresolved}
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
        notes=(*_notes(setup.plans), *_borrowed(parsed), *_idle(setup.plans, answers)),
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
