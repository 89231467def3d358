"""A journey and its stations in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from bpf_lint.journeys.walk import UNKNOWN
from bpf_lint.model.journey import Hop, Journey
from bpf_lint.model.place import Place
from bpf_lint.reporters.common import flat

MOST_NAMES = 4


def heading(one: Journey) -> str:
    """`pod → wire`."""
    return flat(f"{one.start} → {one.end}")


def remark(one: Journey) -> str:
    """How it gets there, in a few words."""
    if one.broken:
        return "broken"
    if one.hops[-1].name == UNKNOWN:
        return "unknown"
    if one.stacks:
        return flat(f"through the stack of {', '.join(one.stacks)}")
    redirected = any(hop.verb not in ("", "pass", "drop", "unknown") for hop in one.hops)
    return "around the stack" if redirected else "past the stack"


def configurations(one: Journey) -> str:
    """Their names, the rest of many counted."""
    names = [flat(name) for name in one.configurations if name]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def lane(hop: Hop) -> str:
    """The lane of a station: its namespace, or outside of the node."""
    return flat(hop.netns) or "outside"


def what(hop: Hop) -> str:
    """What is there."""
    if hop.kind == "program":
        return flat(f"{hop.name} at {hop.hook} of {hop.device}")
    if hop.kind == "end" and hop.netns:
        return flat(f"received by {hop.name}")
    if hop.kind == "end" and hop.device:
        return flat(f"{hop.name}, out of {hop.device}")
    return "not where it was sent" if hop.kind == "lost" else flat(hop.name)


def through(hop: Hop) -> str:
    """Tail calls on the way to what decides, "" for none."""
    return flat(f"tail calls {' → '.join(hop.through)}") if hop.through else ""


def sites(hop: Hop, most: int = 4) -> str:
    """Calls that decide so, those of one file together; the rest of many counted."""
    return calls(hop.sites, most)


def calls(places: Sequence[Place], most: int = 4) -> str:
    """Places of calls, those of one file together; the rest of many counted."""
    shown = places[:most]
    parts = []
    for path, members in groupby(shown, key=lambda one: one.path):
        lines = ", ".join(f":{one.line}" for one in members)
        parts.append(path.rsplit("/", 1)[-1] + lines)
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return flat("; ".join(parts) + more)


def lanes(journeys: Iterable[Journey]) -> list[str]:
    """All lanes, from outside of the node to its pods."""
    names = {lane(hop) for one in journeys for hop in one.hops}
    return sorted(names, key=lambda name: (name != "outside", name != "host", name))
