"""What BPF helpers do, as the kernel model describes them."""

from __future__ import annotations

from types import NoneType

from bpf_lint import ir
from bpf_lint.config.effects import (
    CloneRedirectEffect,
    FibLookupEffect,
    MoveStartEffect,
    PacketEffect,
    RedirectEffect,
    RedirectMapEffect,
    SetMemberEffect,
    SocketAssignEffect,
    SocketLookupEffect,
    SocketRedirectEffect,
    StoreEffect,
    TailCallEffect,
)
from bpf_lint.config.memory_effects import (
    DynptrDataEffect,
    DynptrEffect,
    DynptrReadEffect,
    DynptrWriteEffect,
    ForEachEffect,
    LaterEffect,
    LoopEffect,
    MapLookupEffect,
    MapReadEffect,
    MapUpdateEffect,
    WriteEffect,
)
from bpf_lint.dataflow.domain.atoms import ANY, ZERO, Value, number, pointing
from bpf_lint.dataflow.domain.base import Kind, base
from bpf_lint.dataflow.domain.state import Armed, State, waits
from bpf_lint.dataflow.domain.values import convert, exact, pointers
from bpf_lint.dataflow.engine import dynptr
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.fibhelpers import fib_lookup
from bpf_lint.dataflow.engine.helpercall import (
    HelperCall,
    Transfer,
    argument,
    plain,
    program_type,
    results,
)
from bpf_lint.dataflow.engine.maphelpers import (
    for_each,
    later,
    loop,
    map_lookup,
    map_read,
    map_update,
    write,
)
from bpf_lint.dataflow.engine.packethelpers import move_start, reshape, set_member, store


def call_helper(
    activation: Context, call: ir.Call, arguments: tuple[Value, ...], state: State
) -> list[State]:
    """The states after a helper call."""
    model = activation.environment.helpers.get(call.helper)
    if model is None:
        for tell in activation.observers.unfollowed:
            tell(activation, call, "helper", str(call.helper))
        for argument in arguments:
            activation.effects.havoc(argument, 0, state)
        activation.give(call, ANY, state)
        return [state]
    effect = model.data.effect
    made = HelperCall(activation, call, model, arguments, state)
    for observe in activation.observers.helper:
        observe(made, effect)
    return _TRANSFERS[type(effect)](made, effect)


def is_refused(made: HelperCall, effect: RedirectEffect) -> bool:
    """True where the helper takes none of these flags, and so redirects nothing."""
    allowed = effect.allowed_flags.get(program_type(made.activation))
    flags = exact(argument(made.model, effect.flags, made.arguments))
    return allowed is not None and flags is not None and bool(flags & ~allowed)


def _redirect(made: HelperCall, effect: RedirectEffect) -> list[State]:
    activation, call, _, _, state = made
    kind = program_type(activation)
    verdict = number(effect.verdict.get(kind, 0))
    if is_refused(made, effect):
        verdict = number(effect.refused.get(kind, 0))
    else:
        state.armed = Armed(call.place)
    activation.give(call, verdict, state)
    return [state]


def _redirect_map(made: HelperCall, effect: RedirectMapEffect) -> list[State]:
    """A redirect waits where the map has the key; where it has none, not even an earlier one."""
    activation, call, model, arguments, state = made
    verdict = effect.verdict.get(program_type(activation))
    value = number(verdict) if verdict is not None else results(model)
    flags = exact(argument(model, effect.flags, arguments))
    absent = state.fork()
    state.armed, absent.armed = Armed(call.place), Armed(call.place, absent=True)
    activation.give(call, value, state)
    activation.give(call, ANY if flags is None else number(flags & 3), absent)
    return [state, absent]


def _socket_redirect(made: HelperCall, effect: SocketRedirectEffect) -> list[State]:
    """A redirect waits where the map has such a socket; where it has none, an earlier one stays."""
    activation, call, model, arguments, state = made
    flags = exact(argument(model, effect.flags, arguments))
    absent = state.fork()
    activation.give(call, number(effect.refused), absent)
    if flags is not None and flags & ~effect.allowed_flags:
        return [absent]
    state.armed = Armed(call.place)
    if not waits(absent.armed):
        absent.armed = Armed(call.place, absent=True)
    activation.give(call, number(effect.verdict), state)
    return [state, absent]


def _socket_lookup(made: HelperCall, effect: SocketLookupEffect) -> list[State]:
    """A socket, or 0; only one of a namespace that was asked for by number is told apart."""
    activation, call, model, arguments, state = made
    asked = exact(convert(argument(model, effect.netns, arguments), 32, True))
    found = results(model)
    if asked is not None and asked >= 0:
        found = ZERO | pointing(base(Kind.SOCKET, "", str(asked)))
    activation.give(call, found, state)
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
    CloneRedirectEffect: plain,
    RedirectMapEffect: _redirect_map,
    SocketRedirectEffect: _socket_redirect,
    FibLookupEffect: fib_lookup,
    SocketLookupEffect: _socket_lookup,
    SocketAssignEffect: plain,
    TailCallEffect: _tail_call,
    MapLookupEffect: map_lookup,
    MapReadEffect: map_read,
    MapUpdateEffect: map_update,
    WriteEffect: write,
    ForEachEffect: for_each,
    LoopEffect: loop,
    LaterEffect: later,
    DynptrEffect: dynptr.give,
    DynptrDataEffect: dynptr.data,
    DynptrReadEffect: dynptr.read,
    DynptrWriteEffect: dynptr.write,
    PacketEffect: reshape,
    MoveStartEffect: move_start,
    SetMemberEffect: set_member,
    StoreEffect: store,
}
