"""The journeys that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import groupby

import msgspec

from bpf_lint.journeys.walk import DROP
from bpf_lint.model.journey import Hop, Journey


class Choice(msgspec.Struct, frozen=True):
    """What journeys are asked for.

    Args:
        start: "wire", a namespace, a hook, a device or an entry (globs); "" for wherever.
        end: "wire", a namespace, "drop", or a device that it passes (globs); "" for all but drops.
        configuration: One that they are possible in, "" for any.
    """

    start: str = ""
    end: str = ""
    configuration: str = ""


def chosen(journeys: Iterable[Journey], choice: Choice) -> list[Journey]:
    """Those that begin and end so; drops where they are asked for.

    A name of a namespace is no device's: a pod's device is often called as what it leads to.
    """
    known = list(journeys)
    starts, ends = ({getattr(one, name) for one in known} for name in ("start", "end"))
    return [
        one
        for one in known
        if _begins(one, choice.start, choice.start in starts)
        and _ends(one, choice.end, choice.end in ends)
    ]


def few(journeys: Sequence[Journey], most: int) -> list[Journey]:
    """Of each mode and ends the shortest, and one for each step that is broken; 0 for all."""
    groups = groupby(journeys, key=lambda one: (one.mode, one.start, one.end))
    return [one for _, alike in groups for one in _shortest(list(alike), most)]


def _shortest(journeys: Sequence[Journey], most: int) -> Sequence[Journey]:
    if not most:
        return journeys
    kept = []
    told: set[Hop] = set()
    for at, one in enumerate(journeys):
        step = next((hop for hop in one.hops if hop.broken), None)
        if at < most or (step is not None and step not in told):
            kept.append(one)
        told.update([step] if step is not None else [])
    return kept


def _begins(one: Journey, name: str, exact: bool) -> bool:
    if not name or exact:
        return one.start == name or not name
    first = next((hop for hop in one.hops if hop.kind == "program"), None)
    return first is not None and _is(first, name)


def _ends(one: Journey, name: str, exact: bool) -> bool:
    if not name:
        return one.end != DROP
    if exact:
        return one.end == name
    return any(hop.device and fnmatchcase(hop.device, name) for hop in one.hops[2:])


def _is(hop: Hop, name: str) -> bool:
    """True for a hook, device or entry of that name."""
    return any(fnmatchcase(each, name) for each in (hop.hook, hop.device, *hop.name.split(", ")))
