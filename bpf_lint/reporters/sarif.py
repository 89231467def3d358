"""SARIF 2.1.0, within the limits that GitHub's code scanning sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from bpf_lint.config.rule_schema import Rule
from bpf_lint.model import addresses
from bpf_lint.model.finding import Finding, Occurrence, Report, Step, Summary, Suppressed
from bpf_lint.model.printable import safe, show_hidden
from bpf_lint.reporters.bycause import by_cause
from bpf_lint.reporters.common import (
    contexts,
    defines_text,
    fact,
    flat,
    group_contexts,
    judged_line,
    modes_of,
    most_severe_first,
    ordered,
    origin_text,
    title,
    where,
)
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options, Repository
from bpf_lint.reporters.places import Sources
from bpf_lint.reporters.sarifplaces import ROOT, Json, artifact, location, shown_location

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# Documented limits of code scanning: what is shown of a run and of a result.
MOST_RESULTS = 5000
MOST_FLOW_LOCATIONS = 1000
MOST_FLOWS = 8
MOST_FLOWS_IN_ALL = 4000
MOST_RELATED = 100
MOST_SAME_CAUSE = 10  # enough to see them; the correlation's id finds the others
TAGS = ["bpf", "correctness", "network-namespace", "security"]
PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}

# What code scanning sorts alerts by: packets that leave their namespace are a matter of isolation.
SECURITY = {"error": "7.0", "warning": "5.0", "note": "2.0"}


def render(report: Report, options: Options) -> str:
    """One run with rules, results and what could not be analysed."""
    lines = Sources(options)
    shown = ordered(most_severe_first(report.findings)[:MOST_RESULTS])
    hidden = report.suppressed[: MOST_RESULTS - len(shown)]
    rules = _rules([*shown, *(one.finding for one in hidden)], options)
    flows = max(1, min(MOST_FLOWS, MOST_FLOWS_IN_ALL // max(len(shown), 1)))
    causes = _Causes(shown, options)
    run: Json = {
        "tool": {"driver": _driver(rules, options)},
        "automationDetails": {"id": "bpf-lint/"},
        "invocations": [_invocation(report, len(report.findings) - len(shown))],
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(finding, list(rules), lines, flows, causes) for finding in shown],
    }
    run["results"] += [_suppressed(one, list(rules), lines, causes) for one in hidden]
    if options.repository:
        run["versionControlProvenance"] = [_provenance(options.repository)]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document, indent=0)


def _driver(rules: dict[str, Json], options: Options) -> Json:
    """The tool with its rules."""
    return {
        "name": "bpf-lint",
        "version": options.version,
        "semanticVersion": semantic(options.version),
        "informationUri": addresses.DOCUMENTATION,
        "rules": list(rules.values()),
    }


def _rules(findings: Iterable[Finding], options: Options) -> dict[str, Json]:
    """All known rules by id, and those that findings name beside them."""
    descriptors = {name: _rule(rule, options) for name, rule in sorted(options.rules.items())}
    for finding in findings:
        if finding.rule not in descriptors:
            text = {"text": title(finding, options)}
            own = {"id": finding.rule, "shortDescription": text}
            descriptors[finding.rule] = {**own, "messageStrings": _strings(text["text"])}
    return descriptors


def _rule(rule: Rule, options: Options) -> Json:
    """A rule with its help as text and as Markdown, and its page."""
    name = "".join(part.capitalize() for part in rule.id.split("-"))
    page = options.page_of(rule.id)
    return {
        **({"helpUri": page} if page else {}),
        "id": rule.id,
        "name": name,
        "shortDescription": {"text": flat(rule.title)},
        "fullDescription": {"text": safe_lines(rule.description)[:1000]},
        "help": {"text": _help(rule), "markdown": _help_markdown(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "messageStrings": _strings(flat(rule.title)),
        "properties": {
            "tags": TAGS,
            "precision": "high" if rule.status == "stable" else "medium",
            "problem.severity": PROBLEM[rule.severity],
            "security-severity": SECURITY[rule.severity],
        },
    }


def _strings(text: str) -> Json:
    """What a rule says of every result; results say what it means there."""
    plain = text.rstrip(".").replace("{", "(").replace("}", ")")
    return {"default": {"text": f"{plain} in '{{0}}'."}}


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
    texts = [*summary.notes, judged_line(summary)]
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
        "locations": [{"physicalLocation": {"artifactLocation": artifact(path)}}],
    }


class _Causes:
    """The findings of a run by cause, for the links between them."""

    def __init__(self, findings: Sequence[Finding], options: Options) -> None:
        self.options = options
        self._groups = {
            group[0].cause: group for group in by_cause(findings, options.rules) if group[0].cause
        }

    def others(self, finding: Finding) -> list[Finding]:
        """Other findings of a finding's cause, the first few."""
        group = self._groups.get(finding.cause, [])[: MOST_SAME_CAUSE + 1]
        return [one for one in group if one is not finding][:MOST_SAME_CAUSE]


def _result(
    finding: Finding, rules: Sequence[str], lines: Sources, most_flows: int, causes: _Causes
) -> Json:
    """One finding, with the paths of at most so many contexts."""
    place = shown_location(finding.path, finding.line, finding.column, lines)
    if finding.function:
        place["logicalLocations"] = [{"name": finding.function, "kind": "function"}]
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity,
        "message": {
            "text": _message(finding, causes.options),
            "id": "default",
            "arguments": [flat(finding.function)],
        },
        "locations": [place],
        "partialFingerprints": {"bpfLint/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "modes": modes_of([finding]),
            "contexts": len(finding.occurrences),
        },
    }
    if flows := _flows(contexts(finding)[:most_flows], lines):
        result["codeFlows"] = flows
    if finding.cause:
        # The same for all results of one cause.
        result["correlationGuid"] = str(UUID(finding.cause, version=5))
    related = _related(finding.occurrences, lines)
    related += _same_cause(causes, finding, lines)[: MOST_RELATED - len(related)]
    if related:
        result["relatedLocations"] = [{**one, "id": at} for at, one in enumerate(related, 1)]
    return result


def _same_cause(causes: _Causes, finding: Finding, lines: Sources) -> list[Json]:
    """The calls of the other findings of the same cause."""
    related = []
    for one in causes.others(finding):
        place = location(one.path, one.line, one.column, lines)
        place["message"] = {"text": _plain(f"same cause: {fact(one, causes.options)}")}
        related.append(place)
    return related


def _suppressed(one: Suppressed, rules: Sequence[str], lines: Sources, causes: _Causes) -> Json:
    """A finding that somebody has decided about."""
    kind = "inSource" if one.by == "comment" else "external"
    why = {"kind": kind, "status": "accepted", "justification": flat(one.reason)}
    return {**_result(one.finding, rules, lines, 1, causes), "suppressions": [why]}


def _provenance(repository: Repository) -> Json:
    """Which commit of which repository was analysed."""
    return {
        "repositoryUri": repository.address,
        "revisionId": repository.revision,
        **({"branch": safe(repository.branch)} if repository.branch else {}),
        "mappedTo": {"uriBaseId": ROOT},
    }


def semantic(version: str) -> str:
    """A version of Python's form in that of Semantic Versioning: `0.2.0-dev.12+gabc`."""
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.?(dev|a|b|rc)(\d+))?(\+.*)?", version)
    if found is None:
        return "0.0.0"
    numbers = ".".join(found[n] or "0" for n in (1, 2, 3))
    return numbers + (f"-{found[4]}.{found[5]}" if found[4] else "") + (found[6] or "")


def _message(finding: Finding, options: Options) -> str:
    """What is wrong, why, contexts and suggestion as paragraphs."""
    parts = [f"{fact(finding, options).rstrip('.')}.", flat(finding.message)]
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


def _flows(occurrences: Sequence[Occurrence], lines: Sources) -> list[Json]:
    """A code flow for each context that has a path, within the limit for a result."""
    flows, room = [], MOST_FLOW_LOCATIONS
    for occurrence in occurrences:
        travelled = occurrence.target.steps if occurrence.target else ()
        steps = (*travelled, *occurrence.trace, *occurrence.after)
        located = [step for step in steps if step.path and step.line > 0]
        if not located or len(located) > room:
            continue
        room -= len(located)
        text = f"{where(occurrence)}, configuration {occurrence.hook.configuration}"
        text = _plain(flat(text))
        flow = {"locations": [_flow_location(step, lines) for step in located]}
        flows.append({"message": {"text": text}, "threadFlows": [flow]})
    return flows


def _flow_location(step: Step, lines: Sources) -> Json:
    """A step of a path."""
    place = location(step.path, step.line, step.column, lines)
    place["message"] = {"text": _plain(flat(step.text or step.kind))}
    return {"location": place, "kinds": [step.kind], "importance": _importance(step)}


def _importance(step: Step) -> str:
    """Which steps a viewer shows first."""
    return (
        "essential" if step.kind in {"entry", "redirect", "map_store", "map_load"} else "important"
    )


def _related(occurrences: Sequence[Occurrence], lines: Sources) -> list[Json]:
    """Where the ifindexes come from, each place once."""
    related: dict[tuple[str, int], Json] = {}
    for occurrence in occurrences:
        target = occurrence.target
        if target is None or not target.path or target.line < 1:
            continue
        if (target.path, target.line) not in related and len(related) < MOST_RELATED:
            place = location(target.path, target.line, 1, lines)
            place["message"] = {"text": _plain(f"origin: {origin_text(occurrence)}")}
            related[target.path, target.line] = place
    right = next((one.elsewhere for one in occurrences if one.elsewhere), None)
    if right and right.path and right.line:
        place = location(right.path, right.line, right.column, lines)
        place["message"] = {"text": _plain(f"done right: {flat(right.text)}")}
        return [*related.values(), place]
    return list(related.values())
