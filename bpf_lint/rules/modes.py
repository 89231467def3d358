"""What the same program does right in another mode, for findings of this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from bpf_lint.model.finding import Finding, Occurrence, Step, Tested
from bpf_lint.model.place import Place
from bpf_lint.rules.elsewhere import Done
from bpf_lint.rules.evaluate import Reached
from bpf_lint.rules.tested import OPEN

Position = tuple[str, int, int]


class Ran(NamedTuple):
    """One system that was analysed.

    Args:
        redirects: See `Evaluated`.
        done: See `Evaluated`.
        values: Macros and load-time constants by program.
    """

    mode: str
    redirects: Sequence[Reached]
    done: Sequence[Done]
    values: Mapping[str, Mapping[str, str]]


def compared(
    findings: Iterable[Finding], own: Ran, systems: Sequence[Ran], caused: frozenset[str]
) -> Iterator[Finding]:
    """Findings of one system that show what their entries do right in other modes.

    A redirect to the same device that a test keeps from this mode is what to look at first; then
    a right one of the same system, which is there already; then the call itself in another mode.

    Args:
        systems: All of the run.
        caused: Ids of rules that are about a device's number.
    """
    known: dict[tuple[str, ...], dict[tuple[str, Done], None]] = {}
    for mode, done in ((other.mode, d) for other in systems for d in other.done):
        for name in done.names if mode != own.mode else ():
            key = name, done.netns, done.program, done.entry
            known.setdefault(key, {})[mode, done] = None
    reached = {
        (_at(one.place), one.program, one.entry)
        for system in systems
        for one in (system.redirects if system.mode == own.mode else ())
    }
    for finding in findings:
        if finding.rule not in caused or not known:
            yield finding
            continue
        told = tuple(_told(one, finding, own, known, reached) for one in finding.occurrences)
        yield msgspec.structs.replace(finding, occurrences=told)


def _told(
    occurrence: Occurrence,
    finding: Finding,
    own: Ran,
    known: Mapping[tuple[str, ...], Iterable[tuple[str, Done]]],
    reached: set[tuple[Position, str, str]],
) -> Occurrence:
    target, hook = occurrence.target, occurrence.hook
    if target is None:
        return occurrence
    names = [name for name in (target.device, target.symbol) if name]
    found = [
        one
        for name in names
        for one in known.get((name, target.netns, hook.program, hook.entry), ())
    ]
    values = own.values.get(hook.program, {})
    guarded = [
        _guarded(mode, done.step, test)
        for mode, done in found
        if (_at(done.step), hook.program, hook.entry) not in reached
        for test in _decisive(done, values)
    ]
    same = [
        msgspec.structs.replace(done.step, text=f"{done.step.text} ({mode})")
        for mode, done in found
        if _at(done.step) == _at(finding)
    ]
    for steps in (guarded, [] if occurrence.elsewhere else same):
        if steps:
            best = min(steps, key=lambda one: (*_at(one), one.text))
            return msgspec.structs.replace(occurrence, elsewhere=best)
    return occurrence


def _decisive(done: Done, values: Mapping[str, str]) -> list[Tested]:
    """The nearest test on the way to a right redirect that has another outcome here, if any."""
    other = [one for one in done.tested if values.get(one.name, "") != one.value]
    return [one for one in other if one.value != OPEN][-1:]


def _guarded(mode: str, right: Step, test: Tested) -> Step:
    how = f"tests {test.name} for it: {right.text} ({mode})"
    return msgspec.structs.replace(right, kind="guarded", text=how)


def _at(place: Place | Step | Finding) -> Position:
    return place.path, place.line, place.column
