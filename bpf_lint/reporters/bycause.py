"""Findings by cause: one mistake, and the calls that it shows at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpf_lint.config.rule_schema import Rule
from bpf_lint.model.finding import Finding
from bpf_lint.reporters.common import fact, flat, place_key, severity_rank
from bpf_lint.reporters.options import Options


def by_cause(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[list[Finding]]:
    """Groups of findings with one cause, ordered by the place of their first findings.

    The first of a group is the one whose text tells it: of the most severe, one that nothing makes
    void, of the rule that gives the cause its name. Those about one call are told in the order of
    what happens to it.
    """
    groups: dict[str, list[Finding]] = {}
    for number, finding in enumerate(findings):
        # One of an old report, say, that names no cause, is a cause of its own.
        groups.setdefault(finding.cause or str(number), []).append(finding)

    def first(finding: Finding) -> tuple[object, ...]:
        rule = rules.get(finding.rule)
        names_it = rule is not None and rule.cause in ("", rule.id)
        return (severity_rank(finding.severity), is_void(finding), not names_it, place_key(finding))

    def order(group: list[Finding]) -> tuple[object, ...]:
        told = group[0]
        rule = rules.get(told.rule)
        return (told.path, told.line, told.column, rule.at_stage() if rule else 0, place_key(told))

    return sorted((sorted(group, key=first) for group in groups.values()), key=order)


def is_void(finding: Finding) -> bool:
    """True where something else happens to the call before, in all contexts."""
    return bool(finding.occurrences) and finding.occurrences[0].earlier is not None


def besides(group: list[Finding]) -> list[Finding]:
    """The findings of other rules about the call that the first one of a group is about."""
    told = group[0]
    here = (told.path, told.line, told.column)
    return [one for one in group[1:] if (one.path, one.line, one.column) == here]


def told_alone(finding: Finding, options: Options) -> str:
    """What is wrong at a call, and where, without what happens there before."""
    earlier = finding.occurrences[0].earlier if finding.occurrences else None
    before = f"{flat(earlier.fact)}; besides, " if earlier else ""
    return fact(finding, options).removeprefix(before)


def count_causes(findings: Iterable[Finding]) -> int:
    """Number of causes of the findings."""
    return len({finding.cause or str(number) for number, finding in enumerate(findings)})
