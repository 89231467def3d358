"""The tables of docs/precision.md, from the farm of trees and what was judged of its reports."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bpf_lint.survey.fleet import Fleet, Tree, read_fleet

FARM = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "farm.toml"
BLOCK = re.compile(r"(<!-- the farm: .*? -->\n).*?(<!-- end of the farm -->)", re.DOTALL)


def with_farm(text: str) -> str:
    """The page with the tables of the farm."""
    fleet = read_fleet(FARM)
    parts = [*_rules(fleet), "", *_trees(fleet), "", *_reports(fleet)]
    return BLOCK.sub(lambda found: f"{found[1]}\n" + "\n".join(parts) + f"\n\n{found[2]}", text)


def _rules(fleet: Fleet) -> Iterator[str]:
    judged = [(tree, one) for tree in fleet.trees for one in tree.judged]
    counts = Counter((one.rule, one.right) for _, one in judged)
    trees = {rule: len({t.name for t, one in judged if one.rule == rule}) for rule, _ in counts}
    yield "| rule | true | false | in trees |"
    yield "|---|---|---|---|"
    for rule in sorted(trees):
        yield f"| `{rule}` | {counts[rule, True]} | {counts[rule, False]} | {trees[rule]} |"


def _trees(fleet: Fleet) -> Iterator[str]:
    yield "| tree | commit | folder | programs | reports: true, false |"
    yield "|---|---|---|---|---|"
    for tree in fleet.trees:
        right = sum(one.right for one in tree.judged)
        kind = f" ({tree.kind})" if tree.kind else ""
        found = f"{right}, {len(tree.judged) - right}" if tree.judged else "none"
        name = f"{tree.name}{kind}"
        commit = f"{tree.repository} {tree.commit[:12]}"
        yield f"| {name} | {commit} | `{tree.folder}` | {tree.programs} | {found} |"


def _reports(fleet: Fleet) -> Iterator[str]:
    yield "| tree | rule | sites | true? | why |"
    yield "|---|---|---|---|---|"
    for tree in fleet.trees:
        for rule, sites, right, why in _grouped(tree):
            shown = ", ".join(sites)
            yield f"| {tree.name} | `{rule}` | {shown} | {'yes' if right else 'no'} | {why} |"


def _grouped(tree: Tree) -> Iterator[tuple[str, list[str], bool, str]]:
    """Reports of one rule with one reason together."""
    groups: dict[tuple[str, bool, str], list[str]] = {}
    for one in tree.judged:
        why = " ".join(one.why.split()).replace("|", "\\|")
        groups.setdefault((one.rule, one.right, why), []).append(one.site or one.fingerprint)
    for (rule, right, why), sites in groups.items():
        yield rule, sites, right, why
