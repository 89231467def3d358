"""What bpf-lint finds in public trees at named commits, as a page for the people who keep them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from precision import FARM

from bpf_lint.config.rule_schema import Rule
from bpf_lint.survey.fleet import Judgement, Tree, read_fleet

HEAD = Path(__file__).with_suffix(".md")  # what the page begins with
OWN_PAGE = "cilium/cilium"


def page(rules: dict[str, Rule]) -> str:
    """The page."""
    parts = [HEAD.read_text()]
    for tree in read_fleet(FARM).trees:
        found = [one for one in tree.judged if one.right]
        if found and tree.repository != OWN_PAGE:
            parts += _section(tree, found, rules)
    return "".join(parts)


def _section(tree: Tree, found: list[Judgement], rules: dict[str, Rule]) -> Iterator[str]:
    where = f"`{tree.repository}` at `{tree.commit[:12]}`, folder `{tree.folder}`."
    yield f"\n## {tree.name}\n\n{where}\n\n"
    alike = sorted(found, key=lambda one: (one.rule, one.why))
    for (rule, why), group in groupby(alike, key=lambda one: (one.rule, one.why)):
        sites = ", ".join(f"`{one.site}`" for one in group)
        text = " ".join(why.split())
        yield f"- {sites}: {rules[rule].title} ([{rule}](rules/{rule}.md)). {text}\n"
