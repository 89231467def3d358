"""One run, from paths to a report."""

from __future__ import annotations

import msgspec

from bpf_lint.cache.folder import Folder
from bpf_lint.pipeline.prepare import Setup, prepare
from bpf_lint.pipeline.remember import recall, remember, salt
from bpf_lint.pipeline.request import Analysis, Outcome, Progress, Request, silent
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
        analysis = _analyse(setup, progress)
    return report(setup, analysis)


def _analyse(setup: Setup, progress: Progress) -> Analysis:
    # Imported here: a run that the cache answers needs none of it.
    from bpf_lint.pipeline.analyse import Work, analyse
    from bpf_lint.pipeline.checks import check
    from bpf_lint.pipeline.conclude import conclude
    from bpf_lint.pipeline.parse import Parsed, parse, tasks

    check(setup)
    kernel, rules, jobs = setup.catalogue.kernel, setup.wanted_rules(), setup.request.jobs
    everything, answers = Parsed({}, {}), []
    for plan in setup.plans:
        profile, root = plan.workspace.profile, plan.workspace.tree.root
        work = tasks(root, plan.systems, kernel, profile)
        parsed = parse(work, jobs, Folder(setup.request.cache), salt(), progress)
        everything = Parsed(everything.units | parsed.units, everything.failed | parsed.failed)
        systems = Work(plan.systems, parsed, kernel, profile, rules, root)
        answers += analyse(systems, jobs, progress)
    analysis = conclude(setup, everything, answers)
    remember(setup, everything, analysis)
    return analysis
