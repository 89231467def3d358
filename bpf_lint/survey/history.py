"""A history: every finding by release, with the commits at which it came and went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from bpf_lint.survey.commits import Commit, commits
from bpf_lint.survey.engine import Engine
from bpf_lint.survey.forest import Forest, forest
from bpf_lint.survey.job import Outcome, Sighting
from bpf_lint.survey.rows import Row
from bpf_lint.survey.search import Flip, States, flips
from bpf_lint.survey.strands import Strand, strands
from bpf_lint.survey.view import View

ROWS = "analysing"


class Release(msgspec.Struct, frozen=True):
    """A row.

    Args:
        findings: Numbers of the findings that it has, by their place in the history.
        skipped: What of it was not analysed.
        failed: Why nothing of it was, "" where something was.
    """

    name: str
    commit: str
    date: str
    programs: int
    findings: tuple[int, ...]
    skipped: tuple[str, ...] = ()
    failed: str = ""


class Moment(msgspec.Struct, frozen=True, order=True):
    """A commit at which a finding came or went.

    Args:
        release: The first row that has this commit, "" for none.
        before: The last commit before it that was analysed, where others lie between; "" elsewhere.
    """

    date: str
    commit: str
    subject: str
    release: str
    before: str = ""


class Lasting(msgspec.Struct, frozen=True):
    """A finding through time.

    Args:
        number: 1 for the first.
        last: As the last row says it that has it.
        fingerprints: All that it had: code around it was renamed, or it holds in more modes.
        releases: Names of the rows that have it.
        unknown: Names of the rows of which that is not known.
        since: Where it came, on every line of commits; empty where the first row has it.
        gone: Where it went.
    """

    number: int
    last: Sighting
    fingerprints: tuple[str, ...]
    releases: tuple[str, ...]
    unknown: tuple[str, ...]
    since: tuple[Moment, ...]
    gone: tuple[Moment, ...]


class History(msgspec.Struct, frozen=True):
    """What is told.

    Args:
        states: How many different states were looked at, between the releases, too.
        points: Rows, and commits at which their lines part.
    """

    releases: tuple[Release, ...]
    findings: tuple[Lasting, ...]
    states: int
    points: int

    @property
    def whole(self) -> bool:
        """True where every release was analysed."""
        return not any(one.failed or one.skipped for one in self.releases)


def history(view: View, rows: Sequence[Row], engine: Engine, rounds: int | None = None) -> History:
    """Analyse rows, and look for the commits between those that differ.

    Args:
        rounds: See `flips`.

    Raises:
        TriageError: git cannot say what is asked.
    """
    states = States(view, engine)
    lines = forest(view.clone, [row.commit for row in rows])
    states.ask(lines.points, ROWS)
    found = flips(view, states, lines, rounds)
    together = strands(found, states, lines)
    told = commits(view.clone, [*lines.points, *(flip.commit for flip in found)])
    teller = _Teller(rows, states, lines, told)
    findings = teller.findings(together)
    return History(tuple(teller.releases(findings)), findings, states.states(), len(lines.points))


class _Teller:
    """Puts commits into the words of rows."""

    def __init__(
        self, rows: Sequence[Row], states: States, lines: Forest, told: dict[str, Commit]
    ) -> None:
        self._rows, self._states, self._told = rows, states, told
        self._at = {row.commit: at for at, row in enumerate(rows)}
        self._lines = lines

    def findings(self, together: Sequence[Strand]) -> tuple[Lasting, ...]:
        """Those that a row has or had, in the order of the rows."""
        seen = [(self._sightings(one), one) for one in together]
        kept = [(sightings, one) for sightings, one in seen if sightings]
        kept.sort(key=lambda pair: _place(pair[0]))
        return tuple(
            self._lasting(number, sightings, one)
            for number, (sightings, one) in enumerate(kept, start=1)
        )

    def releases(self, findings: Sequence[Lasting]) -> Iterator[Release]:
        """The rows."""
        for row in self._rows:
            outcome = self._states.of(row.commit)
            yield Release(
                row.name,
                row.commit,
                self._told[row.commit].date,
                outcome.programs,
                tuple(one.number for one in findings if row.name in one.releases),
                outcome.skipped,
                outcome.failed,
            )

    def _sightings(self, strand: Strand) -> list[tuple[int, Sighting]]:
        """A strand in the rows that have it, with their number."""
        found = []
        for at, row in enumerate(self._rows):
            for one in self._states.of(row.commit).findings:
                if one.fingerprint in strand.fingerprints:
                    found.append((at, one))
                    break
        return found

    def _lasting(self, number: int, seen: list[tuple[int, Sighting]], one: Strand) -> Lasting:
        there = {at for at, _ in seen}
        rows = list(enumerate(self._rows))
        unknown = [row.name for at, row in rows if self._unknown(row, at in there)]
        return Lasting(
            number,
            seen[-1][1],
            one.fingerprints,
            tuple(row.name for at, row in rows if at in there),
            tuple(unknown),
            tuple(sorted(self._moment(flip) for flip in one.comes)),
            tuple(sorted(self._moment(flip) for flip in one.goes)),
        )

    def _unknown(self, row: Row, there: bool) -> bool:
        outcome: Outcome = self._states.of(row.commit)
        return bool(outcome.failed) or (bool(outcome.skipped) and not there)

    def _moment(self, flip: Flip) -> Moment:
        commit = self._told[flip.commit]
        after = [self._at[one] for one in self._lines.from_(flip.stretch.last) if one in self._at]
        release = self._rows[min(after)].name if after else ""
        before = "" if flip.exact else flip.before
        return Moment(commit.date, flip.commit, commit.subject, release, before)


def _place(seen: list[tuple[int, Sighting]]) -> tuple[int, str, int, str, str]:
    """By the first row that has it, then by place."""
    at, first = seen[0]
    return at, first.path, first.line, first.rule, first.fingerprint
