"""Findings that were renamed: their file, its folder, or the function that holds the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from bpf_lint.model.finding import Finding
from bpf_lint.model.fingerprint import normalise_statement

ReadSource = Callable[[str], "str | None"]


class States(NamedTuple):
    """Sources of the two states that are compared, by the paths of their reports.

    Attributes:
        before, now: The text of a file, None where that state has none.
    """

    before: ReadSource
    now: ReadSource

    def is_other_file(self, old: Finding, new: Finding) -> bool:
        """True where a file that has gone, or one that has come, can be the other one renamed."""
        return self.now(old.path) is None or self.before(new.path) is None

    def is_other_function(self, old: Finding, new: Finding) -> bool:
        """True where a function that has gone, or one that has come, can be the other renamed."""
        gone = not _names(self.now(new.path), old.function)
        return gone or not _names(self.before(old.path), new.function)


def renamed(
    gone: Iterable[Finding], come: Iterable[Finding], states: States
) -> list[tuple[Finding, Finding]]:
    """Pairs of findings of the two states that differ in names of files and functions alone.

    Those that differ in less come first; each is in one pair.

    Args:
        gone, come: Findings that only one of the states has, by fingerprint.
    """
    left, right = list(gone), list(come)
    pairs: list[tuple[Finding, Finding]] = []
    for alike in (_same_file, _same_function, _anything):
        for new in list(right):
            for old in left:
                if _key(old) == _key(new) and alike(old, new, states):
                    pairs.append((old, new))
                    left.remove(old)
                    right.remove(new)
                    break
    return pairs


def _key(finding: Finding) -> tuple[object, ...]:
    """What a rename leaves as it is."""
    modes = tuple(sorted({one.hook.mode for one in finding.occurrences}))
    return (finding.rule, normalise_statement(finding.statement), modes, finding.fact)


def _same_file(old: Finding, new: Finding, states: States) -> bool:
    return old.path == new.path and states.is_other_function(old, new)


def _same_function(old: Finding, new: Finding, states: States) -> bool:
    return old.function == new.function and states.is_other_file(old, new)


def _anything(old: Finding, new: Finding, states: States) -> bool:
    return states.is_other_file(old, new) and states.is_other_function(old, new)


def _names(text: str | None, name: str) -> bool:
    """True where a text has a word."""
    return name in _words(text or "")


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in re.finditer(r"\w+", text))
