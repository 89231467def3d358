"""What the formats of a sweep say in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpf_lint.reporters.common import flat, plural
from bpf_lint.survey.rows import SHORT
from bpf_lint.survey.sweep import FALSE, OPEN, TRUE, Gone, Reported, Sweep, Swept


def state(tree: Swept) -> str:
    """Which state it is, and how much of it was analysed."""
    if tree.failed:
        return f"not analysed: {flat(tree.failed)}"
    return f"{tree.analysed} of {plural(tree.programs, 'program')}"


def place(tree: Swept) -> str:
    """Repository, commit and folder."""
    at = f" at {tree.commit[:SHORT]}" if tree.commit else ""
    return f"{tree.repository}{at}, {tree.folder}"


def what(one: Reported) -> str:
    """What is wrong, in half a line."""
    return flat(one.sighting.fact or one.sighting.message)


def verdict(one: Reported) -> str:
    """What is said of a report."""
    return f"{one.verdict}: {flat(one.why)}" if one.why else one.verdict


def gone(one: Gone) -> str:
    """A report that is there no more."""
    return f"{one.site} [{one.rule}], which was {one.verdict}" + (
        f": {flat(one.why)}" if one.why else ""
    )


def by_rule(sweep: Sweep) -> Iterator[tuple[str, int, int, int]]:
    """Each rule with its true, false and open reports."""
    counts = Counter((r.sighting.rule, r.verdict) for t in sweep.trees for r in t.reports)
    for rule in sorted({rule for rule, _ in counts}):
        yield rule, counts[rule, TRUE], counts[rule, FALSE], counts[rule, OPEN]


def headline(sweep: Sweep) -> str:
    """All of it in one line."""
    trees = sweep.trees
    reports = [one for tree in trees for one in tree.reports]
    verdicts = Counter(one.verdict for one in reports)
    lost = sum(bool(one.failed) for one in trees)
    parts = [f"{plural(len(trees), 'tree')}" + (f", {lost} not analysed" if lost else "")]
    told = [f"{verdicts[one]} {one}" for one in (TRUE, FALSE, OPEN) if verdicts[one]]
    parts.append(f"{plural(len(reports), 'report')}" + (f": {', '.join(told)}" if told else ""))
    if sweep.compared:
        news = Counter(one.news for one in reports)
        left = sum(len(tree.gone) for tree in trees)
        parts.append(
            f"since the last sweep {news['new']} new, {left} gone, {news['judged']} judged anew"
        )
    return "; ".join(parts)


def problems(sweep: Sweep) -> list[str]:
    """What was not analysed as the fleet says, one line each."""
    found = []
    for tree in sweep.trees:
        found += [f"{tree.name}: {flat(tree.failed)}"] if tree.failed else []
        found += [f"{tree.name}: {flat(one)}" for one in tree.problems]
    return found
