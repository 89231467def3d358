"""From one point of a node to the next: what programs decide, and what the kernel does itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from bpf_lint.config.schema import Device
from bpf_lint.journeys.network import Attached, Network
from bpf_lint.model.journey import Exit, Hop
from bpf_lint.model.place import Place

WIRE, DROP, UNKNOWN = "wire", "drop", "unknown"


class Point(NamedTuple):
    """Where a packet is.

    Attributes:
        what: "receive" or "send" by a device; "stack" of a namespace, which has it from the wire;
            "inner": the stack has it from elsewhere; "outer": it sends a tunnel's packet; "end".
        name: The device, the namespace, or the end.
        at: Hooks of the device that it has passed.
    """

    what: str
    name: str
    at: int = 0


Move = tuple[Hop, Point]


class Walker:
    """Knows what can happen next to a packet.

    Args:
        everything: Devices of all modes, by name: numbers may be named after another mode's.
    """

    def __init__(self, network: Network, everything: Mapping[str, Device]) -> None:
        self._network = network
        self._everything = everything
        self._known: dict[Point, tuple[Move, ...]] = {}

    def starts(self, place: str) -> Iterator[Move]:
        """How packets come from the wire, or from a namespace."""
        network = self._network
        if place == WIRE:
            for name in network.leading("wire"):
                yield Hop("start", "", WIRE, leaves=f"comes in at {name}"), Point("receive", name)
            return
        for name in network.onward(place):
            hop = Hop("start", place, place, leaves=f"sends through {name}")
            yield hop, Point("send", name)
        for name in network.leading("peer"):
            device = network.device(name)
            if device.peer_netns == place != device.netns and not network.far_end(name):
                hop = Hop("start", place, place, leaves=f"sends, and {name} receives it")
                yield hop, Point("receive", name)

    def moves(self, point: Point) -> tuple[Move, ...]:
        """What can happen at a point, in order; nothing at an end."""
        if point not in self._known:
            self._known[point] = tuple(self._moves(point))
        return self._known[point]

    def _moves(self, point: Point) -> Iterator[Move]:
        if point.what in ("receive", "send"):
            sends = point.what == "send"
            stations = self._network.attached(point.name, sends=sends)
            if point.at < len(stations):
                yield from self._decided(point, stations[point.at])
            elif sends:
                yield from self._sent(point.name)
            else:
                yield from self._received(point.name)
        elif point.what in ("stack", "inner"):
            yield from self._stack(point)
        elif point.what == "outer":
            for name in self._network.leading("wire", point.name):
                yield _outer(point.name, "sends the tunnel's packet"), Point("send", name)

    # --- what the kernel does between hooks ----------------------------------------------------

    def _received(self, name: str) -> Iterator[Move]:
        network, netns = self._network, self._network.device(name).netns
        for slave in network.slaves(name):
            hop = Hop("device", netns, name, device=name, leaves=f"handed to {slave}")
            yield hop, Point("receive", slave)
        hop = Hop("device", netns, name, device=name, leaves="received")
        yield hop, self._taken(netns, outside=network.kind(name).leads == "wire")

    def _taken(self, netns: str, *, outside: bool = False) -> Point:
        """Where a packet is that a namespace has received, from the wire or from elsewhere."""
        if not self._network.leading("wire", netns):
            return Point("end", netns)
        return Point("stack" if outside else "inner", netns)

    def _sent(self, name: str) -> Iterator[Move]:
        network, device = self._network, self._network.device(name)
        leads, netns = network.kind(name).leads, device.netns

        def hop(leaves: str) -> Hop:
            return Hop("device", netns, name, device=name, leaves=leaves)

        if leads == "wire":
            yield hop("sent"), Point("end", WIRE)
        elif leads == "peer" and device.peer_netns:
            far = network.far_end(name)
            to = Point("receive", far) if far else self._taken(device.peer_netns)
            yield hop(f"to its peer in {device.peer_netns}"), to
        elif leads == "master" and network.lower(name):
            for lower in network.lower(name):
                yield hop(f"switched to {lower}"), Point("send", lower)
                for other in network.slaves(lower):
                    if other != name:
                        yield hop(f"switched to {other}"), Point("receive", other)
        elif leads == "stack":
            yield hop("put into the tunnel's packet"), Point("outer", netns)
        else:
            yield hop("sent"), Point("end", "user space" if leads == "user" else f"out of {name}")

    def _stack(self, point: Point) -> Iterator[Move]:
        network, netns = self._network, point.name

        def hop(leaves: str) -> Hop:
            return Hop("stack", netns, f"stack of {netns}", leaves=leaves)

        yield hop("delivered"), Point("end", netns)
        for name in network.onward(netns):
            yield hop(f"routed to {name}"), Point("send", name)
        if point.what == "stack":
            for name in network.leading("stack", netns):
                leaves = f"taken out of the tunnel's packet, to {name}"
                yield _outer(netns, leaves), Point("receive", name)

    # --- what programs decide ------------------------------------------------------------------

    def _decided(self, point: Point, station: Attached) -> Iterator[Move]:
        """By what becomes of the packet, calls that say the same together."""
        found: dict[tuple[Hop, Point], list[Exit]] = {}
        for one in station.exits:
            for hop, to in self._exit(point, station, one):
                found.setdefault((hop, to), []).append(one)
        for (hop, to), exits in sorted(found.items()):
            yield _with_sites(hop, exits), to

    def _exit(self, point: Point, station: Attached, one: Exit) -> Iterator[Move]:
        context = station.context

        def hop(leaves: str, target: str = "", broken: str = "") -> Hop:
            return Hop(
                "program",
                context.skb_netns,
                station.names,
                station.hook,
                context.device,
                leaves,
                one.helper or one.verdict,
                target,
                broken=broken,
            )

        if one.verdict == "pass":
            yield hop("passes"), point._replace(at=point.at + 1)
        elif one.verdict == "drop":
            yield hop("drops"), Point("end", DROP)
        elif one.verdict == "unknown":
            yield hop("could not be read"), Point("end", UNKNOWN)
        elif one.verdict == "back":
            yield hop("sends it back"), Point("send", point.name, self._after_tc(point.name))
        else:
            broken = self._trouble(station, one)
            nowhere = (one.device or one.symbol, Point("end", one.netns or UNKNOWN))
            for name, to in self._targets(station, one) or [nowhere]:
                target = (one.device or one.symbol) if broken else name
                yield hop(_aimed(one, target, bool(broken)), target, broken), to

    def _trouble(self, station: Attached, one: Exit) -> str:
        """What comes of a redirect that goes wrong, in words; "" for one that does not."""
        context = station.context
        if one.helper == "redirect_map":
            return ""
        if one.netns and one.netns != context.skb_netns:
            there = context.skb_netns
            known = ", ".join(self._network.onward(there))
            others = f" ({known})" if known else ""
            return (
                f"a number of {one.netns}, looked up in {there}: dropped, or out of the device of "
                f"{there} that has it{others}"
            )
        if one.helper == "redirect_peer" and not context.at_ingress:
            return f"bpf_redirect_peer() at {context.hook}, not at tc ingress: dropped"
        return ""

    def _targets(self, station: Attached, one: Exit) -> list[tuple[str, Point]]:
        """Where a redirect goes, or is meant to go: a device, and what comes next."""
        network, context = self._network, station.context
        if not one.symbol and not one.device:
            return [("", Point("end", UNKNOWN))]
        if one.own and network.hook(station.hook).device_side == "peer":
            back = Point("receive", context.device)
            to = self._taken(context.skb_netns) if one.ingress else back
            return [(f"the peer of {context.device}", to)]
        device = context.device if one.own else network.stand_in(one.device, self._everything)
        names = [device] if device else network.onward(one.netns)
        if one.helper == "redirect_peer":
            return [(name, self._peer(name)) for name in names if network.device(name).peer_netns]
        if one.ingress:
            return [(name, Point("receive", name, self._after_xdp(name))) for name in names]
        raw = network.hook(station.hook).program_type == "xdp"
        return [(name, Point("send", name, self._after_tc(name) if raw else 0)) for name in names]

    def _peer(self, name: str) -> Point:
        far = self._network.far_end(name)
        if far:
            return Point("receive", far, self._after_xdp(far))
        return self._taken(self._network.device(name).peer_netns)

    def _after_tc(self, name: str) -> int:
        """All hooks of a device that sends a frame of XDP: none of them sees it."""
        return len(self._network.attached(name, sends=True))

    def _after_xdp(self, name: str) -> int:
        """The hooks of a receiving device that a packet skips which is a packet already."""
        stations = self._network.attached(name, sends=False)
        return sum(self._network.hook(one.hook).program_type == "xdp" for one in stations)


def _outer(netns: str, leaves: str) -> Hop:
    """The stack with a tunnel's packet: it does not see the one inside."""
    return Hop("outer", netns, f"stack of {netns}", leaves=leaves)


def _aimed(one: Exit, target: str, broken: bool) -> str:
    """The call, and where it sends the packet."""
    call = f"bpf_{one.helper}() to {target or 'a device that is not known'}"
    if broken:
        return f"{call} of {one.netns}" if one.netns else call
    if one.own:  # what is sent back goes another way than what goes to another pod's device
        return f"{call}, its own device"
    told = one.device or not one.symbol or one.symbol == target
    return call if told else f"{call}, by {one.symbol}"


def _with_sites(hop: Hop, exits: list[Exit]) -> Hop:
    """A hop with the calls that decide so, and the shortest way of tail calls to the first."""
    sites: dict[Place, None] = {}
    if hop.verb not in ("pass", "drop", "back", "unknown"):
        sites = dict.fromkeys(sorted(one.place for one in exits))
    first = min(sites, default=None)
    ways = (one.through for one in exits if first in (None, one.place))
    through = min(ways, key=lambda names: (len(names), names))
    return msgspec.structs.replace(hop, sites=tuple(sites), through=through)
