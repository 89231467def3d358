"""One run, from paths to a report."""

from __future__ import annotations

from bpf_lint.pipeline.prepare import prepare
from bpf_lint.pipeline.remember import recall, remember
from bpf_lint.pipeline.request import Outcome, Progress, Request, silent
from bpf_lint.pipeline.triage import report

__all__ = ["Outcome", "Progress", "Request", "prepare", "run", "silent"]


def run(request: Request, progress: Progress = silent) -> Outcome:
    """Sources → front end → IR → call graph → contexts → dataflow → rules → triage.

    Raises:
        InputError: Something in the request cannot be used.
    """
    setup = prepare(request)
    analysis = recall(setup)
    if analysis is None:
        # Imported here: a run that the cache answers needs none of it.
        from bpf_lint.pipeline.conclude import conclude
        from bpf_lint.pipeline.stages import stages

        done = stages(setup, progress)
        analysis = conclude(setup, done.parsed, done.answers)
        remember(setup, done.parsed, analysis)
    return report(setup, analysis)
