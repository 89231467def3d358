"""A history as Markdown: a table of findings, one of releases."""

from __future__ import annotations

from bpf_lint.reporters.marked import code, prose
from bpf_lint.survey.formats import words
from bpf_lint.survey.history import History, Lasting


def render(history: History) -> str:
    """The tables."""
    lines = [prose(words.headline(history)) + ".", ""]
    if history.findings:
        lines += ["| | finding | present | since | gone with |", "|---|---|---|---|---|"]
        lines += [_finding(history, one) for one in history.findings]
        lines.append("")
    lines += ["| release | date | findings |", "|---|---|---|"]
    for group, first in words.grouped(history.releases):
        name = prose(words.ranges(history, [one.name for one in group]))
        lines.append(f"| {name} | {first.date} | {prose(words.verdict(first))} |")
    left = words.open_ends(history)
    lines += ["", *(f"- {prose(one)}" for one in left)] if left else []
    return "\n".join(lines) + "\n"


def _finding(history: History, one: Lasting) -> str:
    modes = f", {prose(', '.join(one.last.modes))}" if one.last.modes else ""
    place = f"{code(words.where(one))} in {code(one.last.function)}"
    cells = [
        str(one.number),
        f"{place}: {prose(words.what(one))} ({code(one.last.rule)}{modes})",
        prose(words.ranges(history, one.releases))
        + (f"; not known: {prose(words.ranges(history, one.unknown))}" if one.unknown else ""),
        "<br>".join(prose(text) for text in words.since(history, one)),
        "<br>".join(prose(text) for text in words.gone(history, one)) or words.NONE,
    ]
    return f"| {' | '.join(cells)} |"
