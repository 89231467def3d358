"""A sweep for a terminal."""

from __future__ import annotations

from bpf_lint.model.printable import safe
from bpf_lint.survey.formats import sweep_words as words
from bpf_lint.survey.sweep import Reported, Sweep, Swept


def render(sweep: Sweep) -> str:
    """Each tree with its reports, each rule, and all of it in a line."""
    lines: list[str] = []
    for tree in sweep.trees:
        lines += _tree(tree)
    rules = list(words.by_rule(sweep))
    if rules:
        width = max(len(rule) for rule, *_ in rules)
        lines += ["", f"{'':{width}}  true  false  not judged"]
        lines += [f"{rule:{width}}  {t:4}  {f:5}  {o:10}" for rule, t, f, o in rules]
    return "\n".join([*lines, "", words.headline(sweep)]) + "\n"


def _tree(tree: Swept) -> list[str]:
    lines = [f"{safe(tree.name)} ({safe(words.place(tree))}): {words.state(tree)}"]
    lines += [_report(one) for one in tree.reports]
    lines += [f"  gone: {safe(words.gone(one))}" for one in tree.gone]
    return lines + [f"  problem: {safe(one)}" for one in tree.problems]


def _report(one: Reported) -> str:
    news = f"{one.news}: " if one.news else ""
    told = f"{safe(one.site)}: {words.what(one)} [{one.sighting.rule}]"
    return f"  {news}{told}: {words.verdict(one)}"
