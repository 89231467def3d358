"""What BPF helpers do, as the kernel model describes them."""

from __future__ import annotations

from types import NoneType

from bpf_lint import ir
from bpf_lint.config.effects import (
    CloneRedirectEffect,
    FibLookupEffect,
    ForEachEffect,
    LoopEffect,
    MapLookupEffect,
    MapUpdateEffect,
    PacketEffect,
    RedirectEffect,
    RedirectMapEffect,
    StoreEffect,
    TailCallEffect,
    WriteEffect,
)
from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.state import Armed, State
from bpf_lint.dataflow.domain.values import (
    ANY,
    NONE,
    UNKNOWN,
    UNSET,
    Value,
    configured,
    exact,
    join,
    number,
    pointers,
)
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Redirect, Unavailable, Unknown
from bpf_lint.dataflow.engine.fibhelpers import fib_lookup
from bpf_lint.dataflow.engine.helpercall import (
    HelperCall,
    Transfer,
    argument,
    plain,
    program_type,
    results,
)
from bpf_lint.dataflow.engine.maphelpers import for_each, loop, map_lookup, map_update, write
from bpf_lint.dataflow.engine.packethelpers import reshape, store

_FACTS = tuple(packet.FACTS.values())


def _packet_facts(activation: Context, state: State) -> tuple[Value, ...]:
    """What is true of the packet here."""
    return tuple(activation.frame.load(state, PACKET, at, packet.BITS) for at in _FACTS)


def call_helper(
    activation: Context, call: ir.Call, arguments: tuple[Value, ...], state: State
) -> list[State]:
    """The states after a helper call."""
    model = activation.environment.helpers.get(call.helper)
    if model is None:
        activation.effects.emit(call.place, Unknown("helper", str(call.helper)))
        for argument in arguments:
            activation.effects.havoc(argument, 0, state)
        activation.give(call, ANY, state)
        return [state]
    types = model.data.program_types
    if types and program_type(activation) not in (*types, UNKNOWN):
        activation.effects.emit(call.place, Unavailable(model.name))
    effect = model.data.effect
    return _TRANSFERS[type(effect)](HelperCall(activation, call, model, arguments, state), effect)


def _redirect(made: HelperCall, effect: RedirectEffect) -> list[State]:
    activation, call, model, arguments, state = made
    target = configured(argument(model, effect.ifindex, arguments))
    flags = argument(model, effect.flags, arguments)
    nexthop = argument(model, effect.nexthop, arguments) if effect.nexthop else NONE
    packet = _packet_facts(activation, state)
    kind = program_type(activation)
    allowed = effect.allowed_flags.get(kind)
    value = exact(flags)
    refused = allowed is not None and value is not None and bool(value & ~allowed)
    replaced = None if refused else state.armed
    told = Redirect(model.name, target, flags, call.used, nexthop, packet, replaced)
    activation.effects.emit(call.place, told)
    if UNSET in target:
        activation.effects.use(call.place, "ifindex", f"given to bpf_{model.name}()", state)
    verdict = number(effect.verdict.get(kind, 0))
    if refused:
        verdict = number(effect.refused.get(kind, 0))
    else:
        state.armed = Armed(call.place)
    activation.give(call, verdict, state)
    return [state]


def _clone_redirect(made: HelperCall, effect: CloneRedirectEffect) -> list[State]:
    activation, call, model, arguments, state = made
    target = configured(argument(model, effect.ifindex, arguments))
    flags = argument(model, effect.flags, arguments)
    packet = _packet_facts(activation, state)
    told = Redirect(model.name, target, flags, call.used, NONE, packet, None)
    activation.effects.emit(call.place, told)
    if UNSET in target:
        activation.effects.use(call.place, "ifindex", f"given to bpf_{model.name}()", state)
    activation.give(call, results(model), state)
    return [state]


def _redirect_map(made: HelperCall, effect: RedirectMapEffect) -> list[State]:
    activation, call, model, arguments, state = made
    # The entry was resolved by whoever wrote it, so there is no number to follow.
    packet = _packet_facts(activation, state)
    told = Redirect(model.name, NONE, ANY, call.used, packet=packet)
    if UNSET in argument(model, effect.key, arguments):
        activation.effects.use(call.place, "ifindex", f"given to bpf_{model.name}()", state)
    activation.effects.emit(call.place, told)
    verdict = effect.verdict.get(program_type(activation))
    value = number(verdict) if verdict is not None else results(model)
    flags = exact(argument(model, effect.flags, arguments))
    absent = ANY if flags is None else number(flags & 3)
    activation.give(call, join(value, absent), state)
    return [state]


def _tail_call(made: HelperCall, effect: TailCallEffect) -> list[State]:
    activation, call, model, arguments, state = made
    maps = tuple(p.base for p in pointers(argument(model, effect.map, arguments)))
    activation.effects.tail_call(call.place, maps, argument(model, effect.index, arguments), state)
    activation.give(call, results(model), state)
    return [state]


_TRANSFERS: dict[type, Transfer] = {
    NoneType: plain,
    RedirectEffect: _redirect,
    CloneRedirectEffect: _clone_redirect,
    RedirectMapEffect: _redirect_map,
    FibLookupEffect: fib_lookup,
    TailCallEffect: _tail_call,
    MapLookupEffect: map_lookup,
    MapUpdateEffect: map_update,
    WriteEffect: write,
    ForEachEffect: for_each,
    LoopEffect: loop,
    PacketEffect: reshape,
    StoreEffect: store,
}
