"""Counts of findings by rule and mode."""

from __future__ import annotations

from collections.abc import Sequence

from bpf_lint.model.finding import Finding
from bpf_lint.reporters.common import flat, modes_of, severity_rank

NOTHING = "no findings to count by rule and mode"


def table(findings: Sequence[Finding]) -> list[str]:
    """A line a rule: severity, number of sites, number of contexts, modes."""
    rules: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in findings:
        key = (severity_rank(finding.severity), finding.rule, finding.severity)
        rules.setdefault(key, []).append(finding)
    if not rules:
        return [NOTHING]
    lines = [f"{'rule':<28} {'severity':<8} {'sites':>5} {'contexts':>8}  modes"]
    for (_rank, rule, severity), members in sorted(rules.items()):
        contexts = sum(len(finding.occurrences) for finding in members)
        modes = flat(", ".join(modes_of(members)))
        lines.append(
            f"{flat(rule):<28} {severity:<8} {len(members):>5} {contexts:>8}  {modes}".rstrip()
        )
    return lines
