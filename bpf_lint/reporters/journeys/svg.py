"""Journeys as SVG: namespaces are lanes, and the packet goes from left to right through them.

A lane is a row and a station a column, so nothing has to be laid out. Colours are presentation
attributes and classes, so that a page with a content security policy can hold the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap

from bpf_lint.model.journey import Hop, Journey
from bpf_lint.reporters.common import flat
from bpf_lint.reporters.journeys import words

# Pixels.
LEFT, BOX, GAP, LINE, PAD, HEAD = 76, 172, 56, 14, 8, 30
CHARACTERS = 26  # of a line in a box
MOST_LINES = 7

STYLE = """
.j-lane { fill: #f5f6f8; stroke: #d5d9df; }
.j-box { fill: #ffffff; stroke: #535b66; }
.j-program { stroke: #0b57b0; stroke-width: 2; }
.j-stack, .j-outer { fill: #eef4fd; }
.j-lost { fill: #fdecec; stroke: #b3121d; stroke-width: 2; stroke-dasharray: 5 3; }
.j-text { fill: #1b1f24; font: 11px system-ui, "DejaVu Sans", sans-serif; }
.j-soft { fill: #535b66; }
.j-strong { font-weight: 700; }
.j-way { stroke: #535b66; stroke-width: 1.5; fill: none; }
.j-head { fill: #535b66; }
.j-broken { stroke: #b3121d; stroke-dasharray: 5 3; }
.j-broken-text { fill: #b3121d; }
@media (prefers-color-scheme: dark) {
  .j-lane { fill: #1c2027; stroke: #363d47; }
  .j-box { fill: #14171c; stroke: #a9b2bf; }
  .j-program { stroke: #83b6ff; }
  .j-stack, .j-outer { fill: #1b2a40; }
  .j-lost { fill: #3a1a1c; stroke: #ff9a95; }
  .j-text { fill: #e6e9ee; }
  .j-soft, .j-head { fill: #a9b2bf; }
  .j-way { stroke: #a9b2bf; }
  .j-broken { stroke: #ff9a95; }
  .j-broken-text { fill: #ff9a95; }
}
"""


def document(journeys: Sequence[Journey]) -> str:
    """One drawing with all journeys, one under the other."""
    drawn, top, width = [], 0, 320
    for number, one in enumerate(journeys):
        body, wide, high = _drawn(one, f"j{number}")
        drawn.append(f'<g transform="translate(0 {top})">{body}</g>')
        top, width = top + high + 16, max(width, wide)
    title = "Journeys of packets" if journeys else "No journeys"
    told = "; ".join(_title(one) for one in journeys) or title
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" '
        f'viewBox="0 0 {width} {max(top, 20)}" width="{width}" height="{max(top, 20)}">'
        f'<title id="title">{title}</title><desc id="description">{escape(told)}</desc>'
        f"<style>{STYLE}</style>{''.join(drawn)}</svg>\n"
    )


def figure(one: Journey, name: str) -> str:
    """One drawing as an element of a page, whose style has the classes.

    Args:
        name: What its ids begin with.
    """
    body, width, height = _drawn(one, name)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" {size}>'
        f'<title id="{name}-title">{escape(_title(one))}</title>'
        f'<desc id="{name}-desc">{escape(in_words(one))}</desc>{body}</svg>'
    )


def in_words(one: Journey) -> str:
    """The stations one after the other, for who does not see the drawing."""
    parts = []
    for hop in one.hops:
        leaves = f": {flat(hop.leaves)}" if hop.leaves else ""
        parts.append(f"{words.lane(hop)}: {words.what(hop)}{leaves}")
    return ". ".join(parts)


def _title(one: Journey) -> str:
    mode = f"{flat(one.mode)}: " if one.mode else ""
    return f"{mode}{words.heading(one)}, {words.remark(one)}"


def _drawn(one: Journey, name: str) -> tuple[str, int, int]:
    """The drawing, its width and its height."""
    lanes = words.lanes([one])
    boxes = [_lines(hop) for hop in one.hops]
    heights = {
        lane: max(
            len(lines)
            for hop, lines in zip(one.hops, boxes, strict=True)
            if words.lane(hop) == lane
        )
        * LINE
        + 2 * PAD
        for lane in lanes
    }
    tops: dict[str, int] = {}
    at = HEAD
    for lane in lanes:
        tops[lane] = at
        at += heights[lane] + 2 * PAD
    width = LEFT + len(boxes) * (BOX + GAP) - GAP + PAD
    parts = [_text(PAD, HEAD - 12, _title(one), "j-text j-strong")]
    parts += [_lane(lane, tops[lane], heights[lane] + 2 * PAD, width) for lane in lanes]
    spots = []
    for number, (hop, lines) in enumerate(zip(one.hops, boxes, strict=True)):
        x, y = LEFT + number * (BOX + GAP), tops[words.lane(hop)] + PAD
        high = len(lines) * LINE + 2 * PAD
        spots.append((x, y + high // 2))
        parts.append(_box(hop, lines, x, y, high))
    for hop, here, there in zip(one.hops, spots, spots[1:], strict=False):
        parts.append(_way(here, there, bool(hop.broken), name))
    return _marker(name) + "".join(parts), width, at + PAD


def _lane(name: str, top: int, height: int, width: int) -> str:
    label = _text(PAD, top + 18, name, "j-text j-strong")
    return (
        f'<rect class="j-lane" x="0.5" y="{top}.5" width="{width - 1}" height="{height}"/>{label}'
    )


def _lines(hop: Hop) -> list[tuple[str, str]]:
    """Lines of a box with their classes, cut where there are many."""
    found = [(line, "j-text j-strong") for line in _wrapped(_name(hop))]
    if hop.kind == "program":
        found += [(line, "j-text j-soft") for line in _wrapped(f"{hop.hook} of {hop.device}")]
        found += [(line, "j-text j-soft") for line in _wrapped(" → ".join(hop.through))]
    style = "j-text j-broken-text" if hop.broken or hop.kind == "lost" else "j-text"
    found += [(line, style) for line in _wrapped(hop.leaves)]
    found += [(line, "j-text j-soft") for line in _wrapped(words.sites(hop, 2))]
    return found


def _name(hop: Hop) -> str:
    return hop.name if hop.kind == "program" else words.what(hop)


def _wrapped(text: str) -> list[str]:
    lines = wrap(flat(text), CHARACTERS)
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]


def _box(hop: Hop, lines: list[tuple[str, str]], x: int, y: int, height: int) -> str:
    texts = "".join(
        _text(x + PAD, y + PAD + LINE * number - 3, line, style)
        for number, (line, style) in enumerate(lines, start=1)
    )
    return (
        f'<rect class="j-box j-{hop.kind}" x="{x}" y="{y}" width="{BOX}" height="{height}" rx="6"/>'
        + texts
    )


def _text(x: int, y: int, text: str, style: str) -> str:
    return f'<text class="{style}" x="{x}" y="{y}">{escape(flat(text))}</text>'


def _way(here: tuple[int, int], there: tuple[int, int], broken: bool, name: str) -> str:
    x, y = here[0] + BOX, here[1]
    to, down = there[0] - 4, there[1]
    middle = (x + to) // 2
    style = "j-way j-broken" if broken else "j-way"
    return (
        f'<path class="{style}" d="M{x} {y} C{middle} {y} {middle} {down} {to} {down}" '
        f'marker-end="url(#{name}-head)"/>'
    )


def _marker(name: str) -> str:
    return (
        f'<defs><marker id="{name}-head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="j-head" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
