"""Parts of a finding as text: its header, labelled paragraphs, numbered steps."""

from __future__ import annotations

import os

from bpf_lint.model.finding import Finding, Step
from bpf_lint.reporters.common import fact, flat, place
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.paint import Paint

INDENT = "  "


def header(finding: Finding, options: Options, paint: Paint) -> str:
    """`path:line:column: severity: fact [rule]`."""
    where = place(os.path.join(options.base, finding.path), finding.line, finding.column)
    shown = paint.link(paint.style(where, "bold"), finding.path)
    severity = paint.style(f"{finding.severity}:", finding.severity)
    rule = paint.style(f"[{flat(finding.rule)}]", "dim")
    return f"{shown}: {severity} {fact(finding, options)} {rule}"


def place_of(finding: Finding) -> str:
    """`path:line:column` of the call."""
    return place(finding.path, finding.line, finding.column)


def part(paint: Paint, name: str, text: str, most: int = 0) -> list[str]:
    """A labelled paragraph; nothing for no text.

    Args:
        most: Lines that it may take, 0 for any number; what does not fit is left out.
    """
    if not text.strip():
        return []
    lines = paint.wrap(text, f"{INDENT}{name}: ", INDENT * 2)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], paint.cut(f"{lines[most - 1]} {lines[most].strip()}")]
    return labelled(paint, name, lines)


def labelled(paint: Paint, name: str, lines: list[str]) -> list[str]:
    """Lines with the label at the front of the first one, in its style."""
    start = f"{INDENT}{name}:"
    return [f"{INDENT}{paint.style(name + ':', 'label')}{lines[0][len(start) :]}", *lines[1:]]


def places_of(steps: tuple[Step, ...]) -> list[str]:
    """Where each step happens."""
    return [place(step.path, step.line) if step.path else "(kernel)" for step in steps]


def widest(places: list[str], paint: Paint) -> int:
    """Columns of the places of a path."""
    return min(max(map(len, places), default=0), paint.width // 2)
