"""The rows of a history: releases, heads of branches, commits of a range, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from bpf_lint.survey.view import View
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone
from bpf_lint.triage.revision import resolve

_FORMAT = (
    "%(refname:lstrip=2)%00"
    "%(if)%(*objectname)%(then)%(*objectname)%(*objecttype)%(else)%(objectname)%(objecttype)%(end)"
)
_PART = re.compile(r"\d+|\D+")
_COMMIT = re.compile(r"([0-9a-f]+)commit")
SHORT = 10


class Row(msgspec.Struct, frozen=True):
    """A commit that people know by a name."""

    name: str
    commit: str


class Wanted(msgspec.Struct, frozen=True):
    """Which rows there are.

    Args:
        range: "A..B", "A.." or "A" for all since A; "" for none.
        tags, branches: Globs; one that begins with "!" leaves out.
        every: Of the commits of the range that change something, each so-manieth; 0 for none.
    """

    range: str = ""
    tags: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    every: int = 0


def rows_of(view: View, wanted: Wanted) -> list[Row]:
    """The rows, the oldest release first.

    Raises:
        TriageError: A revision or glob names nothing, or there is nothing to look at.
    """
    clone = view.clone
    named = [*_named(clone, "refs/tags", wanted.tags)]
    branches = [*_named(clone, "refs/heads", wanted.branches, optional=True)]
    branches += [*_named(clone, "refs/remotes", wanted.branches, optional=True)]
    if wanted.branches and not branches:
        raise TriageError(f"no branch matches {', '.join(wanted.branches)}")
    keys: dict[Row, tuple[object, ...]] = {row: (1, *version(row.name)) for row in named}
    # The head of a branch comes after its releases, and that of one without a number after all.
    keys |= {
        row: (1 if any(map(str.isdigit, row.name)) else 2, *version(row.name)[:-1], (4, 0, ""))
        for row in branches
    }
    found = sorted(keys, key=lambda row: keys[row])
    if wanted.range:
        ends = _ends(clone, wanted.range)
        between = _every(view, ends, wanted.every) if wanted.every else []
        if not (found or between):
            found = _tags_within(clone, ends)
        found = [ends[0], *between, *found, ends[1]]
    return list(dict.fromkeys(_distinct(found)))


def version(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key: numbers by value, and a candidate ("v1.2.0-rc1") before its release."""
    return (
        *(
            (2, int(part), "") if part.isdigit() else (0 if part.startswith("-") else 3, 0, part)
            for part in _PART.findall(name)
        ),
        (1, 0, ""),
    )


def _distinct(rows: Sequence[Row]) -> Iterator[Row]:
    """Each commit once, by the last of its names."""
    names = {row.commit: row.name for row in rows}
    yield from (row for row in rows if names[row.commit] == row.name)


def _named(clone: Clone, below: str, globs: Sequence[str], optional: bool = False) -> Iterator[Row]:
    """Rows of refs by glob, short names of remote branches without the remote."""
    chosen = [one for one in globs if not one.startswith("!")]
    left_out = [one[1:] for one in globs if one.startswith("!")]
    refs = dict(_refs(clone, below)) if globs else {}
    for glob in chosen:
        if not optional and not any(fnmatchcase(name, glob) for name in refs):
            raise TriageError(f"no tag matches {glob!r}")
    for name, commit in refs.items():
        if any(fnmatchcase(name, glob) for glob in chosen or ["*"] if globs) and not any(
            fnmatchcase(name, glob) for glob in left_out
        ):
            yield Row(name, commit)


def _refs(clone: Clone, below: str) -> Iterator[tuple[str, str]]:
    for line in clone.lines("for-each-ref", f"--format={_FORMAT}", below):
        name, _, what = line.partition("\0")
        found = _COMMIT.fullmatch(what)
        if below == "refs/remotes":
            name = name.partition("/")[2]
        if found and name != "HEAD":
            yield name, found[1]


def _ends(clone: Clone, text: str) -> tuple[Row, Row]:
    first, _dots, last = text.partition("..")
    if last.startswith("."):
        raise TriageError(f"{text}: a range is REV..REV, with two dots")
    last = last or "HEAD"
    rows = Row(first, resolve(clone, first)), Row(last, resolve(clone, last))
    if clone.git("merge-base", "--is-ancestor", rows[0].commit, rows[1].commit).returncode:
        raise TriageError(f"{first} is no ancestor of {last}")
    return rows


def _tags_within(clone: Clone, ends: tuple[Row, Row]) -> list[Row]:
    """The tags between two commits, by version."""
    first, last = (row.commit for row in ends)
    listed = clone.lines("tag", f"--contains={first}", f"--merged={last}")
    refs = dict(_refs(clone, "refs/tags"))
    found = [Row(name, refs[name]) for name in listed if name in refs]
    return sorted(found, key=lambda row: version(row.name))


def _every(view: View, ends: tuple[Row, Row], number: int) -> list[Row]:
    first, last = (row.commit for row in ends)
    return [Row(one[:SHORT], one) for one in changes(view, first, last)[number - 1 :: number]]


def changes(view: View, first: str, last: str) -> list[str]:
    """The commits after one and up to another that change what is looked at, oldest first.

    Of a merge, its first parent is followed: what was merged is one change.
    """
    return view.clone.lines(
        "rev-list", "--first-parent", "--reverse", last, f"^{first}", "--", *view.pathspecs()
    )
