"""FIB lookups: three outcomes, by what they set."""

from __future__ import annotations

from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    SKB_NETNS,
    UNKNOWN,
    UNSET,
    Value,
    number,
    origin,
    pointing,
)
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact, pointers
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.helpercall import HelperCall, argument, results


def fib_lookup(made: HelperCall, effect: FibLookupEffect) -> list[State]:
    """A route is looked up: one state for each outcome."""
    activation, call, model, arguments, state = made
    buffer = argument(model, effect.buffer, arguments)
    layout = activation.environment.unit.layouts.get(effect.ifindex)
    targets = pointers(buffer)
    asked = given(made, effect)
    if layout is None or asked is None:
        activation.effects.havoc(buffer, 0, state)
        activation.give(call, results(model), state)
        return [state]
    offset, bits = layout
    found = frozenset([origin(model.name, SKB_NETNS, call.place)])
    left = asked | {UNKNOWN, UNSET}
    length = exact(argument(model, effect.length, arguments))
    resolved, answers = frozenset(effect.resolved), frozenset(effect.answers)
    states = []
    for status, answer in enumerate((resolved, answers - resolved, results(model) - answers)):
        if not answer:
            continue
        branch = state.fork()
        activation.effects.havoc(buffer, (length or 0) * 8, branch)
        parts = [(offset, bits, left if status == _FAILED else found)]
        if status != _RESOLVED:
            parts += _addresses(activation, effect)
        for at in targets:
            for start, width, value in parts if at.offset is not None else ():
                spot = pointing(at.base, (at.offset or 0) + start)
                activation.effects.write(spot, width, value, call.place, branch)
        packet.tell(branch, packet.FIB, number(status) | frozenset(targets))
        activation.give(call, answer, branch)
        states.append(branch)
    return states


def given(made: HelperCall, effect: FibLookupEffect) -> Value | None:
    """The ifindex that a lookup is given, None where it is not known where that stands."""
    return member(made, effect, effect.ifindex)


def member(made: HelperCall, effect: FibLookupEffect, name: str) -> Value | None:
    """What a lookup is given in a member, None where it is not known where that stands."""
    layout = made.activation.environment.unit.layouts.get(name)
    targets = pointers(argument(made.model, effect.buffer, made.arguments))
    if layout is None or not targets:
        return None
    offset, bits = layout
    held: Value = frozenset()
    for at in targets:
        if at.offset is not None:
            held |= made.activation.frame.load(made.state, at.base, at.offset + offset, bits)
        else:
            held |= ANY
    return held


# Outcomes of a FIB lookup: all is set, or no Ethernet addresses, or nothing.
_RESOLVED, _FAILED = 0, 2


def _addresses(activation: Context, effect: FibLookupEffect) -> list[tuple[int, int, Value]]:
    """The bytes of a lookup's result that hold Ethernet addresses, not set."""
    layouts = activation.environment.unit.layouts
    unset = frozenset([UNKNOWN, UNSET])
    places = [layouts[name] for name in effect.addresses if name in layouts]
    return [(at, 8, unset) for start, bits in places for at in range(start, start + bits, 8)]
