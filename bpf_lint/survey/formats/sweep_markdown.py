"""A sweep as Markdown: rules, trees, reports."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.reporters.marked import code, prose
from bpf_lint.survey.formats import sweep_words as words
from bpf_lint.survey.sweep import Sweep, Swept


def render(sweep: Sweep) -> str:
    """The tables."""
    lines = [f"{prose(words.headline(sweep))}.", "", *rules(sweep), ""]
    lines += ["| tree | commit | analysed | reports |", "|---|---|---|---|"]
    for tree in sweep.trees:
        lines.append(
            f"| {prose(tree.name)} | {code(tree.commit[:10])} | {prose(words.state(tree))} "
            f"| {len(tree.reports)} |"
        )
    told = [row for tree in sweep.trees for row in _reports(tree)]
    if told:
        lines += ["", "| tree | rule | site | report | judged |", "|---|---|---|---|---|", *told]
    left = words.problems(sweep)
    lines += ["", *(f"- {prose(one)}" for one in left)] if left else []
    return "\n".join(lines) + "\n"


def rules(sweep: Sweep) -> list[str]:
    """The table of rules."""
    rows = [f"| {code(rule)} | {t} | {f} | {o} |" for rule, t, f, o in words.by_rule(sweep)]
    return ["| rule | true | false | not judged |", "|---|---|---|---|", *rows]


def _reports(tree: Swept) -> Iterator[str]:
    for one in tree.reports:
        news = f" ({one.news})" if one.news else ""
        yield (
            f"| {prose(tree.name)} | {code(one.sighting.rule)} | {code(one.site)}{news} "
            f"| {prose(words.what(one))} | {prose(words.verdict(one))} |"
        )
    for gone in tree.gone:
        yield (
            f"| {prose(tree.name)} | {code(gone.rule)} | {code(gone.site)} (gone) | "
            f"| {prose(gone.verdict)} |"
        )
