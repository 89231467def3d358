"""All journeys of a node, the shortest first, those that several configurations have once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from bpf_lint.config.schema import Device
from bpf_lint.journeys.network import Network
from bpf_lint.journeys.walk import DROP, Move, Point, Walker
from bpf_lint.model.journey import Hop, Journey
from bpf_lint.model.place import Place

MOST_HOPS = 10
_SENT = "sent"


def found(networks: Iterable[Network], everything: Mapping[str, Device]) -> list[Journey]:
    """The journeys of several systems, from everywhere.

    Args:
        everything: Devices of all modes, by name.
    """
    merged: dict[tuple[object, ...], Journey] = {}
    for network in networks:
        for one in _journeys(network, everything):
            key = (one.mode, one.start, one.end, tuple(map(_bare, one.hops)))
            known = merged.get(key)
            merged[key] = one if known is None else _both(known, one)
    return sorted(merged.values(), key=_order)


def _order(one: Journey) -> tuple[object, ...]:
    return (one.mode, one.start, one.end, len(one.hops), one.hops)


def _bare(hop: Hop) -> Hop:
    """A hop without the calls that decide so."""
    return msgspec.structs.replace(hop, sites=(), through=())


def _both(one: Journey, other: Journey) -> Journey:
    """A journey that two configurations have."""
    hops = tuple(_joined(*pair) for pair in zip(one.hops, other.hops, strict=True))
    names = dict.fromkeys((*one.configurations, *other.configurations))
    return msgspec.structs.replace(one, hops=hops, configurations=tuple(names))


def _joined(one: Hop, other: Hop) -> Hop:
    sites: Sequence[Place] = sorted({*one.sites, *other.sites})
    first = [each for each in (one, other) if each.sites[:1] == tuple(sites[:1])]
    through = min((each.through for each in first), key=lambda names: (len(names), names))
    return msgspec.structs.replace(one, sites=tuple(sites), through=through)


def _journeys(network: Network, everything: Mapping[str, Device]) -> Iterator[Journey]:
    walker = Walker(network, everything)
    for start in ("wire", *network.namespaces()):
        for move in walker.starts(start):
            for hops, end in _paths(walker, [move]):
                yield _journey(network, start, end, hops)


def _paths(walker: Walker, moves: list[Move]) -> Iterator[tuple[list[Hop], str]]:
    """Every way on, no point of which is passed twice."""
    _, point = moves[-1]
    if point.what == "end":
        yield [hop for hop, _ in moves], point.name
        return
    if len(moves) >= MOST_HOPS:
        return
    for hop, to in walker.moves(point):
        if hop.broken:
            yield [*(one for one, _ in moves), hop], _meant(walker, to)
        elif to.what == "end" or not _again(to, moves):
            yield from _paths(walker, [*moves, (hop, to)])


def _again(to: Point, moves: list[Move]) -> bool:
    """True for a point that was passed, and for a stack that has routed the packet."""
    if to.what in ("stack", "inner"):
        return any(hop.kind == "stack" and hop.netns == to.name for hop, _ in moves)
    return any(to == one for _, one in moves)


def _meant(walker: Walker, point: Point) -> str:
    """The nearest end behind a point that no program prevents."""
    waiting, seen = [point], {point}
    for one in waiting:
        if one.what == "end":
            return one.name
        for hop, to in walker.moves(one):
            onward = hop.kind != "program" or hop.verb == "pass"
            if onward and not hop.broken and to not in seen and to.name != DROP:
                seen.add(to)
                waiting.append(to)
    return ""


def _journey(network: Network, start: str, end: str, hops: list[Hop]) -> Journey:
    last = hops[-1]
    broken = bool(last.broken)
    tail = (
        Hop("lost", last.netns, "lost", leaves=last.broken)
        if broken
        else Hop("end", end if end in network.namespaces() else "", end, device=_out_of(last))
    )
    stacks = tuple(dict.fromkeys(hop.netns for hop in hops if hop.kind == "stack"))
    return Journey(
        network.mode, start, end, (*_told(hops), tail), (network.configuration,), stacks, broken
    )


def _out_of(last: Hop) -> str:
    """The device that a packet leaves the node through."""
    return last.device if last.leaves == _SENT else ""


def _told(hops: list[Hop]) -> list[Hop]:
    """The hops that say something: a device that only receives is the stack's step, too."""
    return [one for one in hops if not (one.kind == "device" and one.leaves in (_SENT, "received"))]
