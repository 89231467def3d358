"""One run, from paths to a report."""

from __future__ import annotations

from bpf_lint.cache.folder import Folder
from bpf_lint.pipeline.limits import Bounds
from bpf_lint.pipeline.planning import prepare
from bpf_lint.pipeline.request import Progress, Request, Run, silent
from bpf_lint.pipeline.resultcache import recall, remember
from bpf_lint.pipeline.triage import report

__all__ = ["Bounds", "Progress", "Request", "Run", "prepare", "run", "silent"]


def run(request: Request, progress: Progress = silent) -> Run:
    """Sources → front end → IR → call graph → contexts → dataflow → rules → triage.

    Raises:
        InputError: Something in the request cannot be used.
    """
    setup = prepare(request)
    analysis = recall(setup)
    if analysis is None:
        # Imported here: a run that the cache answers needs none of it.
        from bpf_lint.pipeline.stages import stages
        from bpf_lint.pipeline.summary import result_of

        done = stages(setup, progress, passages=request.journeys)
        analysis = result_of(setup, done.parsed, done.answers)
        remember(setup, done.parsed, analysis)
        Folder(setup.request.cache).prune()
    return report(setup, analysis)
