"""What is new since a revision: two runs, compared by fingerprint."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bpf_lint.pipeline import run
from bpf_lint.pipeline.request import Outcome, Progress, Request, silent
from bpf_lint.triage.diff import new_since
from bpf_lint.triage.revision import checkout


def run_new_since(request: Request, revision: str, progress: Progress = silent) -> Outcome:
    """Analyse both states and keep what only the present one has.

    Raises:
        InputError: Something in the request cannot be used.
        TriageError: The revision cannot be read.
    """
    outcome = run(request, progress)
    with checkout(revision, [Path(path) for path in request.paths]) as old:
        paths = [old.path_of(Path(path)) for path in request.paths]
        there = tuple(str(path) for path in paths if path.exists())
        if not there:
            return outcome
        config = old.path_of(Path(request.config)) if request.config else None
        before = msgspec.structs.replace(
            request,
            paths=there,
            config=str(config) if config and config.exists() else "",
            baseline="",
        )
        known = run(before, progress)
        report = new_since(known.report, outcome.report, revision)
    return msgspec.structs.replace(outcome, report=report)
