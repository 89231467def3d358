"""Findings by cause: one mistake, and the calls that it shows at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpf_lint.config.rule_schema import Rule
from bpf_lint.model.finding import Finding
from bpf_lint.reporters.common import place_key, severity_rank


def by_cause(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[list[Finding]]:
    """Groups of findings with one cause, ordered by the place of their first findings.

    The first of a group is the one whose text tells it: of the most severe, one of the rule that
    gives the cause its name.
    """
    groups: dict[str, list[Finding]] = {}
    for number, finding in enumerate(findings):
        # One of an old report, say, that names no cause, is a cause of its own.
        groups.setdefault(finding.cause or str(number), []).append(finding)

    def first(finding: Finding) -> tuple[object, ...]:
        rule = rules.get(finding.rule)
        names_it = rule is not None and rule.cause in ("", rule.id)
        return (severity_rank(finding.severity), not names_it, place_key(finding))

    ordered = [sorted(group, key=first) for group in groups.values()]
    return sorted(ordered, key=lambda group: place_key(group[0]))


def count_causes(findings: Iterable[Finding]) -> int:
    """Number of causes of the findings."""
    return len({finding.cause or str(number) for number, finding in enumerate(findings)})
