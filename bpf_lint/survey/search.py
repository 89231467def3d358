"""The commits at which findings come and go: bisection between states that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bpf_lint.survey.engine import Engine
from bpf_lint.survey.forest import Forest, Stretch
from bpf_lint.survey.hints import guesses
from bpf_lint.survey.job import Outcome, Sighting
from bpf_lint.survey.likeness import pairs
from bpf_lint.survey.rows import changes
from bpf_lint.survey.view import View

ROUND = "looking for the commits"
GUESSES = 2  # at a time: a change and the one before it


class Flip(msgspec.Struct, frozen=True, order=True):
    """A finding that comes or goes.

    Args:
        stretch: Where it was looked for.
        commit: The first one that has it, or lacks it.
        before: The state before, in which it is the other way round.
        exact: False where states between the two could not be analysed.
    """

    stretch: Stretch
    fingerprint: str
    comes: bool
    commit: str
    before: str
    exact: bool = True


class _Open(msgspec.Struct):
    """A flip that is looked for: it lies after `low` and not after `high` in the changes.

    Args:
        before: The last commit that is known to lie before it.
        guesses: Changes to look at first.
    """

    stretch: Stretch
    fingerprint: str
    comes: bool
    low: int
    high: int
    before: str
    guesses: list[int]

    def probes(self) -> list[int]:
        """Which of the changes to look at next: what was guessed, or what halves the rest."""
        likely = [at for at in self.guesses if self.low < at < self.high]
        return likely[:GUESSES] or [(self.low + self.high) // 2]

    @property
    def settled(self) -> bool:
        """True where nothing is left between."""
        return self.high - self.low <= 1


class States:
    """Outcomes by commit."""

    def __init__(self, view: View, engine: Engine) -> None:
        self._view, self._engine = view, engine
        self._keys: dict[str, str] = {}
        self._known: dict[str, Outcome] = {}

    def ask(self, commits: Sequence[str], stage: str) -> None:
        """Get the outcomes of commits."""
        new = [one for one in dict.fromkeys(commits) if one not in self._keys]
        asked = [self._view.asked(one) for one in new]
        self._known.update(self._engine.outcomes(asked, stage))
        self._keys.update({commit: one.key for commit, one in zip(new, asked, strict=True)})

    def of(self, commit: str) -> Outcome:
        """The outcome of a commit that was asked for."""
        return self._known[self._keys[commit]]

    def states(self) -> int:
        """How many different states there are among the commits."""
        return len(set(self._keys.values()))


def flips(view: View, states: States, lines: Forest, rounds: int | None = None) -> list[Flip]:
    """Every coming and going between the points of the lines, of which the outcomes are known.

    Args:
        rounds: How often what is left between two states may be made smaller; None for as often
            as it takes.
    """
    search = _Search(view, states)
    for stretch in lines.stretches:
        search.begin(stretch)
    search.end(rounds)
    return sorted(search.found)


class _Search:
    """All that is looked for, in rounds: what is asked in one is analysed at the same time."""

    def __init__(self, view: View, states: States) -> None:
        self.found: list[Flip] = []
        self._view, self._states = view, states
        self._changes: dict[Stretch, list[str]] = {}
        self._left: list[_Open] = []
        self._sought: set[tuple[Stretch, str, bool]] = set()

    def begin(self, stretch: Stretch) -> None:
        """Look for what is at one end of a stretch and not at the other."""
        first, last = self._states.of(stretch.first), self._states.of(stretch.last)
        differing = first.fingerprints() ^ last.fingerprints()
        if not differing or first.failed or last.failed:
            return
        self._changes[stretch] = changes(self._view, stretch.first, stretch.last) or [stretch.last]
        for one in sorted(differing):
            comes = one in last.fingerprints()
            self._seek(stretch, sighting(last if comes else first, one), comes)

    def end(self, rounds: int | None) -> None:
        """Look until nothing is left, or for some rounds."""
        while self._left:
            over = rounds is not None and rounds <= 0
            # The last change before a point has its state, and costs nothing.
            asked = [
                self._changes[one.stretch][at]
                for one in self._left
                for at in ([one.high] if one.settled or over else one.probes())
            ]
            self._states.ask(asked, ROUND)
            now, self._left = self._left, []
            for one in now:
                self._settle(one) if one.settled or over else self._narrow(one)
            rounds = None if rounds is None else rounds - 1

    def _seek(
        self, stretch: Stretch, one: Sighting, comes: bool, low: int = -1, high: int | None = None
    ) -> None:
        """Look for a flip after one change (before all: -1) and not after another."""
        if (stretch, one.fingerprint, comes) in self._sought:
            return
        self._sought.add((stretch, one.fingerprint, comes))
        listed = self._changes[stretch]
        before = listed[low] if low >= 0 else stretch.first
        end = len(listed) - 1 if high is None else high
        # With the state before the first change; so their places are one higher.
        likely = guesses(self._view.clone, [stretch.first, *listed], one, comes)
        first = [at - 1 for at in likely]
        self._left.append(_Open(stretch, one.fingerprint, comes, low, end, before, first))

    def _narrow(self, one: _Open) -> None:
        """Leave what the probes leave; a state that cannot be analysed leaves what is after it."""
        for at in one.probes():
            if one.low < at < one.high:
                self._look(one, at)
        self._left.append(one)

    def _look(self, one: _Open, at: int) -> None:
        commit = self._changes[one.stretch][at]
        outcome = self._states.of(commit)
        guessed = at in one.guesses
        one.guesses = [guess for guess in one.guesses if guess != at]
        if outcome.failed and guessed:
            return
        if not outcome.failed and (one.fingerprint in outcome.fingerprints()) == one.comes:
            one.high = at
        else:
            one.before = one.before if outcome.failed else commit
            one.low = at

    def _settle(self, one: _Open) -> None:
        """Note a flip; what comes where this goes, or goes where it comes, may be the same."""
        listed = self._changes[one.stretch]
        nearest = listed[one.low] if one.low >= 0 else one.stretch.first
        exact = one.settled and one.before == nearest
        commit = listed[one.high]
        self.found.append(Flip(one.stretch, one.fingerprint, one.comes, commit, one.before, exact))
        for old, new in self._renamed(one.before, commit):
            if one.comes and new.fingerprint == one.fingerprint:
                self._note(one, old.fingerprint, False, commit, exact)
                if self._absent(old, one.stretch.first):
                    high = listed.index(one.before) if one.before in listed else None
                    self._seek(one.stretch, old, True, high=high)
            elif not one.comes and old.fingerprint == one.fingerprint:
                self._note(one, new.fingerprint, True, commit, exact)
                if self._absent(new, one.stretch.last):
                    self._seek(one.stretch, new, False, low=one.high)

    def _note(self, one: _Open, fingerprint: str, comes: bool, commit: str, exact: bool) -> None:
        """Note the other flip of a commit, unless it is looked for itself."""
        if (one.stretch, fingerprint, comes) not in self._sought:
            self._sought.add((one.stretch, fingerprint, comes))
            self.found.append(Flip(one.stretch, fingerprint, comes, commit, one.before, exact))

    def _renamed(self, before: str, commit: str) -> Iterator[tuple[Sighting, Sighting]]:
        """Findings that one commit takes away, with those that take their place."""
        first, last = self._states.of(before), self._states.of(commit)
        old = [one for one in first.findings if one.fingerprint not in last.fingerprints()]
        new = [one for one in last.findings if one.fingerprint not in first.fingerprints()]
        return pairs(old, new)

    def _absent(self, one: Sighting, commit: str) -> bool:
        return one.fingerprint not in self._states.of(commit).fingerprints()


def sighting(outcome: Outcome, fingerprint: str) -> Sighting:
    """A finding of an outcome that has it."""
    return next(one for one in outcome.findings if one.fingerprint == fingerprint)


def by_commit(found: Sequence[Flip]) -> Iterator[list[Flip]]:
    """The flips of each commit of each stretch."""
    groups: dict[tuple[Stretch, str, str], list[Flip]] = {}
    for one in found:
        groups.setdefault((one.stretch, one.commit, one.before), []).append(one)
    yield from groups.values()
