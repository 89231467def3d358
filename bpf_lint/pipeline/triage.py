"""The last stage before reporters: what of an analysis is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os.path import join, normpath, relpath

import msgspec

from bpf_lint.config.user import named as user_named
from bpf_lint.config.user_schema import PathSettings
from bpf_lint.model.finding import Report
from bpf_lint.pipeline.planning import Setup
from bpf_lint.pipeline.request import Result, Run
from bpf_lint.pipeline.source import Source
from bpf_lint.triage import TriageSettings, apply
from bpf_lint.triage.baseline import Baseline, read_baseline


def report(setup: Setup, analysis: Result) -> Run:
    """Apply selection, suppressions and baseline to an analysis."""
    source = Source(str(setup.root), str(setup.tree))
    settings = _settings(setup, analysis)
    result = apply(analysis.findings, settings, source.text)
    before = msgspec.structs.replace(settings, baseline=None)
    everything = apply(analysis.findings, before, source.text) if settings.baseline else result
    by = Counter(one.by for one in result.decided)
    summary = msgspec.structs.replace(
        analysis.summary,
        findings=len(result.kept),
        known=by["baseline"],
        suppressed=by["comment"],
    )
    return Run(
        report=Report(
            summary,
            result.kept,
            analysis.unknown,
            result.decided,
            analysis.proposals,
            analysis.journeys,
        ),
        problems=result.problems,
        suppressed=len(result.suppressed),
        rules={rule.id: rule for rule in setup.catalogue.rules},
        root=str(setup.root),
        all_findings=everything.kept,
        tree=str(setup.tree),
        notes=setup.notes,
    )


def _settings(setup: Setup, analysis: Result) -> TriageSettings:
    request, user = setup.request, setup.user.settings
    return TriageSettings(
        select=request.select or tuple(user.select),
        ignore=(*request.ignore, *user.ignore),
        per_path=tuple(_per_path(setup)),
        honour_ignores=request.honour_ignores,
        baseline=_baseline(setup),
        known_rules=tuple(rule.id for rule in setup.catalogue.rules),
        ran=setup.rules,
        files=tuple(file for file in analysis.files if not file.startswith("/")),
        complete=not (request.narrowed or _part(setup) or analysis.summary.skipped),
    )


def _per_path(setup: Setup) -> Iterator[PathSettings]:
    """What is not reported where, with paths as reports have them."""
    for plan in setup.plans:
        user = plan.workspace.user
        base = relpath(user.folder or setup.root, setup.root)
        for one in user.settings.per_path:
            path = normpath(join(base, one.path.strip("/")))
            yield msgspec.structs.replace(one, path=path)


def _part(setup: Setup) -> bool:
    """True where the command line names a part of a tree."""
    return any(plan.workspace.tree.only for plan in setup.plans)


def _baseline(setup: Setup) -> Baseline | None:
    """The baseline of the command line, or of the configuration file, beside it."""
    if setup.request.no_baseline:
        return None
    if setup.request.baseline:
        return read_baseline(user_named(setup.request.baseline, setup.tree))
    named = setup.user.settings.baseline
    place = setup.user.place(named, "baseline") if named else None
    if place and not place.exists():
        raise setup.user.error(f'no baseline "{named}" in {setup.user.folder}', "baseline")
    return read_baseline(place) if place else None
