"""A history for a terminal."""

from __future__ import annotations

from bpf_lint.model.printable import safe
from bpf_lint.survey.formats import words
from bpf_lint.survey.history import History, Lasting


def render(history: History) -> str:
    """Each finding, then each release."""
    lines: list[str] = []
    for one in history.findings:
        lines += [*_finding(history, one), ""]
    lines += [*_releases(history), ""] if history.findings else []
    return "\n".join([*lines, words.headline(history)]) + "\n"


def _finding(history: History, one: Lasting) -> list[str]:
    modes = f" ({', '.join(one.last.modes)})" if one.last.modes else ""
    head = f"{one.number}. {safe(words.where(one))}: {one.last.function}: {words.what(one)}"
    lines = [f"{head} [{one.last.rule}]{modes}"]
    lines.append(f"   {words.ranges(history, one.releases)}: present")
    if one.unknown:
        lines.append(f"   {words.ranges(history, one.unknown)}: not known")
    lines += [
        f"   {_label('since', at)} {text}" for at, text in enumerate(words.since(history, one))
    ]
    lines += [
        f"   {_label('gone with', at)} {text}" for at, text in enumerate(words.gone(history, one))
    ]
    return lines


def _label(text: str, at: int) -> str:
    return text if not at else f"{text.split()[0]}, too:"


def _releases(history: History) -> list[str]:
    rows = [
        (first.name if len(group) == 1 else f"{first.name} to {group[-1].name}", first.date, first)
        for group, first in words.grouped(history.releases)
    ]
    width = max(len(name) for name, _, _ in rows)
    return [f"{name:{width}}  {date}  {words.verdict(one)}" for name, date, one in rows]
