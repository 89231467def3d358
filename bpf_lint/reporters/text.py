"""Causes for people, each in a few lines: what, where, why, the way there, what to do."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Occurrence, Report
from bpf_lint.reporters.bycause import besides, by_cause, is_void, told_alone
from bpf_lint.reporters.common import (
    NOTHING_UNKNOWN,
    contexts,
    elsewhere_text,
    flat,
    more_contexts,
    plural,
    tested_text,
)
from bpf_lint.reporters.excerpt import excerpt_of
from bpf_lint.reporters.footer import footer
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.paint import Paint, paint_for
from bpf_lint.reporters.parts import header, labelled, part, place_of, places_of, widest
from bpf_lint.reporters.proposals import block as proposed
from bpf_lint.reporters.statistics import table
from bpf_lint.reporters.way import way

# Lines: of a cause (where the terminal has so many columns or more), and of its parts.
WIDE, MOST = 100, 15
REASON, AT, SUGGESTION = 3, 2, 3
STEPS = (4, 6)
MOST_TESTED = 3


def render(report: Report, options: Options) -> str:
    """All causes, then unknown origins and statistics if asked for, then the footer."""
    paint = paint_for(options)
    groups = by_cause(report.findings, options.rules)
    if options.show_unknown:
        groups += by_cause(report.unknown, options.rules)
    blocks = [block(group, options, paint) for group in groups]
    if options.statistics:
        blocks.append(table(report.findings))
    if options.show_unknown:
        blocks.append(proposed(report.proposals) if report.unknown else [NOTHING_UNKNOWN])
    blocks.append(footer(report, paint, listed=options.show_unknown, base=options.base))
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in blocks if lines)


def block(group: list[Finding], options: Options, paint: Paint) -> list[str]:
    """Lines of one cause, told by its first finding."""
    finding = group[0]
    here = besides(group)
    head = [header(finding, options, paint), *excerpt_of(paint, options.read_source, finding)]
    head += _also(paint, [one for one in group if one not in here])
    reason = part(paint, "reason", finding.message, REASON + is_void(finding))
    for one in here:
        reason += part(paint, "besides", f"{told_alone(one, options)} [{flat(one.rule)}]", 2)
    advised = " ".join(dict.fromkeys(one.suggestion for one in (finding, *here)))
    most = SUGGESTION + bool(here or is_void(finding)) + (paint.width < WIDE)
    suggestion = part(paint, "suggestion", advised, most)
    occurrences = contexts(finding)
    if not occurrences:
        return [*head, *reason, *suggestion]
    room = MOST - sum(map(len, (head, reason, suggestion)))
    steps = len(way(occurrences[0], STEPS[0]))
    decisive = part(paint, "at", _decisive(occurrences[0]), AT)
    right = part(paint, "done right", elsewhere_text(occurrences[0]), 1)
    right = right if room - len(right) - max(1, len(decisive)) >= steps else []
    room -= len(right)
    at = part(paint, "at", _where(occurrences), max(1, min(AT, room - steps)))
    path = _path(paint, occurrences[0], max(STEPS[0], min(STEPS[1], room - len(at))))
    return [*head, *reason, *path, *at, *suggestion, *right]


def _also(paint: Paint, group: list[Finding]) -> list[str]:
    """The other calls of a cause, by rule where that is another; a path is said once."""
    texts: dict[str, list[str]] = {}
    path = group[0].path
    for finding in group[1:]:
        rule = "" if finding.rule == group[0].rule else f" [{flat(finding.rule)}]"
        same = f":{finding.line}:{finding.column}"
        texts.setdefault(rule, []).append(same if finding.path == path else place_of(finding))
        path = finding.path
    told = "; ".join(", ".join(places) + rule for rule, places in texts.items())
    return part(paint, f"{plural(len(group), 'site')} in all, also", told, 1) if told else []


def _where(occurrences: tuple[Occurrence, ...]) -> str:
    """Mode and what the path tests, what is assumed, the configuration, the other contexts."""
    first = occurrences[0]
    hook = first.hook
    decisive = _decisive(first)
    parts = [decisive] if decisive else []
    parts += [f"assumed: {one}" for one in first.assumptions]
    parts.append("" if decisive or not hook.mode else f"{hook.mode}, ")
    parts[-1] += f"configuration {hook.configuration or 'default'}"
    parts[-1] += f" ({first.described})" if first.described else ""
    return "; ".join([*parts, *more_contexts(occurrences)])


def _decisive(occurrence: Occurrence) -> str:
    """Mode and what decides whether the path is there, "" where nothing does."""
    tested = tested_text(occurrence, MOST_TESTED)
    mode = f"{occurrence.hook.mode}, " if occurrence.hook.mode else ""
    return f"{mode}with {tested}" if tested else ""


def _path(paint: Paint, occurrence: Occurrence, most: int) -> list[str]:
    """The steps that matter, in at most so many lines."""
    steps = way(occurrence, most)
    places = places_of(steps)
    column = widest(places, paint)
    rows = []
    for number, (step, at) in enumerate(zip(steps, places, strict=True), start=1):
        label = "  path: " if number == 1 else " " * 8
        head = f"{label}{number}. {at:<{column}}  "
        rows.append(paint.wrap(step.text, head, " " * len(head)))
    if sum(map(len, rows)) > most:
        rows = [row if len(row) == 1 else [paint.cut(f"{row[0]} …")] for row in rows]
    lines = []
    for row, step, at in zip(rows, steps, places, strict=True):
        lines += [row[0].replace(at, paint.link(at, step.path), 1), *row[1:]]
    return labelled(paint, "path", lines) if lines else []
