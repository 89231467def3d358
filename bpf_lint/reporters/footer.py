"""The end of a report for people: what was read, what was not, and under which assumptions."""

from __future__ import annotations

from bpf_lint.model.finding import Cause, Report, Summary
from bpf_lint.reporters.bycause import count_causes
from bpf_lint.reporters.common import (
    configurations_run,
    flat,
    hidden_text,
    judged_line,
    modes_run,
    plural,
    verdict_lines,
)
from bpf_lint.reporters.paint import Paint

MOST_NAMES = 8


def footer(report: Report, paint: Paint, *, listed: bool, base: str = "") -> list[str]:
    """Counts in one paragraph, then skipped programs and notes, one line each.

    Args:
        listed: What is of unknown origin stands above.
        base: Folder that paths begin in, "" where it need not be said.
    """
    summary = report.summary
    style = "error" if summary.skipped else "bold"
    lines = [paint.style(line, style) for line in paint.wrap(headline(report), "", "  ")]
    lines += paint.wrap(f"other paths are from {base}" if base else "", "", "  ")
    lines += paint.wrap(assumptions(summary), "", "  ")
    if summary.unresolved_tail_calls:
        count = plural(summary.unresolved_tail_calls, "tail call")
        lines += paint.wrap(
            f"{count} without a known target: `bpf-lint graph` lists them", "", "  "
        )
    for line in cause_lines(summary) or verdict_lines(summary):
        lines += paint.wrap(f"not analysed: {line}", "", "  ")
    for note in summary.notes:
        lines += paint.wrap(f"note: {flat(note)}", "", "  ")
    return [*lines, *paint.wrap(judged_line(summary, listed=listed), "", "  ")]


def headline(report: Report) -> str:
    """`C causes, N findings; analysed M of K programs`, after the question that they answer."""
    summary = report.summary
    found = found_text(report)
    programs = plural(summary.programs, "program")
    parts = sum(one.part for one in summary.skipped)
    more = f" and parts of {parts}" if parts else ""
    return f"{found}{hidden_text(summary)}; analysed {summary.analysed} of {programs}{more}"


def found_text(report: Report) -> str:
    """How many findings there are, and what of."""
    if not report.summary.what_if:
        found = plural(len(report.findings), "finding")
        causes = plural(count_causes(report.findings), "cause")
        return f"{causes}, {found}" if report.findings else found
    places = plural(len(report.findings), "place")
    return f"what if {report.summary.what_if}: {places} that a port has to change"


def cause_lines(summary: Summary) -> list[str]:
    """Why programs were not analysed: a line for each cause, with the first few programs."""
    lines = []
    for one in summary.causes:
        remedy = f"; {one.remedy}" if one.remedy else ""
        lines.append(flat(f"{_who(one)}: {one.text}{remedy}"))
    return lines


def _who(cause: Cause) -> str:
    """The programs of a cause."""
    if len(cause.programs) == 1:
        return cause.programs[0]
    return f"{len(cause.programs)} programs ({_names(list(cause.programs))})"


def assumptions(summary: Summary) -> str:
    """Modes, configurations, profile and source of the flags."""
    modes = _names(modes_run(summary))
    names = _names(configurations_run(summary))
    parts = [
        f"modes: {modes}" if modes else "no device modes",
        f"configurations: {names or 'none'}",
        *([f"{summary.configurations} combinations of these"] if modes else []),
        f"profile: {summary.profile or 'none'}",
    ]
    if summary.flags_from:
        parts.append(f"flags from {summary.flags_from}")
    return "; ".join(parts)


def _names(names: list[str]) -> str:
    """Names with commas, the rest of a long list counted."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
