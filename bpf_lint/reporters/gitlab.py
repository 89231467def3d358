"""GitLab's code quality report."""

from __future__ import annotations

from collections import Counter

from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters.common import fact, flat, judged_line, modes_of, ordered
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options

SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, options: Options) -> str:
    """A list of issues with unique fingerprints; programs that were not analysed are blockers.

    What was judged is an issue where something was not: a list of issues has no other place.
    """
    seen: Counter[str] = Counter()
    issues = [_issue(finding, options, seen) for finding in ordered(report.findings)]
    for item in sorted(report.summary.skipped):
        digest = _unique(f"not-analysed/{item.path}", seen)
        text = flat(f"bpf-lint could not analyse this program: {item.reason}")
        issues.append(_shape(text, "not-analysed", digest, "blocker", item.path, 1))
    if report.summary.open_questions:
        path = report.summary.units[0].path if report.summary.units else "."
        text = f"bpf-lint: {judged_line(report.summary)}"
        issues.append(_shape(text, "not-judged", _unique("not-judged", seen), "info", path, 1))
    return json_text(issues)


def _issue(finding: Finding, options: Options, seen: Counter[str]) -> dict[str, object]:
    """One finding."""
    modes = flat(", ".join(modes_of([finding])))
    head = fact(finding, options) + (f" ({modes})" if modes else "")
    text = f"{head}: {flat(finding.message)}"
    severity = SEVERITIES.get(finding.severity, "info")
    digest = _unique(finding.fingerprint, seen)
    return _shape(text, finding.rule, digest, severity, finding.path, finding.line)


def _unique(digest: str, seen: Counter[str]) -> str:
    """The fingerprint, numbered from its second use on: GitLab drops repeated ones."""
    seen[digest] += 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _shape(
    text: str, check: str, digest: str, severity: str, path: str, line: int
) -> dict[str, object]:
    """An issue with the members that GitLab asks for."""
    return {
        "description": text,
        "check_name": check,
        "fingerprint": digest,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": max(line, 1)}},
    }
