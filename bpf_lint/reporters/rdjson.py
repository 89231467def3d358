"""Reviewdog's diagnostic format, as one JSON document."""

from __future__ import annotations

from typing import Any

from bpf_lint.model import addresses
from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters.common import (
    contexts,
    fact,
    flat,
    judged_line,
    ordered,
    origin_text,
    where,
)
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.places import Sources, utf8

SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(report: Report, options: Options) -> str:
    """Findings, then programs that were not analysed."""
    sources = Sources(options)
    diagnostics = [_diagnostic(finding, options, sources) for finding in ordered(report.findings)]
    diagnostics += [
        {
            "message": flat(f"bpf-lint could not analyse this program: {item.reason}"),
            "location": {"path": item.path},
            "severity": "ERROR",
            "code": {"value": "not-analysed"},
        }
        for item in sorted(report.summary.skipped)
    ]
    if report.summary.open_questions:
        diagnostics.append(_not_judged(report))
    source = {"name": "bpf-lint", "url": addresses.DOCUMENTATION}
    document = {"source": source, "diagnostics": diagnostics}
    return json_text(document)


def _not_judged(report: Report) -> dict[str, Any]:
    """What was judged, where something was not: at a program, for a place it must have."""
    units = report.summary.units
    return {
        "message": f"bpf-lint: {judged_line(report.summary)}",
        "location": {"path": units[0].path if units else "."},
        "severity": "INFO",
        "code": {"value": "not-judged"},
    }


def _diagnostic(finding: Finding, options: Options, sources: Sources) -> dict[str, Any]:
    """One finding; columns are bytes in both worlds."""
    page = options.page_of(finding.rule)
    diagnostic: dict[str, Any] = {
        "message": _message(finding, options),
        "location": _location(finding.path, finding.line, finding.column, sources),
        "severity": SEVERITIES.get(finding.severity, "INFO"),
        "code": {"value": finding.rule, **({"url": page} if page else {})},
    }
    if related := _related(finding, sources):
        diagnostic["relatedLocations"] = related
    return diagnostic


def _message(finding: Finding, options: Options) -> str:
    """Title, reason, first context and suggestion."""
    lines = [fact(finding, options), flat(finding.message)]
    lines += [f"at: {flat(where(occurrence))}" for occurrence in contexts(finding)[:1]]
    if finding.suggestion:
        lines.append(f"suggestion: {flat(finding.suggestion)}")
    return "\n".join(lines)


def _related(finding: Finding, sources: Sources) -> list[dict[str, Any]]:
    """Where the ifindexes come from, each place once."""
    places: dict[tuple[str, int], dict[str, Any]] = {}
    for occurrence in finding.occurrences:
        target = occurrence.target
        if target is not None and target.path and target.line > 0:
            text = f"origin: {origin_text(occurrence)}"
            location = _location(target.path, target.line, 1, sources)
            places.setdefault((target.path, target.line), {"message": text, "location": location})
    return list(places.values())


def _location(path: str, line: int, column: int, sources: Sources) -> dict[str, Any]:
    """A place; lines and columns start at 1, and the end is the first column after it."""
    start = {"line": max(line, 1), "column": max(column, 1)}
    span = sources.span(path, line, column)
    if span is None:
        return {"path": path, "range": {"start": start}}
    end = {"line": start["line"], "column": start["column"] + utf8(span.text)}
    return {"path": path, "range": {"start": start, "end": end}}
