"""A sweep as a page of HTML."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.survey.formats import sweep_words as words
from bpf_lint.survey.formats.page import code, page, row, table, text
from bpf_lint.survey.sweep import Sweep, Swept


def render(sweep: Sweep) -> str:
    """The page."""
    body = [f"<p>{text(words.headline(sweep))}.</p>"]
    rules = [row(code(rule), map(str, counts)) for rule, *counts in words.by_rule(sweep)]
    body += table("Rules", ["rule", "true", "false", "not judged"], rules)
    trees = [_tree(tree) for tree in sweep.trees]
    body += table("Trees", ["tree", "kind", "commit", "analysed", "reports"], trees)
    reports = [one for tree in sweep.trees for one in _reports(tree)]
    body += table("Reports", ["tree", "site", "rule", "what", "judged", "news"], reports)
    left = words.problems(sweep)
    body += ["<ul>", *(f"<li>{text(one)}</li>" for one in left), "</ul>"] if left else []
    return page("Reports about a fleet", body)


def _tree(tree: Swept) -> str:
    cells = [text(tree.kind), code(tree.commit[:10]), text(words.state(tree))]
    return row(text(tree.name), [*cells, str(len(tree.reports))])


def _reports(tree: Swept) -> Iterator[str]:
    for one in tree.reports:
        told = [code(one.site), code(one.sighting.rule), text(words.what(one))]
        yield row(text(tree.name), [*told, text(words.verdict(one)), one.news])
    for gone in tree.gone:
        told = [code(gone.site), code(gone.rule), "", text(f"{gone.verdict}: {gone.why}")]
        yield row(text(tree.name), [*told, "gone"])
