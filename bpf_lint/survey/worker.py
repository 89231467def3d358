"""The process of one job: the job comes in on standard input, the outcome goes out as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bpf_lint.model.errors import InputError
from bpf_lint.model.finding import Finding, Report
from bpf_lint.pipeline import Request, Run, run
from bpf_lint.pipeline.workers import begin
from bpf_lint.reporters.common import group_label, judged_line, ordered, verdict_lines
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.survey.job import Job, Outcome, Sighting, identity, unpacked
from bpf_lint.triage.objects import write

TREE = "tree"


def main(arguments: Sequence[str]) -> None:
    """Work on the job of standard input.

    Args:
        arguments: A folder to work in, and the process that started this one.
    """
    folder, parent = arguments
    begin(int(parent))
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    outcome = perform(unpacked(sys.stdin.buffer.read()), Path(folder))
    with os.fdopen(answer, "wb") as stream_:
        stream_.write(json_text(outcome, 0).encode())


def perform(job: Job, folder: Path) -> Outcome:
    """Analyse a state in an empty folder."""
    if job.tool != identity():
        return Outcome(failed="the worker has another version of bpf-lint")
    root = Path(os.path.realpath(folder)) / TREE
    (root / ".git").mkdir(parents=True)  # the mark of a repository: paths of reports start here
    write(job.files, root)
    there = [path for path in job.request.paths if _has_sources(root / path)]
    if not there:
        return Outcome()
    try:
        return _outcome(run(_placed(job, root, there)), root)
    except InputError as error:
        return Outcome(failed=_within(str(error), root))


def _placed(job: Job, root: Path, paths: Sequence[str]) -> Request:
    config = job.request.config
    return msgspec.structs.replace(
        job.request,
        paths=tuple(os.path.normpath(root / path) for path in paths),
        config=str(root / config) if config else "",
        cache=Path(job.cache) if job.cache else None,
        jobs=1,
    )


def _has_sources(path: Path) -> bool:
    """True for a file, or a folder with a C source or header in it."""
    return path.is_file() or next(path.rglob("*.[ch]"), None) is not None


def _outcome(done: Run, root: Path) -> Outcome:
    report: Report = done.report
    summary = report.summary
    return Outcome(
        findings=tuple(_sighting(one) for one in ordered(report.findings)),
        programs=summary.programs,
        analysed=summary.analysed,
        systems=len({(unit.mode, unit.configuration) for unit in summary.units}),
        profile=summary.profile,
        skipped=tuple(_within(line, root) for line in verdict_lines(summary)),
        judged=judged_line(summary),
    )


def _sighting(finding: Finding) -> Sighting:
    same = ("rule", "severity", "confidence", "path", "line", "column", "function", "statement",
            "message", "suggestion", "fact", "cause", "fingerprint")  # fmt: skip
    hooks = [one.hook for one in finding.occurrences]
    return Sighting(
        **{name: getattr(finding, name) for name in same},
        modes=tuple(sorted({one.mode for one in hooks if one.mode})),
        contexts=tuple(sorted({group_label(one) for one in finding.occurrences})),
        configurations=tuple(sorted({one.configuration for one in hooks if one.configuration})),
    )


def _within(text: str, root: Path) -> str:
    """A text without the folder that the state was written to."""
    return text.replace(f"{root}/", "").replace(str(root), ".")
