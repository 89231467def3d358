"""What a port to another kind of device has to change: two analyses, compared call by call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bpf_lint.config.nearest import unknown
from bpf_lint.contexts.substitution import Substituted, substitute
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.finding import Finding
from bpf_lint.pipeline.planning import Plan, Setup, prepare, rules_of
from bpf_lint.pipeline.request import Progress, Request, Result, Run, silent
from bpf_lint.pipeline.resultcache import recall, remember
from bpf_lint.pipeline.triage import report

Context = tuple[object, ...]


def run_what_if(request: Request, name: str, progress: Progress = silent) -> Run:
    """Analyse a tree as configured, and with a substitute in place of the pairs at its pods.

    Reported is what only the second analysis finds.

    Args:
        name: Substitute of the kernel model.

    Raises:
        InputError: Something in the request cannot be used, or there is no pair to replace.
    """
    setup = prepare(request)
    known = setup.catalogue.kernel.substitutes
    if name not in known:
        raise ConfigError(unknown("kind of device to try", name, known))
    setup = _with_all_rules(setup)
    kernel = setup.catalogue.kernel
    changes = [substitute(plan.workspace.profile, name, kernel) for plan in setup.plans]
    concerned = _with_plans(setup, map(_concerned, setup.plans, changes))
    if not any(plan.systems for plan in concerned.plans):
        raise ConfigError(_nowhere(known[name].replaces))
    moved = _with_plans(setup, map(_moved, concerned.plans, changes))
    result = recall(moved)
    return report(moved, result or _analysed(concerned, moved, changes, progress))


def _nowhere(kind: str) -> str:
    return (
        f"in the modes that are analysed, no program is attached to a {kind} device whose peer is "
        f'in another namespace: one with kind = "{kind}", a netns, and another peer_netns'
    )


def _with_all_rules(setup: Setup) -> Setup:
    """A setup with all rules, where nobody selects some: this is a question, not a verdict."""
    if setup.request.select or setup.user.settings.select:
        return setup
    names = tuple(rule.id for rule in setup.catalogue.rules)
    request = msgspec.structs.replace(setup.request, select=names)
    rules = rules_of(request, setup.catalogue, setup.user)
    return msgspec.structs.replace(setup, request=request, rules=rules)


def _with_plans(setup: Setup, plans: Iterable[Plan]) -> Setup:
    """A setup with other plans, of which the request asks for a part."""
    own = tuple(plans)
    modes = tuple(sorted({system.mode for plan in own for system in plan.systems}))
    request = msgspec.structs.replace(setup.request, modes=modes)
    return msgspec.structs.replace(setup, plans=own, request=request)


def _concerned(plan: Plan, change: Substituted) -> Plan:
    """A plan with the systems that are others after the substitution."""
    systems = tuple(one for one in plan.systems if change.concerns(one))
    return msgspec.structs.replace(plan, systems=systems)


def _moved(plan: Plan, change: Substituted) -> Plan:
    """A plan with the profile after the substitution."""
    systems = tuple(
        msgspec.structs.replace(one, mode=change.modes[one.mode]) for one in plan.systems
    )
    workspace = msgspec.structs.replace(plan.workspace, profile=change.profile)
    return msgspec.structs.replace(plan, systems=systems, workspace=workspace)


def _analysed(
    concerned: Setup, moved: Setup, changes: list[Substituted], progress: Progress
) -> Result:
    """What only the second analysis finds; programs are parsed, and settings checked, once."""
    from bpf_lint.pipeline.stages import answers, stages
    from bpf_lint.pipeline.summary import result_of

    done = stages(concerned, progress)
    known = {one for answer in done.answers for f in answer.findings for one in _contexts(f)}
    found = [
        msgspec.structs.replace(answer, findings=tuple(_new(answer.findings, known)))
        for answer in answers(moved, done.parsed, progress, apart=True)
    ]
    result = result_of(moved, done.parsed, found)
    lost = dict.fromkeys(f"nothing takes the place of {one}" for c in changes for one in c.lost)
    notes = (*result.summary.notes, *lost)
    summary = msgspec.structs.replace(result.summary, what_if=changes[0].name, notes=notes)
    result = msgspec.structs.replace(result, summary=summary)
    remember(moved, done.parsed, result)
    return result


def _new(findings: Iterable[Finding], known: set[Context]) -> Iterator[Finding]:
    """Findings with the contexts alone that are not known."""
    for finding in findings:
        both = zip(finding.occurrences, _contexts(finding), strict=True)
        if new := tuple(one for one, context in both if context not in known):
            yield msgspec.structs.replace(finding, occurrences=new)


def _contexts(finding: Finding) -> Iterator[Context]:
    """What is the same of a finding before and after: all but the hook and what it makes true."""
    for one in finding.occurrences:
        hook = one.hook
        yield (
            finding.rule,
            (finding.path, finding.line, finding.column),
            (hook.configuration, hook.program, hook.entry),
            (one.target.origin, one.target.netns) if one.target else "",
        )
