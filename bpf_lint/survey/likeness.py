"""When a finding of one state is another's of the next, though its fingerprint is not.

A fingerprint changes with its path, function, statement and modes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bpf_lint.survey.job import Sighting

NEAR = 40  # lines


def likeness(one: Sighting, other: Sighting) -> int:
    """How likely two findings are the same one; 0 where they are not."""
    if one.rule != other.rule:
        return 0
    function = one.function == other.function
    statement = one.statement == other.statement
    path = one.path == other.path
    if not (function or statement or (path and one.fact == other.fact)):
        return 0
    near = abs(one.line - other.line) < NEAR
    return 8 * statement + 4 * function + 2 * path + near


def pairs(old: Iterable[Sighting], new: Iterable[Sighting]) -> Iterator[tuple[Sighting, Sighting]]:
    """Each old finding with the new one that takes its place, the most alike first."""
    there = list(new)
    scored = [
        (-score, one.fingerprint, other.fingerprint, one, other)
        for one in old
        for other in there
        if (score := likeness(one, other))
    ]
    taken: set[str] = set()
    for _, first, second, one, other in sorted(scored, key=lambda each: each[:3]):
        if not taken & {first, second}:
            taken |= {first, second}
            yield one, other
