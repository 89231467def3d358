"""Findings in full: every context, every step with its source line, and what each cause has."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Occurrence, Report, Step
from bpf_lint.model.printable import guarded, safe
from bpf_lint.reporters.bycause import by_cause
from bpf_lint.reporters.common import (
    NOTHING_UNKNOWN,
    Ordinary,
    contexts,
    defines_text,
    elsewhere_text,
    flat,
    more_contexts,
    more_origins,
    ordinary_defines,
    origin_text,
    plural,
    step_text,
    tested_text,
    where,
)
from bpf_lint.reporters.excerpt import excerpt, excerpt_of
from bpf_lint.reporters.footer import footer
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.paint import Paint, paint_for
from bpf_lint.reporters.parts import INDENT, header, part, place_of, places_of, widest
from bpf_lint.reporters.proposals import block as proposed
from bpf_lint.reporters.relative import relative
from bpf_lint.reporters.statistics import table

MOST = 6


def render(report: Report, options: Options) -> str:
    """All findings by cause, then unknown origins and statistics if asked for, then the footer."""
    paint = paint_for(options)
    groups = by_cause(report.findings, options.rules)
    groups += by_cause(report.unknown, options.rules) if options.show_unknown else []
    ordinary = ordinary_defines(report.summary)
    blocks = [
        block(finding, options, paint, ordinary, group) for group in groups for finding in group
    ]
    if options.statistics:
        blocks.append(table(report.findings))
    if options.show_unknown:
        blocks.append(proposed(report.proposals) if report.unknown else [NOTHING_UNKNOWN])
    blocks.append(footer(report, paint, listed=options.show_unknown))
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in blocks if lines)


def explained(report: Report, findings: list[Finding], options: Options) -> str:
    """Some findings of a report in full, with the others of their causes named."""
    wanted = {one.fingerprint for one in findings}
    report, options = relative(report, options)
    paint = paint_for(options)
    ordinary = ordinary_defines(report.summary)
    blocks = [
        block(one, options, paint, ordinary, group)
        for group in by_cause(report.findings, options.rules)
        for one in group
        if one.fingerprint in wanted
    ]
    text = "\n".join("".join(f"{line}\n" for line in lines) for lines in blocks)
    return guarded(text, styles=options.color or options.hyperlinks)


def block(
    finding: Finding,
    options: Options,
    paint: Paint,
    ordinary: Ordinary | None = None,
    group: list[Finding] | None = None,
) -> list[str]:
    """Lines of one finding.

    Args:
        ordinary: Macros that tell no configuration from another, and are left out.
        group: All findings of its cause.
    """
    lines = [header(finding, options, paint), *excerpt_of(paint, options.read_source, finding)]
    lines += part(paint, "reason", finding.message)
    lines += part(paint, "same cause", _others(finding, group or []))
    if occurrences := contexts(finding):
        lines += _at(paint, occurrences, ordinary)
        if steps := (*occurrences[0].trace, *occurrences[0].after):
            lines += [f"{INDENT}{paint.style('path:', 'label')}"]
            lines += _numbered(paint, options, steps)
        lines += _origin(paint, options, occurrences)
    lines += part(paint, "suggestion", finding.suggestion)
    lines += part(paint, "done right", elsewhere_text(occurrences[0]) if occurrences else "")
    if finding.confidence and finding.confidence != "high":
        lines += part(paint, "confidence", finding.confidence)
    return [*lines, *part(paint, "fingerprint", finding.fingerprint)]


def _others(finding: Finding, group: list[Finding]) -> str:
    """The calls of the other findings of a cause, the rest of many counted."""
    others = [place_of(one) for one in group[: MOST + 1] if one is not finding][:MOST]
    more = f" and {len(group) - 1 - len(others)} more" if len(group) - 1 > len(others) else ""
    return ", ".join(others) + more


def _at(paint: Paint, occurrences: tuple[Occurrence, ...], ordinary: Ordinary | None) -> list[str]:
    """The first context in full, the others in a line for each hook."""
    first = occurrences[0]
    lines = [*part(paint, "at", where(first)), *_context(paint, first, ordinary)]
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
    described = f" ({occurrence.described})" if occurrence.described else ""
    rows.append(f"configuration {hook.configuration or 'default'}{described}")
    if tested := tested_text(occurrence):
        rows.append(f"the path tests {tested}")
    if defines := ", ".join(defines_text(occurrence, ordinary)):
        rows.append(f"defined there: {defines}")
    rows += [f"assumed: {assumption}" for assumption in occurrence.assumptions]
    return [line for row in rows for line in paint.wrap(row, INDENT * 2, INDENT * 3)]


def _origin(paint: Paint, options: Options, occurrences: tuple[Occurrence, ...]) -> list[str]:
    """Where the ifindex comes from, with the steps that it took, and where else from."""
    target = occurrences[0].target
    lines = part(paint, "origin", origin_text(occurrences[0]))
    lines += _numbered(paint, options, target.steps if target else ())
    others = [f"also from {text}" for text in more_origins(occurrences)]
    return lines + _few(paint, others, "origin")


def _numbered(paint: Paint, options: Options, steps: tuple[Step, ...]) -> list[str]:
    """Steps with number, place and text, each over its line of source."""
    places = places_of(steps)
    column = widest(places, paint)
    lines = []
    for number, (step, at) in enumerate(zip(steps, places, strict=True), start=1):
        head = f"{INDENT * 2}{number:>2}. {at:<{column}}  "
        wrapped = paint.wrap(flat(step_text(step)), head, " " * len(head))
        lines += [wrapped[0].replace(at, paint.link(at, step.path), 1), *wrapped[1:]]
        source = excerpt(paint, options.read_source, step.path, step.line, step.column)
        lines += [f"{INDENT * 3}{line}" for line in source]
    return lines
