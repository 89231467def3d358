"""Reviewdog's diagnostic format, as one JSON document."""

from __future__ import annotations

from typing import Any

from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters.common import contexts, flat, ordered, origin_text, title, where
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options

SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(report: Report, options: Options) -> str:
    """Findings, then programs that were not analysed."""
    diagnostics = [_diagnostic(finding, options) for finding in ordered(report.findings)]
    diagnostics += [
        {
            "message": flat(f"bpf-lint could not analyse this program: {item.reason}"),
            "location": {"path": item.path},
            "severity": "ERROR",
            "code": {"value": "not-analysed"},
        }
        for item in sorted(report.summary.skipped)
    ]
    document = {"source": {"name": "bpf-lint"}, "diagnostics": diagnostics}
    return json_text(document)


def _diagnostic(finding: Finding, options: Options) -> dict[str, Any]:
    """One finding; columns are bytes in both worlds."""
    diagnostic: dict[str, Any] = {
        "message": _message(finding, options),
        "location": _location(finding.path, finding.line, finding.column),
        "severity": SEVERITIES.get(finding.severity, "INFO"),
        "code": {"value": finding.rule},
    }
    if related := _related(finding):
        diagnostic["relatedLocations"] = related
    return diagnostic


def _message(finding: Finding, options: Options) -> str:
    """Title, reason, first context and suggestion."""
    lines = [title(finding, options), flat(finding.message)]
    lines += [f"at: {flat(where(occurrence))}" for occurrence in contexts(finding)[:1]]
    if finding.suggestion:
        lines.append(f"suggestion: {flat(finding.suggestion)}")
    return "\n".join(lines)


def _related(finding: Finding) -> list[dict[str, Any]]:
    """Where the ifindexes come from, each place once."""
    places: dict[tuple[str, int], dict[str, Any]] = {}
    for occurrence in finding.occurrences:
        target = occurrence.target
        if target is not None and target.path and target.line > 0:
            text = f"origin: {origin_text(occurrence)}"
            location = _location(target.path, target.line, 1)
            places.setdefault((target.path, target.line), {"message": text, "location": location})
    return list(places.values())


def _location(path: str, line: int, column: int) -> dict[str, Any]:
    """A place; lines and columns start at 1."""
    return {"path": path, "range": {"start": {"line": max(line, 1), "column": max(column, 1)}}}
