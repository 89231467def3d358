"""Packets as redirects send them: what the target finds."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.dataflow.domain.base import CONTEXT
from bpf_lint.dataflow.domain.values import ANY, NONE, Content, Value, configured, exact, pointers
from bpf_lint.dataflow.engine.context import Followed, HelperCall
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.ethernet import NOTHING, Addresses, addresses
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Facts, Moment, Whole
from bpf_lint.dataflow.system.instance import Instance

# include/uapi/linux/if_packet.h:PACKET_OTHERHOST
OTHERHOST = 3
TYPE = "__sk_buff.pkt_type"


class SentPacket(Aimed, frozen=True):
    """A redirect sends a packet.

    Args:
        type: Its type; nothing known of it where it is of no tunnel.
        addresses: Its Ethernet addresses.
        map: Name of the map that holds the target, "" where that is a number.
    """

    kind: ClassVar[str] = "sent_packet"
    flags: Value = ANY
    type: Value = NONE
    addresses: Addresses = NOTHING
    map: str = ""


class SentPackets(AimedKind):
    """What redirects send."""

    name = "sent_packet"
    plural = "packets that redirects send"
    follows: ClassVar[frozenset[Followed]] = frozenset(["type", "frame", "numbers"])
    whole = AimedKind.whole | {"target.other_number"}
    described = {
        **AimedKind.described,
        "flags": "the flags, a number; 0 where they are not known",
        "target.other_number": "what the number is of, where it may be one of the context that no "
        'device has (a queue, a hash), in words; "" for any other',
        "packet.otherhost": "its type may say that it is for another host (PACKET_OTHERHOST), as "
        "its device has received it so",
        "destination.received": "its Ethernet destination may be the one that it came with",
        "destination.varies": "the program writes another on another path to the same target",
        "destination.group": "its destination may be that of a group, or broadcast",
        "destination.unset": "its destination may have a byte that nothing has set",
        "addresses.clobbered": "a copy within the packet may have overwritten what it then read",
        "addresses.same": "destination and source are the same address",
        "addresses.why": "what is wrong with them, in words",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, (RedirectEffect, CloneRedirectEffect, RedirectMapEffect)):
            made.activation.effects.emit(made.call.place, _sent(made, effect))

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, SentPacket)
        found = payload.addresses
        ends = moment.whole.of(Fates).outcomes(
            moment.instance, moment.arrival, moment.event, moment.site
        )
        return {
            **super().facts(moment),
            "returned": ends["returned"],
            "discarded": ends["discarded"],
            "flags": exact(payload.flags) or 0,
            "target.other_number": _other_number(moment, payload),
            "packet.otherhost": int(OTHERHOST in payload.type),
            "destination.received": int(found.received),
            "destination.varies": int(moment.whole.of(Varying).varies(moment, payload)),
            "destination.group": int(found.group),
            "destination.unset": int(found.unset),
            "addresses.clobbered": int(found.clobbered),
            "addresses.same": int(found.same),
            "addresses.why": _why(found),
        }


def _sent(
    made: HelperCall, effect: RedirectEffect | CloneRedirectEffect | RedirectMapEffect
) -> SentPacket:
    model, arguments = made.model, made.arguments
    flags = argument(model, effect.flags, arguments)
    target, held = NONE, ""
    if isinstance(effect, RedirectMapEffect):
        maps = pointers(argument(model, effect.map, arguments))
        held = ", ".join(at.base.name for at in maps)
    else:
        target = configured(argument(model, effect.ifindex, arguments))
    return SentPacket(model.name, target, flags, _type(made), addresses(made), held)


def _other_number(moment: Moment, payload: SentPacket) -> str:
    """The member of the context that a number is, where it is no device's."""
    layouts = moment.instance.binding.unit.layouts
    record = moment.whole.kernel.hooks[moment.instance.key.hook.hook].record
    offsets = {a.offset for a in payload.target if type(a) is Content and a.base is CONTEXT}
    names = (name for name, (offset, _) in sorted(layouts.items()) if offset in offsets)
    return next((f"`{n.partition('.')[2]}`" for n in names if n.startswith(f"{record}.")), "")


def _why(found: Addresses) -> str:
    """What is wrong with addresses, in words."""
    if found.same:
        return "the same address as its source and its destination"
    if found.clobbered:
        return "an address that a copy within the packet has overwritten before it read it"
    return "the destination that it came with, on a path where the program does not write it"


def _type(made: HelperCall) -> Value:
    """What `pkt_type` of the context says."""
    place = made.activation.environment.unit.layouts.get(TYPE)
    if place is None:
        return NONE
    return made.activation.frame.load(made.state, CONTEXT, *place)


class Varying:
    """Which programs write the destination on the way to which targets."""

    def __init__(self, whole: Whole) -> None:
        self._written = {
            group
            for instance in whole.system.instances.values()
            for event in instance.events()
            if isinstance(event.payload, SentPacket) and event.payload.addresses.written
            for group in _groups(instance, event.payload, event.place)
        }

    def varies(self, moment: Moment, payload: SentPacket) -> bool:
        """True where a path to a target of this redirect writes a destination."""
        groups = _groups(moment.instance, payload, moment.event.place)
        return not self._written.isdisjoint(groups)


def _groups(instance: Instance, payload: SentPacket, place: object) -> set[tuple[object, ...]]:
    """The targets of a program's redirect, or its place where they are not known."""
    hook = instance.key.hook
    if payload.map:
        return {(hook, payload.map)}
    targets = SentPackets().targets(payload)
    if not targets:
        return {(hook, place)}
    return {(hook, atom.device or (atom.symbol, atom.place), atom.netns) for atom in targets}
