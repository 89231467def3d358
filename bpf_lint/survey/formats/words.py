"""What the formats of a history say in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bpf_lint.reporters.common import flat, plural
from bpf_lint.survey.history import History, Lasting, Moment, Release
from bpf_lint.survey.rows import SHORT

NONE = "—"


def what(one: Lasting) -> str:
    """What is wrong, in half a line."""
    return flat(one.last.fact or one.last.message)


def where(one: Lasting) -> str:
    """The site, as the last release has it."""
    return f"{one.last.path}:{one.last.line}"


def ranges(history: History, names: Iterable[str]) -> str:
    """Names of releases, neighbours as "first to last"."""
    there = set(names)
    order = [release.name for release in history.releases]
    runs: list[list[str]] = []
    before = False
    for name in order:
        if name in there and before:
            runs[-1].append(name)
        elif name in there:
            runs.append([name])
        before = name in there
    return ", ".join(_run(run) for run in runs) or "none"


def _run(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def numbers(found: Sequence[int]) -> str:
    """Numbers in order, neighbours as "1-4"."""
    runs: list[list[int]] = []
    for one in sorted(found):
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def moment(one: Moment) -> str:
    """A commit, when it was made, what it says and which release has it first."""
    release = f", in {one.release}" if one.release else ""
    between = f" (or one after {one.before[:SHORT]})" if one.before else ""
    return f"{one.commit[:SHORT]}{between} of {one.date}{release}: {flat(one.subject)}"


def since(history: History, one: Lasting) -> list[str]:
    """Where a finding came, the first before the others."""
    if one.since:
        return [moment(each) for each in one.since]
    return [f"{one.releases[0]} or before"]


def gone(history: History, one: Lasting) -> list[str]:
    """Where a finding went; empty where it is still there."""
    return [moment(each) for each in one.gone]


def grouped(releases: Sequence[Release]) -> Iterator[tuple[list[Release], Release]]:
    """Neighbours with the same findings, and the first of them."""
    group: list[Release] = []
    for one in releases:
        if group and _alike(group[0], one):
            group.append(one)
            continue
        if group:
            yield group, group[0]
        group = [one]
    if group:
        yield group, group[0]


def _alike(one: Release, other: Release) -> bool:
    return (one.findings, one.failed, one.skipped) == (other.findings, other.failed, other.skipped)


def verdict(one: Release) -> str:
    """What a release has, in short."""
    if one.failed:
        return f"not analysed: {flat(one.failed)}"
    found = numbers(one.findings) if one.findings else NONE
    return f"{found} (not all analysed)" if one.skipped else found


def headline(history: History) -> str:
    """All of it in one line."""
    names = [release.name for release in history.releases]
    counts = f"{plural(len(history.findings), 'finding')} in {plural(len(names), 'release')}"
    looked = f"{plural(history.states, 'state')} of the files looked at"
    return f"{counts}, {ranges(history, names)}; {looked}"


def open_ends(history: History) -> list[str]:
    """What was not analysed, a line a release."""
    lines = []
    for one in history.releases:
        lines += [f"{one.name}: not analysed: {flat(one.failed)}"] if one.failed else []
        lines += [f"{one.name}: not analysed: {flat(each)}" for each in one.skipped]
    return lines
