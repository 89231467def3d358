"""Journeys for a terminal: a line a station, its namespace in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from bpf_lint.journeys import few
from bpf_lint.journeys.beside import Mismatch, Pair
from bpf_lint.model.journey import Hop, Journey
from bpf_lint.reporters.common import flat, plural
from bpf_lint.reporters.journeys import words
from bpf_lint.reporters.paint import Paint, columns

GAP = "   "
# Calls that a mismatch names.
MOST_CALLS = 6


def listed(journeys: Sequence[Journey], paint: Paint, most: int) -> str:
    """Journeys under their mode and ends, the shortest first.

    Args:
        most: So many of each, the rest counted; 0 for all.
    """
    lines: list[str] = []
    for mode, members in groupby(journeys, key=lambda one: one.mode):
        for ends, alike in groupby(members, key=words.heading):
            shown = list(alike)
            title = f"{flat(mode)}: {ends}" if mode else ends
            lines += [*([""] if lines else []), paint.style(title, "bold"), ""]
            lines += _some(shown, paint, most)
    return "".join(f"{line}\n" for line in lines)


def _some(journeys: Sequence[Journey], paint: Paint, most: int) -> Iterator[str]:
    shown = few(journeys, most)
    for number, one in enumerate(shown, start=1):
        yield from _block(one, number, paint)
    if len(shown) < len(journeys):
        yield f"  and {plural(len(journeys) - len(shown), 'longer one')} (--all)"


def _block(one: Journey, number: int, paint: Paint) -> Iterator[str]:
    width = max(len(words.lane(hop)) for hop in one.hops)
    names = words.configurations(one)
    told = words.remark(one) + (f"  [{names}]" if names else "")
    head = f"  {number}. "
    yield head + paint.style(paint.cut(told), "error" if one.broken else "dim")
    indent = " " * len(head)
    narrow = msgspec.structs.replace(paint, width=paint.width - len(indent) - width - len(GAP))
    before = ""
    for hop in one.hops:
        name = words.lane(hop)
        shown = name if name != before else ""
        before = name
        rows = list(_rows(hop))
        for at, row in enumerate(rows):
            first = paint.style(f"{shown if not at else '':<{width}}", "dim")
            style = "error" if hop.broken or hop.kind == "lost" else ""
            for line in narrow.wrap(row, "", "  "):
                yield f"{indent}{first}{GAP}{paint.style(line, style) if style else line}"
                first = " " * width
    yield ""


def _rows(hop: Hop) -> Iterator[str]:
    """What is there; beneath, the tail calls and what becomes of the packet."""
    if hop.kind == "lost":
        yield f"✗ {flat(hop.leaves)}"
        return
    if hop.kind == "start":
        yield flat(hop.leaves)
        return
    if hop.kind != "program":
        leaves = f": {flat(hop.leaves)}" if hop.leaves else ""
        yield f"{'→ ' if hop.kind == 'end' else ''}{words.what(hop)}{leaves}"
        return
    yield words.what(hop)
    if hop.through:
        yield f"│ {words.through(hop)}"
    where = words.sites(hop)
    yield f"└ {flat(hop.leaves)}" + (f"  ({where})" if where else "")


# --- side by side ---------------------------------------------------------------------------


def compared(pairs: Sequence[Pair], modes: tuple[str, str], paint: Paint) -> str:
    """Two modes in two columns; rows that differ are marked."""
    width = (paint.width - 8) // 2
    lines: list[str] = []
    for number, pair in enumerate(pairs, start=1):
        either = pair.left or pair.right
        assert either is not None
        lines.append(paint.style(f"{number}. {words.heading(either)}", "bold"))
        heads = [_head(mode, one) for mode, one in zip(modes, (pair.left, pair.right), strict=True)]
        lines += _side(paint, heads[0], heads[1], width, " ")
        for row in pair.rows:
            left, right = (_cell(hop) for hop in (row.left, row.right))
            lines += _side(paint, left, right, width, " " if row.same else "≠")
        lines.append("")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _head(mode: str, one: Journey | None) -> str:
    return f"{flat(mode)}: {words.remark(one) if one else 'has no such journey'}"


def _cell(hop: Hop | None) -> str:
    if hop is None or hop.kind != "program":
        return f"{words.lane(hop)}: {' '.join(_rows(hop))}" if hop else ""
    where = words.sites(hop)
    told = f"{words.lane(hop)}: {words.what(hop)}: {flat(hop.leaves)}"
    return told + (f" ({where})" if where else "")


def _side(paint: Paint, left: str, right: str, width: int, mark: str) -> list[str]:
    """Two texts in columns."""
    columns_of = [_wrapped(paint, text, width) for text in (left, right)]
    rows = max(map(len, columns_of))
    cells = [each + [""] * (rows - len(each)) for each in columns_of]
    return [
        f"  {mark if not at else ' '} {a}{' ' * max(0, width - columns(a))} │ {b}"
        for at, (a, b) in enumerate(zip(*cells, strict=True))
    ]


def _wrapped(paint: Paint, text: str, width: int) -> list[str]:
    return msgspec.structs.replace(paint, width=width).wrap(text, "", "  ") if text else []


def both_ways(
    there: Sequence[Journey], back: Sequence[Journey], wrong: Sequence[Mismatch], paint: Paint
) -> str:
    """The way there, the way back, and which stacks only one of them passes."""
    lines = []
    for name, journeys in (("there", there), ("back", back)):
        ends = words.heading(journeys[0]) if journeys else "no journey"
        lines += [paint.style(f"{name}: {ends}", "bold"), ""]
        for number, journey in enumerate(journeys, start=1):
            lines += _block(journey, number, paint)
    for one in wrong:
        lines += paint.wrap(mismatch(one), "≠ ", "  ")
    if wrong:
        lines += paint.wrap(CONSEQUENCE, "", "  ")
    elif there and back:
        lines.append("No way passes a stack that the other is redirected around.")
    return "".join(f"{line}\n" for line in lines)


def mismatch(one: Mismatch) -> str:
    """What only one of the ways passes, in a sentence."""
    ways = [("there", one.there), ("back", one.back)]
    (first, passing), (second, around) = ways if one.through else ways[::-1]
    only = "; no way " + second + " passes it" if one.certain else ""
    where = f" at {words.calls(one.calls, MOST_CALLS)}" if one.calls else ""
    names = [flat(name) for name in one.configurations if name]
    return flat(
        f"{first} {_numbers(passing)}: through the stack of {one.netns}; {second} "
        f"{_numbers(around)}: redirected around it{where}{only}"
        + (f" ({', '.join(names)})" if names else "")
    )


def _numbers(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


CONSEQUENCE = (
    "What the stack does to a connection on one way (connection tracking, NAT) is not undone on a "
    "way around it: where a connection needs that, it is lost."
)
