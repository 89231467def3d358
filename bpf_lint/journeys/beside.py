"""Journeys side by side: two device modes, or the way there and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec

from bpf_lint.model.journey import Hop, Journey
from bpf_lint.model.place import Place


class Row(msgspec.Struct, frozen=True):
    """A station of one journey, and the one of the other that stands beside it.

    Args:
        same: False where they differ in what is there or in what becomes of the packet.
    """

    left: Hop | None
    right: Hop | None
    same: bool


class Pair(msgspec.Struct, frozen=True):
    """Two journeys that do the same in two modes, or one that the other mode has not."""

    left: Journey | None
    right: Journey | None
    rows: tuple[Row, ...]


class Mismatch(msgspec.Struct, frozen=True, order=True):
    """One way passes the stack of a namespace, and the other is redirected around it.

    Args:
        certain: True where the other way never passes that stack.
        through: True where the way there is the one that passes the stack.
        there, back: Numbers of the journeys, from 1.
        configurations: In which both are possible.
        calls: The redirects that lead around it.
    """

    certain: bool
    netns: str
    through: bool
    there: tuple[int, ...]
    back: tuple[int, ...]
    configurations: tuple[str, ...]
    calls: tuple[Place, ...] = ()


def beside(left: Sequence[Journey], right: Sequence[Journey]) -> list[Pair]:
    """Each journey of one mode with the one of the other that is most like it."""
    rest = list(right)
    pairs = []
    for one in left:
        near = max(rest, key=lambda other: _likeness(one, other), default=None)
        if near is not None and _likeness(one, near) > _LEAST:
            rest.remove(near)
        else:
            near = None
        pairs.append(Pair(one, near, _rows(one, near)))
    return pairs + [Pair(None, other, _rows(None, other)) for other in rest]


_LEAST = 0.5


def _likeness(one: Journey, other: Journey) -> float:
    if (one.start, one.end) != (other.start, other.end):
        return 0.0
    # What the journey is for is told by the calls that decide it, whatever the hook.
    sites = [{site for hop in each.hops for site in hop.sites} for each in (one, other)]
    shared = len(sites[0] & sites[1]) / max(1, len(sites[0] | sites[1]))
    left, right = ([_key(h) for h in each.hops if h.kind == "program"] for each in (one, other))
    return shared + SequenceMatcher(None, left, right, autojunk=False).ratio()


def _key(hop: Hop) -> tuple[str, str, str]:
    named = hop.name if hop.kind in ("program", "stack", "outer", "end", "start") else hop.kind
    return (hop.kind, named, hop.verb)


def _rows(one: Journey | None, other: Journey | None) -> tuple[Row, ...]:
    left, right = (list(each.hops) if each else [] for each in (one, other))
    rows = []
    matcher = SequenceMatcher(None, [_key(h) for h in left], [_key(h) for h in right], False)
    for tag, a, b, c, d in matcher.get_opcodes():
        for at in range(max(b - a, d - c)):
            first = left[a + at] if a + at < b else None
            second = right[c + at] if c + at < d else None
            rows.append(Row(first, second, tag == "equal" and not _differ(first, second)))
    return tuple(rows)


def _differ(one: Hop | None, other: Hop | None) -> bool:
    """True where one gets where it is sent and the other does not."""
    return one is not None and other is not None and bool(one.broken) != bool(other.broken)


def mismatches(there: Sequence[Journey], back: Sequence[Journey]) -> list[Mismatch]:
    """Where one way passes a stack that the other way is redirected around, the certain ones first.

    What the stack does to a connection (netfilter, connection tracking, NAT) on one way only, it
    cannot undo on the other.
    """
    found: dict[tuple[bool, str, bool, tuple[int, ...], tuple[int, ...]], list[str]] = {}
    for netns in sorted({name for one in (*there, *back) for name in one.stacks}):
        for name in dict.fromkeys(n for one in (*there, *back) for n in one.configurations):
            for through in (True, False):
                first, second = (there, back) if through else (back, there)
                passing, also = (_passing(way, name, netns) for way in (first, second))
                around = _around(second, name, netns)
                if passing and around:
                    ways = (passing, around) if through else (around, passing)
                    found.setdefault((not also, netns, through, *ways), []).append(name)
    told = []
    for key, names in found.items():
        one = Mismatch(*key, tuple(names))
        second = (
            [back[n - 1] for n in one.back] if one.through else [there[n - 1] for n in one.there]
        )
        told.append(msgspec.structs.replace(one, calls=_calls(second, one.netns)))
    return sorted(told, key=lambda one: (not one.certain, one))


def _calls(around: Sequence[Journey], netns: str) -> tuple[Place, ...]:
    """The redirects in a namespace that lead journeys around its stack."""
    return tuple(sorted({s for one in around for hop in _redirects(one, netns) for s in hop.sites}))


def _passing(journeys: Sequence[Journey], configuration: str, netns: str) -> tuple[int, ...]:
    """Numbers of those of a configuration that pass a stack."""
    numbered = enumerate(journeys, start=1)
    return tuple(n for n, o in numbered if configuration in o.configurations and netns in o.stacks)


def _around(journeys: Sequence[Journey], configuration: str, netns: str) -> tuple[int, ...]:
    """Numbers of those of a configuration that are redirected around it."""
    numbered = enumerate(journeys, start=1)
    return tuple(
        n for n, one in numbered if configuration in one.configurations and goes_around(one, netns)
    )


def goes_around(one: Journey, netns: str) -> bool:
    """True where programs of a namespace redirect the packet, and its stack never sees it."""
    return bool(_redirects(one, netns)) and netns not in one.stacks and not one.broken


def _redirects(one: Journey, netns: str) -> list[Hop]:
    """The steps that programs of a namespace redirect the packet at."""
    verbs = ("redirect", "clone")
    inside = [hop for hop in one.hops if hop.netns == netns and not hop.broken]
    return [hop for hop in inside if hop.verb.startswith(verbs)]
