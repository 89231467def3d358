"""A comment for a pull request: a table, and for each cause a folded path with a diagram."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Report, Step
from bpf_lint.reporters.bycause import by_cause
from bpf_lint.reporters.common import (
    contexts,
    elsewhere_text,
    fact,
    group_label,
    judged_line,
    modes_of,
    more_contexts,
    more_origins,
    origin_text,
    plural,
    severity_rank,
    step_text,
    tested_text,
    verdict_lines,
)
from bpf_lint.reporters.footer import assumptions, found_text, headline
from bpf_lint.reporters.marked import code, prose, verbatim
from bpf_lint.reporters.mermaid import diagram
from bpf_lint.reporters.options import Options

MARK = "<!-- bpf-lint -->"
# GitHub and GitLab refuse comments of more than 65,536 characters.
MOST_CHARACTERS = 60_000
MOST_ROWS = 50
MOST_DIAGRAMS = 20
MOST_SITES = 8


def render(report: Report, options: Options) -> str:
    """The comment, within the size that code review tools accept."""
    groups = by_cause(report.findings, options.rules)
    groups.sort(key=lambda group: severity_rank(group[0].severity))
    counted = _count(len(groups), len(report.findings), options)
    told = prose(found_text(report)) if report.summary.what_if else counted
    head = [MARK, f"### bpf-lint: {told}", ""]
    head += _table(groups, options)
    tail = _tail(report)
    room = MOST_CHARACTERS - sum(len(line) + 1 for line in [*head, *tail])
    body: list[str] = []
    for number, group in enumerate(groups):
        block = _details(group, options, with_diagram=number < MOST_DIAGRAMS)
        room -= sum(len(line) + 1 for line in block)
        if room < 0:
            rest = len(groups) - number
            body += [f"Details of {plural(rest, 'more cause')} do not fit here.", ""]
            break
        body += block
    return "\n".join([*head, *body, *tail]) + "\n"


def _count(causes: int, findings: int, options: Options) -> str:
    """`2 causes, 3 new findings since v1`, or `no findings`."""
    new = "new " if options.new_since else ""
    since = f" since {code(options.new_since)}" if options.new_since else ""
    if not findings:
        return f"no {new}findings{since}"
    return f"{plural(causes, 'cause')}, {plural(findings, f'{new}finding')}{since}"


def _table(groups: list[list[Finding]], options: Options) -> list[str]:
    """A row a cause."""
    if not groups:
        return []
    lines = ["| severity | where | what | modes |", "|---|---|---|---|"]
    for group in groups[:MOST_ROWS]:
        finding = group[0]
        more = f", {plural(len(group), 'site')} in all" if len(group) > 1 else ""
        where = f"{code(f'{finding.path}:{finding.line}')} in {code(finding.function)}{more}"
        what = f"{prose(fact(finding, options))} ({code(finding.rule)})"
        modes = prose(", ".join(modes_of(group)))
        lines.append(f"| {finding.severity} | {where} | {what} | {modes} |")
    if len(groups) > MOST_ROWS:
        lines.append(f"| | … and {len(groups) - MOST_ROWS} more | | |")
    return [*lines, ""]


def _details(group: list[Finding], options: Options, with_diagram: bool) -> list[str]:
    """The folded part of a cause, told by its first finding."""
    finding = group[0]
    place = code(f"{finding.path}:{finding.line}:{finding.column}")
    name = verbatim(fact(finding, options))
    lines = ["<details>", f"<summary>{finding.severity} at {place}: {name}</summary>", ""]
    lines += [f"**Reason.** {prose(finding.message)}", ""]
    lines += _sites(group, options)
    lines += _contexts(finding)
    if occurrences := contexts(finding):
        first = occurrences[0]
        if with_diagram:
            site = f"{finding.statement or finding.rule}<br>{finding.path.rsplit('/', 1)[-1]}"
            lines += ["```mermaid", *diagram(first, f"{site}:{finding.line}"), "```", ""]
        lines += _steps("Path", (*first.trace, *first.after))
        if origin := origin_text(first):
            lines += [f"**Origin.** {prose(origin)}", ""]
            lines += _steps("", first.target.steps if first.target else ())
            lines += [f"Also from {prose(one)}.\n" for one in more_origins(occurrences)[:8]]
    if finding.suggestion:
        lines += [f"**Suggestion.** {prose(finding.suggestion)}", ""]
    if right := elsewhere_text(contexts(finding)[0]) if finding.occurrences else "":
        lines += [f"**Done right.** {prose(right)}", ""]
    return [*lines, "</details>", ""]


def _sites(group: list[Finding], options: Options) -> list[str]:
    """The other sites of a cause, the rest of many counted."""
    if len(group) == 1:
        return []
    lines = ["**Also at**", ""]
    for one in group[1 : MOST_SITES + 1]:
        lines.append(f"- {code(f'{one.path}:{one.line}')} {prose(fact(one, options))}")
    if len(group) > MOST_SITES + 1:
        lines.append(f"- and {len(group) - 1 - MOST_SITES} more")
    return [*lines, ""]


def _contexts(finding: Finding) -> list[str]:
    """Where the finding holds: a line for each hook."""
    occurrences = contexts(finding)
    if not occurrences:
        return []
    first = occurrences[0]
    name = first.hook.configuration or "default"
    described = f" ({first.described})" if first.described else ""
    lines = ["**At**", "", f"- {prose(group_label(first))}"]
    lines.append(f"  configuration {prose(name + described)}")
    if tested := tested_text(first):
        lines.append(f"- the path tests {prose(tested)}")
    lines += [f"- assumed: {prose(one)}" for one in first.assumptions]
    lines += [f"- {prose(text)}" for text in more_contexts(occurrences)[:8]]
    return [*lines, ""]


def _steps(label: str, steps: tuple[Step, ...]) -> list[str]:
    """A numbered path."""
    if not steps:
        return []
    lines = [f"**{label}**", ""] if label else []
    for number, step in enumerate(steps, start=1):
        place = code(f"{step.path}:{step.line}") if step.path else "kernel"
        lines.append(f"{number}. {place} {prose(step_text(step))}")
    return [*lines, ""]


def _tail(report: Report) -> list[str]:
    """What was analysed and what was not."""
    lines = [f"{prose(headline(report))}; {prose(assumptions(report.summary))}."]
    skipped = verdict_lines(report.summary)
    lines += [f"- **not analysed:** {prose(line)}" for line in skipped[:20]]
    if len(skipped) > 20:
        lines.append(f"- and {plural(len(skipped) - 20, 'more program')} not analysed")
    lines += [f"- {prose(note)}" for note in report.summary.notes[:20]]
    return [*lines, f"- {prose(judged_line(report.summary))}"]
