"""SARIF 2.1.0, within the limits that GitHub's code scanning sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from bpf_lint.config.schema import Rule
from bpf_lint.model.finding import Finding, Occurrence, Report, Step, Summary
from bpf_lint.model.printable import show_hidden
from bpf_lint.reporters.common import (
    contexts,
    defines_text,
    flat,
    group_contexts,
    modes_of,
    most_severe_first,
    ordered,
    origin_text,
    title,
    where,
)
from bpf_lint.reporters.excerpt import before_column, source_lines
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# Documented limits of code scanning: what is shown of a run and of a result.
MOST_RESULTS = 5000
MOST_FLOW_LOCATIONS = 1000
MOST_FLOWS = 8
MOST_FLOWS_IN_ALL = 4000
MOST_RELATED = 100
TAGS = ["bpf", "correctness", "network-namespace"]
PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}

Json = dict[str, Any]


def render(report: Report, options: Options) -> str:
    """One run with rules, results and what could not be analysed."""
    lines = _Columns(options)
    shown = ordered(most_severe_first(report.findings)[:MOST_RESULTS])
    rules = _rules(shown, options)
    flows = max(1, min(MOST_FLOWS, MOST_FLOWS_IN_ALL // max(len(shown), 1)))
    run: Json = {
        "tool": {"driver": _driver(rules, options)},
        "automationDetails": {"id": "bpf-lint/"},
        "invocations": [_invocation(report, len(report.findings) - len(shown))],
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, list(rules), lines, flows) for finding in shown],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document, indent=0)


class _Columns:
    """Columns of clang, in bytes, as the UTF-16 units that SARIF counts."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._files: dict[str, list[str]] = {}

    def of(self, path: str, line: int, column: int) -> int:
        """The 1-based column in UTF-16 units; the same where there is no source."""
        if path not in self._files:
            self._files[path] = source_lines(self._options.read_source, path)
        lines = self._files[path]
        if (
            not 1 <= line <= len(lines)
            or column > len(lines[line - 1].encode("utf-8", "surrogateescape")) + 1
        ):
            return max(column, 1)
        before = before_column(lines[line - 1], column)
        return len(before.encode("utf-16-le")) // 2 + 1


def _driver(rules: dict[str, Json], options: Options) -> Json:
    """The tool with its rules."""
    return {
        "name": "bpf-lint",
        "semanticVersion": options.version,
        "rules": list(rules.values()),
    }


def _rules(findings: Iterable[Finding], options: Options) -> dict[str, Json]:
    """All known rules by id, and those that findings name beside them."""
    descriptors = {name: _rule(rule) for name, rule in sorted(options.rules.items())}
    for finding in findings:
        if finding.rule not in descriptors:
            text = {"text": title(finding, options)}
            descriptors[finding.rule] = {"id": finding.rule, "shortDescription": text}
    return descriptors


def _rule(rule: Rule) -> Json:
    """A rule with its help as text and as Markdown."""
    name = "".join(part.capitalize() for part in rule.id.split("-"))
    return {
        "id": rule.id,
        "name": name,
        "shortDescription": {"text": flat(rule.title)},
        "fullDescription": {"text": safe_lines(rule.description)[:1000]},
        "help": {"text": _help(rule), "markdown": _help_markdown(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": TAGS, "problem.severity": PROBLEM[rule.severity]},
    }


def safe_lines(text: str) -> str:
    """Text of several lines without control characters."""
    return show_hidden(text.strip())


def _help(rule: Rule) -> str:
    """A rule's help as plain text."""
    parts = [rule.description, rule.kernel, rule.limits and f"Limits: {rule.limits}"]
    return "\n\n".join(safe_lines(part) for part in parts if part)


def _help_markdown(rule: Rule) -> str:
    """A rule's help with its two examples."""
    parts = [safe_lines(rule.description), "**What the kernel does.** " + safe_lines(rule.kernel)]
    for label, example in (("Wrong", rule.bad), ("Right", rule.good)):
        caption = f"**{label}**" + (f": {flat(example.caption)}" if example.caption else "")
        parts.append(f"{caption}\n\n```c\n{safe_lines(example.code)}\n```")
    if rule.limits:
        parts.append("**Limits.** " + safe_lines(rule.limits))
    parts += [f"- <{reference}>" for reference in rule.references]
    return "\n\n".join(parts)


def _invocation(report: Report, left_out: int) -> Json:
    """Whether all programs were analysed, and why not."""
    summary = report.summary
    notes = [_skipped(item.path, item.reason) for item in sorted(summary.skipped)]
    texts = list(summary.notes)
    if left_out:
        texts.append(f"{left_out} findings more than code scanning shows were left out")
    notes += [{"level": "note", "message": {"text": flat(text)}} for text in texts]
    return {"executionSuccessful": _complete(summary), "toolExecutionNotifications": notes}


def _complete(summary: Summary) -> bool:
    """True where every program was analysed."""
    return not summary.skipped and summary.analysed == summary.programs


def _skipped(path: str, reason: str) -> Json:
    """A program that was not analysed."""
    return {
        "level": "error",
        "message": {"text": flat(f"not analysed: {reason}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
    }


def _result(finding: Finding, rules: Sequence[str], lines: _Columns, most_flows: int) -> Json:
    """One finding, with the paths of at most so many contexts."""
    location = _location(finding.path, finding.line, finding.column, lines)
    if finding.function:
        location["logicalLocations"] = [{"name": finding.function, "kind": "function"}]
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity,
        "message": {"text": _message(finding)},
        "locations": [location],
        "partialFingerprints": {"bpfLint/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "modes": modes_of([finding]),
            "contexts": len(finding.occurrences),
        },
    }
    if flows := _flows(contexts(finding)[:most_flows], lines):
        result["codeFlows"] = flows
    if related := _related(finding.occurrences, lines):
        result["relatedLocations"] = related
    return result


def _message(finding: Finding) -> str:
    """Reason, contexts and suggestion as paragraphs."""
    parts = [flat(finding.message)]
    if finding.occurrences:
        first = contexts(finding)[0]
        rows = [flat(label) for label, _members in group_contexts(finding.occurrences)[:6]]
        defines = ", ".join(defines_text(first))
        parts.append("At: " + "; ".join(rows) + (f" (with {defines})" if defines else "") + ".")
        if origin := origin_text(first):
            parts.append(f"Origin: {origin}.")
    if finding.suggestion:
        parts.append(f"Suggestion: {flat(finding.suggestion)}")
    return _plain("\n\n".join(parts))


def _plain(text: str) -> str:
    """Message text in which nothing reads as an embedded link."""
    return text.replace("](", "] (")


def _flows(occurrences: Sequence[Occurrence], lines: _Columns) -> list[Json]:
    """A code flow for each context that has a path, within the limit for a result."""
    flows, room = [], MOST_FLOW_LOCATIONS
    for occurrence in occurrences:
        steps = (*(occurrence.target.steps if occurrence.target else ()), *occurrence.trace)
        located = [step for step in steps if step.path and step.line > 0]
        if not located or len(located) > room:
            continue
        room -= len(located)
        text = f"{where(occurrence)}, configuration {occurrence.hook.configuration}"
        text = _plain(flat(text))
        flow = {"locations": [_flow_location(step, lines) for step in located]}
        flows.append({"message": {"text": text}, "threadFlows": [flow]})
    return flows


def _flow_location(step: Step, lines: _Columns) -> Json:
    """A step of a path."""
    location = _location(step.path, step.line, step.column, lines)
    location["message"] = {"text": _plain(flat(step.text or step.kind))}
    return {"location": location, "kinds": [step.kind], "importance": _importance(step)}


def _importance(step: Step) -> str:
    """Which steps a viewer shows first."""
    return (
        "essential" if step.kind in {"entry", "redirect", "map_store", "map_load"} else "important"
    )


def _related(occurrences: Sequence[Occurrence], lines: _Columns) -> list[Json]:
    """Where the ifindexes come from, each place once."""
    related: dict[tuple[str, int], Json] = {}
    for occurrence in occurrences:
        target = occurrence.target
        if target is None or not target.path or target.line < 1:
            continue
        if (target.path, target.line) not in related and len(related) < MOST_RELATED:
            location = _location(target.path, target.line, 1, lines)
            location["id"] = len(related) + 1
            location["message"] = {"text": _plain(f"origin: {origin_text(occurrence)}")}
            related[target.path, target.line] = location
    return list(related.values())


def _location(path: str, line: int, column: int, lines: _Columns) -> Json:
    """A place in a file of the repository."""
    region = {"startLine": max(line, 1), "startColumn": lines.of(path, line, column)}
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _artifact(path: str) -> Json:
    """A file relative to the repository's root; absolute paths lie outside of it."""
    if path.startswith("/"):
        return {"uri": "file://" + quote(path, errors="surrogateescape")}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}
