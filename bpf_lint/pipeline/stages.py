"""The stages between preparation and triage, for a run and for the commands that look inside."""

from __future__ import annotations

import msgspec

from bpf_lint.cache.folder import Folder
from bpf_lint.contexts.plan import reach_of
from bpf_lint.pipeline.analyse import Answer, Work, job_name, unsettled
from bpf_lint.pipeline.answers import answered
from bpf_lint.pipeline.applicable import Applicable
from bpf_lint.pipeline.mentions import check_names
from bpf_lint.pipeline.parse import LIMITS, Parsed, parse, tasks, with_wanted
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.resultcache import salt
from bpf_lint.pipeline.validation import check


class Stages(msgspec.Struct, frozen=True):
    """What was parsed and what the analysis of each system says, in the order of the plans."""

    parsed: Parsed
    answers: list[Answer]


def stages(
    setup: Setup,
    progress: Progress,
    *,
    audit: bool = False,
    graph: bool = False,
    passages: bool = False,
) -> Stages:
    """Parse and analyse everything that is planned.

    Raises:
        ConfigError: Something that was configured is not valid.
    """
    check(setup)
    parsed = Parsed({}, {})
    for plan in setup.plans:
        own = parse_plan(setup, plan, progress)
        parsed = Parsed(
            parsed.units | own.units,
            parsed.failed | own.failed,
            parsed.partial | own.partial,
            parsed.origins | own.origins,
        )
    return Stages(
        parsed, answers(setup, parsed, progress, audit=audit, graph=graph, passages=passages)
    )


def answers(
    setup: Setup,
    parsed: Parsed,
    progress: Progress,
    *,
    audit: bool = False,
    graph: bool = False,
    apart: bool = False,
    passages: bool = False,
) -> list[Answer]:
    """Analyse everything that is planned, of which the programs are parsed; see `Work`."""
    found: list[Answer] = []
    kernel = setup.catalogue.kernel
    for plan in setup.plans:
        profile = plan.workspace.profile
        applicable = Applicable(plan.systems, parsed, profile, kernel)
        work = Work(
            plan.systems,
            parsed,
            kernel,
            profile,
            applicable.of(setup.wanted_rules()),
            plan.workspace.tree.root,
            audit,
            graph,
            apart,
            passages,
            bounds=setup.request.bounds,
            leading=applicable.of(setup.leading_rules()),
            tree=plan.workspace.tree.reading().tree,
        )
        cache = Folder(setup.request.cache)
        found += answered(work, setup.request.jobs, cache, salt(), progress)
    return found


def not_analysed(setup: Setup, done: Stages) -> list[str]:
    """Everything that was planned and could not be analysed, one line each."""
    found = {f"{one.path}: {one.reason}" for plan in setup.plans for one in plan.skipped}
    found |= {*done.parsed.failed.values(), *done.parsed.partial.values()}
    systems = [system for plan in setup.plans for system in plan.systems]
    for system, answer in zip(systems, done.answers, strict=True):
        if answer.failed:
            found.add(f"{job_name(system)}: {answer.failed}")
        for program, what in answer.unsettled:
            found.add(f"{program}: {job_name(system)}: {unsettled(what)}")
    return sorted(found)


def parse_plan(setup: Setup, plan: Plan, progress: Progress) -> Parsed:
    """Parse the programs of one plan, and hold the user's configuration against them.

    Raises:
        ConfigError: The configuration names something that they do not have.
    """
    workspace = plan.workspace
    profile, tree = workspace.profile, workspace.tree
    reach = reach_of(profile, tree)
    work = tasks(tree.root, plan.systems, setup.catalogue.kernel, profile, reach)
    request = setup.request
    cache = Folder(request.cache)
    limits = request.bounds.over(LIMITS)
    parsed = parse(work, request.jobs, cache, salt(), progress, limits)
    if again := with_wanted(work, parsed):
        more = parse(again, request.jobs, cache, salt(), progress, limits)
        parsed = Parsed(parsed.units | more.units, parsed.failed, parsed.partial | more.partial)
    check_names(setup, plan, parsed)
    return parsed
