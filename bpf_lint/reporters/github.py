"""Workflow commands of GitHub Actions: annotations on the lines of a change."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Report
from bpf_lint.model.printable import show_hidden
from bpf_lint.reporters.common import (
    contexts,
    fact,
    flat,
    group_label,
    judged_line,
    most_severe_first,
    origin_text,
    place,
    plural,
    verdict_lines,
)
from bpf_lint.reporters.footer import assumptions, headline
from bpf_lint.reporters.options import Options

# GitHub shows this many annotations of each kind for a step and drops the others silently.
MOST_OF_A_KIND = 10
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, options: Options) -> str:
    """Programs that were not analysed and findings, most severe first; the rest counted."""
    left = dict.fromkeys(COMMANDS.values(), MOST_OF_A_KIND)
    lines: list[str] = []
    dropped: list[str] = []
    commands = [_skipped(line) for line in verdict_lines(report.summary)]
    commands += [_annotation(finding, options) for finding in most_severe_first(report.findings)]
    for kind, command, plain in commands:
        left[kind] -= 1
        (lines if left[kind] >= 0 else dropped).append(command if left[kind] >= 0 else plain)
    return "".join(f"{line}\n" for line in [*lines, *_rest(dropped), *_footer(report)])


def _annotation(finding: Finding, options: Options) -> tuple[str, str, str]:
    """Kind, command and plain line of a finding."""
    kind = COMMANDS.get(finding.severity, "notice")
    name = f"{fact(finding, options)} [{finding.rule}]"
    properties = {
        "file": finding.path,
        "line": str(finding.line),
        "col": str(finding.column),
        "title": name,
    }
    where = place(finding.path, finding.line, finding.column)
    return kind, command(kind, properties, _body(finding)), f"{where}: {finding.severity}: {name}"


def _skipped(line: str) -> tuple[str, str, str]:
    """Kind, command and plain line of a program that was not analysed."""
    text = f"not analysed: {line}"
    return "error", command("error", {"title": "bpf-lint could not analyse a program"}, text), text


def _body(finding: Finding) -> str:
    """Reason, first context, origin and suggestion, a line each."""
    lines = [flat(finding.message)]
    if finding.occurrences:
        first = contexts(finding)[0]
        more = len(finding.occurrences) - 1
        tail = f" (and {plural(more, 'more context')})" if more else ""
        lines.append(f"at: {flat(group_label(first))}{tail}")
        if origin := origin_text(first):
            lines.append(f"origin: {origin}")
    if finding.suggestion:
        lines.append(f"suggestion: {flat(finding.suggestion)}")
    return "\n".join(lines)


def command(kind: str, properties: dict[str, str], body: str) -> str:
    """A workflow command with its text escaped, as the runner's toolkit does it."""
    head = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {head}::{_data(body)}"


def _data(text: str) -> str:
    """A command's message: no line ends, no percent sign, nothing that a log obeys."""
    return show_hidden(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """A command's property: also no colon and no comma."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _rest(dropped: list[str]) -> list[str]:
    """What GitHub would not have shown, as plain lines of the log."""
    if not dropped:
        return []
    count = plural(len(dropped), "more result")
    return [f"bpf-lint: {count} than GitHub annotates:", *(_log(line) for line in dropped)]


def _footer(report: Report) -> list[str]:
    """The counts, as plain lines of the log."""
    summary = report.summary
    notes = [f"note: {note}" for note in summary.notes]
    told = (headline(report), assumptions(summary), *notes, judged_line(summary))
    return [_log(line) for line in told]


def _log(line: str) -> str:
    """A line of the log in which the runner sees no command."""
    return f"bpf-lint: {flat(line)}"
