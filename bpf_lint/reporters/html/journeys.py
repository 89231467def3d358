"""The journeys of a report as drawings of its page, and which of them a finding breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from bpf_lint.model.finding import Finding
from bpf_lint.model.journey import Journey
from bpf_lint.reporters.common import flat
from bpf_lint.reporters.journeys import words
from bpf_lint.reporters.journeys.svg import figure


def drawings(journeys: Sequence[Journey]) -> str:
    """A figure for each journey, those of one mode and pair of ends together."""
    numbered = list(enumerate(journeys))
    parts = []
    for key, members in groupby(numbered, key=lambda one: _ends(one[1])):
        mode, start, end = map(escape, map(flat, key))
        title = f"{mode}: {start} → {end}" if mode else f"{start} → {end}"
        figures = "".join(_figure(one, name_of(number)) for number, one in members)
        parts.append(
            f'<section class="ways-of" data-mode="{mode}" data-start="{start}" data-end="{end}">'
            f"<h3>{title}</h3>{figures}</section>"
        )
    return "".join(parts)


def name_of(number: int) -> str:
    """A journey's name in links."""
    return f"j{number}"


def broken_by(finding: Finding, journeys: Sequence[Journey]) -> list[str]:
    """Names of the journeys in which the call of a finding is the broken step."""
    return list(_broken_by(finding, journeys))


def _broken_by(finding: Finding, journeys: Sequence[Journey]) -> Iterator[str]:
    at = (finding.path, finding.line)
    hooks = {(one.hook.mode, one.hook.hook, one.hook.device) for one in finding.occurrences}
    for number, one in enumerate(journeys):
        if any(
            hop.broken
            and (one.mode, hop.hook, hop.device) in hooks
            and any((site.path, site.line) == at for site in hop.sites)
            for hop in one.hops
        ):
            yield name_of(number)


def _ends(one: Journey) -> tuple[str, str, str]:
    return (one.mode, one.start, one.end)


def _figure(one: Journey, name: str) -> str:
    names = words.configurations(one)
    told = words.remark(one) + (f"; configurations: {names}" if names else "")
    style = "journey broken" if one.broken else "journey"
    return (
        f'<figure class="{style}" id="{name}"><div class="drawing" tabindex="0" role="group" '
        f'aria-label="Drawing {name[1:]}">{figure(one, name)}</div>'
        f'<figcaption><a href="#view=journeys&amp;journey={name}">{name}</a> {escape(told)}'
        "</figcaption></figure>"
    )
