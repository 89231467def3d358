"""Findings for people: excerpt, reason, at, path, origin, suggestion; then the footer."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Occurrence, Report, Step
from bpf_lint.model.printable import safe
from bpf_lint.reporters.common import (
    Ordinary,
    contexts,
    defines_text,
    flat,
    more_contexts,
    more_origins,
    ordered,
    ordinary_defines,
    origin_text,
    place,
    plural,
    step_text,
    title,
    where,
)
from bpf_lint.reporters.excerpt import excerpt
from bpf_lint.reporters.footer import footer
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.paint import Paint, paint_for
from bpf_lint.reporters.proposals import block as proposed
from bpf_lint.reporters.statistics import table

INDENT = "  "
MOST = 6


def render(report: Report, options: Options) -> str:
    """All findings, then unknown origins and statistics if asked for, then the footer."""
    paint = paint_for(options)
    shown = [*ordered(report.findings), *(ordered(report.unknown) if options.show_unknown else ())]
    ordinary = ordinary_defines(report.summary)
    blocks = [block(finding, options, paint, ordinary) for finding in shown]
    if options.statistics:
        blocks.append(table(report.findings))
    if options.show_unknown:
        blocks.append(proposed(report.proposals))
    blocks.append(footer(report, paint))
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in blocks if lines)


def block(
    finding: Finding, options: Options, paint: Paint, ordinary: Ordinary | None = None
) -> list[str]:
    """Lines of one finding.

    Args:
        ordinary: Macros that tell no configuration from another, and are left out.
    """
    lines = [_header(finding, options, paint)]
    lines += excerpt(paint, options.read_source, finding.path, finding.line, finding.column)
    lines += _part(paint, "reason", finding.message)
    if occurrences := contexts(finding):
        lines += _at(paint, occurrences, ordinary)
        lines += _steps(paint, "path", occurrences[0].trace)
        lines += _origin(paint, occurrences)
    lines += _part(paint, "suggestion", finding.suggestion)
    if finding.confidence and finding.confidence != "high":
        lines += _part(paint, "confidence", finding.confidence)
    return lines


def _header(finding: Finding, options: Options, paint: Paint) -> str:
    """`path:line:column: severity: title [rule]`."""
    where = place(finding.path, finding.line, finding.column)
    shown = paint.link(paint.style(where, "bold"), finding.path)
    severity = paint.style(f"{finding.severity}:", finding.severity)
    rule = paint.style(f"[{flat(finding.rule)}]", "dim")
    return f"{shown}: {severity} {title(finding, options)} {rule}"


def _part(paint: Paint, label: str, text: str) -> list[str]:
    """A labelled paragraph; nothing for no text."""
    if not text.strip():
        return []
    head = f"{INDENT}{label}: "
    lines = paint.wrap(text, head, INDENT * 2)
    return _label(paint, label, lines)


def _label(paint: Paint, label: str, lines: list[str]) -> list[str]:
    """The lines with the label at the front of the first one in its style."""
    start = f"{INDENT}{label}:"
    return [f"{INDENT}{paint.style(label + ':', 'label')}{lines[0][len(start) :]}", *lines[1:]]


def _at(paint: Paint, occurrences: tuple[Occurrence, ...], ordinary: Ordinary | None) -> list[str]:
    """The first context in full, the others in a line for each hook."""
    first = occurrences[0]
    lines = [*_part(paint, "at", where(first)), *_context(paint, first, ordinary)]
    return lines + _few(paint, more_contexts(occurrences), "hook")


def _few(paint: Paint, texts: list[str], noun: str) -> list[str]:
    """Some of the texts, the rest counted."""
    lines = [line for text in texts[:MOST] for line in paint.wrap(text, INDENT * 2, INDENT * 3)]
    if len(texts) > MOST:
        lines.append(f"{INDENT * 2}and {plural(len(texts) - MOST, f'more {noun}')}")
    return lines


def _context(paint: Paint, occurrence: Occurrence, ordinary: Ordinary | None) -> list[str]:
    """Entry, configuration with the defines that make it up, and what was assumed."""
    hook = occurrence.hook
    rows = [f"entry {hook.entry} of {safe(hook.program)}"]
    defines = ", ".join(defines_text(occurrence, ordinary))
    rows.append(
        f"configuration {hook.configuration or 'default'}" + (f": {defines}" * bool(defines))
    )
    rows += [f"assumed: {assumption}" for assumption in occurrence.assumptions]
    return [line for row in rows for line in paint.wrap(row, INDENT * 2, INDENT * 3)]


def _origin(paint: Paint, occurrences: tuple[Occurrence, ...]) -> list[str]:
    """Where the ifindex comes from, with the steps that it took, and where else from."""
    target = occurrences[0].target
    lines = _part(paint, "origin", origin_text(occurrences[0]))
    lines += _numbered(paint, target.steps if target else ())
    others = [f"also from {text}" for text in more_origins(occurrences)]
    return lines + _few(paint, others, "origin")


def _steps(paint: Paint, label: str, steps: tuple[Step, ...]) -> list[str]:
    """A labelled, numbered path."""
    if not steps:
        return []
    return [f"{INDENT}{paint.style(label + ':', 'label')}", *_numbered(paint, steps)]


def _numbered(paint: Paint, steps: tuple[Step, ...]) -> list[str]:
    """Steps with number, place and text; places in one column."""
    places = [place(step.path, step.line) if step.path else "(kernel)" for step in steps]
    widest = min(max(map(len, places), default=0), paint.width // 2)
    lines = []
    for number, (step, at) in enumerate(zip(steps, places, strict=True), start=1):
        head = f"{INDENT * 2}{number:>2}. {at:<{widest}}  "
        indent = " " * (len(INDENT * 2) + 4 + widest + 2)
        wrapped = paint.wrap(step_text(step), head, indent)
        shown = paint.link(at, step.path)
        lines += [wrapped[0].replace(at, shown, 1), *wrapped[1:]]
    return lines
