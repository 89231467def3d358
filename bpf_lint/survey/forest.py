"""How commits come after one another: lines of first parents, and where they part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from bpf_lint.triage.git import Clone


class Stretch(msgspec.Struct, frozen=True, order=True):
    """Two commits, the first an ancestor of the last, with nothing known in between."""

    first: str
    last: str


class Forest(msgspec.Struct, frozen=True):
    """Known commits, and the commits at which their lines part.

    Args:
        points: Known commits in their order, then those at which lines part.
        stretches: From each point to the next ones; a point that none leads to begins a line.
    """

    points: tuple[str, ...]
    stretches: tuple[Stretch, ...]

    def from_(self, point: str) -> Iterator[str]:
        """A point, and all points that come after it."""
        left = [point]
        while left:
            at = left.pop()
            yield at
            left += [one.last for one in self.stretches if one.first == at]


def forest(clone: Clone, known: Sequence[str]) -> Forest:
    """The lines that lead to some commits."""
    parents = _parents(clone, known)
    children = Counter(parents.values())
    partings = [one for one in parents if children[one] > 1]
    points = tuple(dict.fromkeys((*known, *partings)))
    there = set(points)
    stretches = []
    for point in points:
        before = parents[point]
        while before and before not in there:
            before = parents[before]
        if before:
            stretches.append(Stretch(before, point))
    return Forest(points, tuple(sorted(stretches)))


def _parents(clone: Clone, commits: Sequence[str]) -> dict[str, str]:
    """First parents of the commits and of all before them, "" where there is none."""
    found = {}
    for line in clone.lines("rev-list", "--first-parent", "--parents", *commits):
        one, *before = line.split()
        found[one] = before[0] if before else ""
    return found
