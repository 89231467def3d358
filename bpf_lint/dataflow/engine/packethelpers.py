"""Helpers that write or reshape the packet."""

from __future__ import annotations

from bpf_lint.config.effects import MoveStartEffect, PacketEffect, SetMemberEffect, StoreEffect
from bpf_lint.dataflow.domain import header, layout, memory, packet, protocol
from bpf_lint.dataflow.domain.atoms import (
    EITHER,
    FRESH,
    ONE,
    UNKNOWN,
    ZERO,
    Value,
    number,
    pointer,
    pointing,
)
from bpf_lint.dataflow.domain.base import CONTEXT, FRAME, PACKET
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import convert, exact
from bpf_lint.dataflow.engine.helpercall import HelperCall, argument, plain, results

# Bytes of an Ethernet header that hold addresses.
_ETHERNET_ADDRESSES = 12


def store(made: HelperCall, effect: StoreEffect) -> list[State]:
    """A helper that writes memory into the packet."""
    activation, _, model, arguments, state = made
    offset = exact(argument(model, effect.index, arguments))
    at = packet.FACTS["readdressed"]
    # Not told apart from a write that fails: the program drops the packet then.
    if (
        offset is not None
        and offset < _ETHERNET_ADDRESSES
        and not packet.is_set(activation.frame.load(state, PACKET, at, packet.BITS))
    ):
        packet.tell(state, at, ONE)
    if offset is not None and protocol.touched(8 * offset, _length(made, effect)):
        protocol.forget(state)
    if offset is not None and "frame" in activation.observers.follows:
        _write(made, effect, pointing(FRAME, 8 * offset))
    return plain(made)


def _length(made: HelperCall, effect: StoreEffect) -> int:
    """Bits that are written, by what is known of them."""
    length = exact(argument(made.model, effect.length, made.arguments))
    return memory.ALL if length is None else 8 * length


def _write(made: HelperCall, effect: StoreEffect, target: Value) -> None:
    """Write memory into the packet's first bytes."""
    activation, call, model, arguments, state = made
    length = exact(argument(model, effect.length, arguments))
    source = argument(model, effect.buffer, arguments)
    if length is not None and 0 <= 8 * length <= memory.ALL:
        activation.effects.copy(target, source, 8 * length, call.place, state)
    else:
        activation.effects.havoc(target, 0, state)


def move_start(made: HelperCall, effect: MoveStartEffect) -> list[State]:
    """A helper that moves the packet's start where it succeeds."""
    activation, call, model, arguments, state = made
    protocol.forget(state)
    if "frame" not in activation.observers.follows:
        return plain(made)
    other = state.fork()
    activation.give(call, results(model) - {0}, other)
    by = exact(convert(argument(model, effect.by, arguments), 32, True))
    unset = frozenset([UNKNOWN, FRESH])
    header.move_start(activation.frame, state, None if by is None else -by, unset)
    activation.give(call, ZERO, state)
    return [state, other]


def set_member(made: HelperCall, effect: SetMemberEffect) -> list[State]:
    """A helper that sets a member of the context; it fails for values that there are not."""
    activation, _, model, arguments, state = made
    place = activation.environment.unit.layouts.get(effect.member)
    if place is not None and "type" in activation.observers.follows:
        value = convert(argument(model, effect.value, arguments), place[1], False)
        activation.frame.store(state, pointer(CONTEXT, place[0]), place[1], value)
    return plain(made)


def reshape(made: HelperCall, effect: PacketEffect) -> list[State]:
    """A helper that changes the packet where it succeeds."""
    activation, call, model, arguments, state = made
    result = results(model)
    size = exact(argument(model, effect.length, arguments)) if effect.minimum else None
    facts: dict[int, Value] = {}
    for name, value in effect.packet.items():
        at = packet.FACTS[name]
        wanted = number(value)
        if effect.minimum and (size is None or size < effect.minimum):
            wanted = EITHER
        if activation.frame.load(state, PACKET, at, packet.BITS) != wanted:
            facts[at] = wanted
    moves = effect.front and "frame" in activation.observers.follows
    grows = effect.grows and "layout" in activation.observers.follows
    if not facts and not moves and not grows:
        _rewrite(effect, state)
        activation.give(call, result, state)
        return [state]
    failed = result - {0}
    states = []
    if failed:
        other = state.fork()
        activation.give(call, failed, other)
        states.append(other)
    _rewrite(effect, state)
    for at, wanted in facts.items():
        packet.tell(state, at, wanted)
    if grows:
        layout.change(activation.frame, state, _grown(made, effect))
    if moves:
        header.move_start(
            activation.frame, state, exact(argument(model, effect.front, arguments)), ZERO
        )
    activation.give(call, ZERO, state)
    return [state, *states]


def _rewrite(effect: PacketEffect, state: State) -> None:
    """With other headers, the packet's protocol may be another, and lie elsewhere."""
    if "reshaped" in effect.packet:
        protocol.forget(state)


def _grown(made: HelperCall, effect: PacketEffect) -> int | None:
    """Bytes by which the packet has grown, None where that is not known."""
    given = exact(convert(argument(made.model, effect.grows, made.arguments), 32, True))
    if given is None or not effect.sizes:
        return given
    return effect.sizes.get(str(given))
