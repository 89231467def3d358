"""Findings that stay the same while their fingerprints change.

Where a commit takes one finding away and brings another that is like it (`likeness`), the second is
taken for the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from bpf_lint.survey.forest import Forest
from bpf_lint.survey.likeness import pairs
from bpf_lint.survey.search import Flip, States, by_commit, sighting


class Strand(msgspec.Struct, frozen=True):
    """A finding through time.

    Args:
        fingerprints: Sorted.
        comes, goes: Where no other fingerprint of it was there before, or is after.
    """

    fingerprints: tuple[str, ...]
    comes: tuple[Flip, ...]
    goes: tuple[Flip, ...]


def strands(found: Sequence[Flip], states: States, lines: Forest) -> list[Strand]:
    """Every finding that a point has, or that comes or goes between them."""
    known = {one for point in lines.points for one in states.of(point).fingerprints()}
    joined = _Joined(known | {flip.fingerprint for flip in found})
    for flips in by_commit(found):
        for old, new in _successors(flips, states):
            joined.join(old, new)
    comes: dict[str, list[Flip]] = {}
    goes: dict[str, list[Flip]] = {}
    for flips in by_commit(found):
        for flip in flips:
            name = joined.of(flip.fingerprint)
            if not _there(states, flip.before if flip.comes else flip.commit, joined, name):
                (comes if flip.comes else goes).setdefault(name, []).append(flip)
    return [
        Strand(members, tuple(_once(comes.get(name, ()))), tuple(_once(goes.get(name, ()))))
        for name, members in joined.groups().items()
    ]


def _once(flips: Iterable[Flip]) -> list[Flip]:
    """One flip for each commit of a line, if several fingerprints come or go there."""
    return list({(flip.stretch, flip.commit): flip for flip in flips}.values())


def _there(states: States, commit: str, joined: _Joined, name: str) -> bool:
    """True where a state has one of the fingerprints that were joined."""
    return any(joined.of(one) == name for one in states.of(commit).fingerprints())


def _successors(flips: Sequence[Flip], states: States) -> list[tuple[str, str]]:
    """Pairs of fingerprints, of which the second takes the place of the first at one commit."""
    old = [sighting(states.of(flip.before), flip.fingerprint) for flip in flips if not flip.comes]
    new = [sighting(states.of(flip.commit), flip.fingerprint) for flip in flips if flip.comes]
    return [(one.fingerprint, other.fingerprint) for one, other in pairs(old, new)]


class _Joined:
    """Sets of fingerprints that belong together."""

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {one: one for one in names}

    def of(self, name: str) -> str:
        """The fingerprint that stands for a set."""
        while self._above.get(name, name) != name:
            name = self._above[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Put two sets together."""
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first

    def groups(self) -> dict[str, tuple[str, ...]]:
        """The sets, by the fingerprint that stands for each."""
        found: dict[str, list[str]] = {}
        for one in sorted(self._above):
            found.setdefault(self.of(one), []).append(one)
        return {name: tuple(members) for name, members in found.items()}
