"""Packets as redirects send them: what the target finds."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint import ir
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.atoms import ANY, NONE, ZERO, Content, Origin, Value
from bpf_lint.dataflow.domain.base import CONTEXT, Base
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import configured, exact, origins, pointers
from bpf_lint.dataflow.engine.context import Context, Followed, HelperCall
from bpf_lint.dataflow.engine.events import Event
from bpf_lint.dataflow.engine.helpercall import argument, program_type
from bpf_lint.dataflow.observers import map_shape
from bpf_lint.dataflow.observers.absent_key import AbsentKeys
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.ethernet import NOTHING, Addresses, addresses
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Facts, Moment, Whole
from bpf_lint.dataflow.observers.number_test import NumberTests, tell_compared, tell_looked_up
from bpf_lint.dataflow.system.instance import Instance
from bpf_lint.dataflow.system.shared import at_hook
from bpf_lint.ir.wrappers import register

# include/uapi/linux/if_packet.h:PACKET_OTHERHOST
OTHERHOST = 3
TYPE = "__sk_buff.pkt_type"
# include/uapi/linux/bpf.h:xdp_action
XDP_TX = 3
QUEUE = "rx_queue_index"


class SentPacket(Aimed, frozen=True):
    """A redirect sends a packet, or, where `helper` is "", the verdict XDP_TX.

    Args:
        type: Its type; nothing known of it where it is of no tunnel.
        addresses: Its Ethernet addresses.
        map: Name of the map that holds the target, "" where that is a number.
        key: The key in that map.
        own_queue: The key is the number of the packet's queue, whatever a test has found it to be.
        held: The map, where a number selects the target that can differ.
    """

    kind: ClassVar[str] = "sent_packet"
    flags: Value = ANY
    type: Value = NONE
    addresses: Addresses = NOTHING
    map: str = ""
    key: Value = NONE
    own_queue: bool = False
    held: Base | None = None


class SentPackets(AimedKind):
    """What redirects send."""

    name = "sent_packet"
    plural = "packets that redirects send"
    follows: ClassVar[frozenset[Followed]] = frozenset(["type", "frame", "numbers"])
    whole = AimedKind.whole | {"target.other_number"}
    described = {
        **AimedKind.described,
        "sent.by": "the helper, with bpf_ and (), or XDP_TX, text; `helper` is empty there",
        "flags": "the flags, a number; 0 where they are not known",
        "target.other_number": "what the number is of, where it may be one of the context that no "
        'device has (a queue, a hash), in words; "" for any other',
        **map_shape.described,
        "key.unchecked": "no program looks up a key of the map, and where it has none, the "
        "helper's result is a drop that the program ends with",
        "result.asked": "the function that calls the helper tells a redirect from the result for a "
        "key that the map lacks",
        "key.untested": "what the key is, where nobody has chosen it and no program tests it: a "
        'queue, a hash or another number of the context that is no device\'s, in words; "" else',
        "key.other": "what the key is, where it is known and not the number of the packet's queue, "
        'in words; "" else',
        "packet.changed": "its first bytes may be others than it came with",
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
        elif isinstance(effect, MapLookupEffect):
            tell_looked_up(made, effect)

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """See `Observer`."""
        tell_compared(activation, branch, state)

    def returned(self, activation: Context, end: ir.Return, value: Value, state: State) -> None:
        """See `Observer`."""
        if exact(value) == XDP_TX and program_type(activation) == "xdp":
            found = addresses(activation.frame, state)
            if found.written and _is_called(activation.function, end):
                found = found._replace(received=False)
            told = SentPacket("", NONE, ZERO, addresses=found)
            activation.effects.emit(end.place, told)

    def matters(self, moment: Moment) -> bool:
        """See `EventKind`: verdicts are those of programs."""
        payload = moment.event.payload
        assert isinstance(payload, SentPacket)
        return bool(payload.helper) or not moment.event.chain

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
            "helper": f"bpf_{payload.helper}" if payload.helper else "",
            "sent.by": _by(payload),
            "returned": ends["returned"],
            "discarded": ends["discarded"],
            "flags": exact(payload.flags) or 0,
            "target.other_number": _other_number(moment, payload),
            **map_shape.facts(moment, payload.map, payload.key),
            "key.other": _other_key(moment, payload),
            "key.untested": ", ".join(_members(moment, _untested(moment, payload.key))),
            "key.unchecked": int(
                moment.whole.of(AbsentKeys).is_unchecked(moment, payload.held, payload.flags)
            ),
            "result.asked": int(
                bool(payload.held)
                and moment.whole.of(AbsentKeys).is_asked_for(moment, payload.flags)
            ),
            "packet.changed": int(found.changed),
            "packet.otherhost": int(OTHERHOST in payload.type),
            "destination.received": int(found.received),
            "destination.varies": int(moment.whole.of(Varying).varies(moment, payload)),
            "destination.group": int(found.group),
            "destination.unset": int(found.unset),
            "addresses.clobbered": int(found.clobbered),
            "addresses.same": int(found.same),
            "addresses.why": _why(found),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, SentPacket)
        return self.name, f"{_by(event.payload)} in {event.function}"


def _is_called(function: ir.Function, end: ir.Return) -> bool:
    """True where a call gave the result: paths to other results may have met before it."""
    given = register(end.value) if end.value is not None else -1
    return given >= 0 and any(
        isinstance(one, ir.Call) and one.result == given
        for block in function.blocks
        for one in block.instructions
    )


def _by(payload: SentPacket) -> str:
    """What sends a packet, in words."""
    return f"bpf_{payload.helper}()" if payload.helper else "XDP_TX"


def _sent(
    made: HelperCall, effect: RedirectEffect | CloneRedirectEffect | RedirectMapEffect
) -> SentPacket:
    model, arguments = made.model, made.arguments
    flags = argument(model, effect.flags, arguments)
    target, name, key, own_queue, held = NONE, "", NONE, False, None
    if isinstance(effect, RedirectMapEffect):
        maps = pointers(argument(model, effect.map, arguments))
        name = ", ".join(at.base.name for at in maps)
        key = argument(model, effect.key, arguments)
        held = maps[0].base if len(maps) == 1 and exact(key) is None else None
        own_queue = key == _member(made, f"xdp_md.{QUEUE}")
    else:
        target = configured(argument(model, effect.ifindex, arguments))
    found = addresses(made.activation.frame, made.state)
    type_ = _member(made, TYPE)
    return SentPacket(model.name, target, flags, type_, found, name, key, own_queue, held)


def _other_key(moment: Moment, payload: SentPacket) -> str:
    """What a key is that is known, and not the queue's."""
    number = exact(payload.key)
    if payload.own_queue:
        return ""
    if number is not None:
        return str(number)
    named = _members(moment, payload.key)
    if QUEUE in named:
        return ""
    if all(type(atom) is Origin for atom in payload.key):
        hook = moment.instance.key.hook
        return ", ".join(dict.fromkeys(at_hook(atom, hook).symbol for atom in origins(payload.key)))
    return ", ".join(f"`{name}`" for name in named)


def _untested(moment: Moment, key: Value) -> Value:
    """The numbers of the context that a key can be and that no program on the way tests."""
    tests, hook = moment.whole.of(NumberTests), moment.instance.key.hook
    return frozenset(
        atom
        for atom in key
        if type(atom) is Content
        and atom.base is CONTEXT
        and not tests.has_member(atom.offset, hook)
    )


def _other_number(moment: Moment, payload: SentPacket) -> str:
    """The member of the context that a number is, where it is no device's."""
    return ", ".join(f"`{name}`" for name in _members(moment, payload.target))


def _members(moment: Moment, value: Value) -> list[str]:
    """Members of the context that a value can be."""
    layouts = moment.instance.binding.unit.layouts
    record = moment.whole.kernel.hooks[moment.instance.key.hook.hook].record
    offsets = {a.offset for a in value if type(a) is Content and a.base is CONTEXT}
    names = (name for name, (offset, _) in sorted(layouts.items()) if offset in offsets)
    return [name.partition(".")[2] for name in names if name.startswith(f"{record}.")]


def _why(found: Addresses) -> str:
    """What is wrong with addresses, in words."""
    if found.same:
        return "the same address as its source and its destination"
    if found.clobbered:
        return "an address that a copy within the packet has overwritten before it read it"
    return "the destination that it came with, on a path where the program does not write it"


def _member(made: HelperCall, name: str) -> Value:
    """What a member of the context is."""
    place = made.activation.environment.unit.layouts.get(name)
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
    if payload.map or not payload.helper:
        return {(hook, payload.map)}
    targets = SentPackets().targets(payload)
    if not targets:
        return {(hook, place)}
    return {(hook, atom.device or (atom.symbol, atom.place), atom.netns) for atom in targets}
