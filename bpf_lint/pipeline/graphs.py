"""Call graphs of what is planned, as the source has them: nothing is analysed."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.callgraph.graph import HookGraph
from bpf_lint.contexts.reached import Attached
from bpf_lint.pipeline.analyse import units_of
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.stages import parse_plan
from bpf_lint.pipeline.validation import check


def static_graphs(setup: Setup, progress: Progress) -> tuple[list[HookGraph], list[str]]:
    """What each attachment leads to, and what of the programs could not be read.

    Raises:
        ConfigError: Something that was configured is not valid.
    """
    check(setup)
    graphs: list[HookGraph] = []
    problems = {f"{one.path}: {one.reason}" for plan in setup.plans for one in plan.skipped}
    for plan in setup.plans:
        parsed = parse_plan(setup, plan, progress)
        problems |= {*parsed.failed.values(), *parsed.partial.values()}
        for one in attached_systems(setup, plan, parsed):
            graphs += one.hook_graphs()
    return graphs, sorted(problems)


def attached_systems(setup: Setup, plan: Plan, parsed: Parsed) -> Iterator[Attached]:
    """Every system of a plan, with its call graph."""
    profile, kernel = plan.workspace.profile, setup.catalogue.kernel
    for job in plan.systems:
        yield Attached(job, units_of(job, parsed), kernel, profile)
