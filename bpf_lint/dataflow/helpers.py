"""What BPF helpers do, as the kernel model describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from bpf_lint import ir
from bpf_lint.config.schema import Effect
from bpf_lint.dataflow import path
from bpf_lint.dataflow.calls import call_named
from bpf_lint.dataflow.environment import HelperModel
from bpf_lint.dataflow.events import FibLookup, MapStore, Redirect, Unavailable, Unknown
from bpf_lint.dataflow.joining import same, widen
from bpf_lint.dataflow.state import Armed, State
from bpf_lint.dataflow.values import (
    ANY,
    EITHER,
    NEGATIVE,
    NONE,
    ONE,
    POSITIVE,
    SKB_NETNS,
    UNKNOWN,
    UNSET,
    ZERO,
    Atom,
    Origin,
    Pointer,
    Value,
    exact,
    functions,
    join,
    number,
    origin,
    pointer,
    pointers,
    pointing,
)

if TYPE_CHECKING:
    from bpf_lint.dataflow.activation import Activation


class HelperCall(NamedTuple):
    """A helper call about to happen: where it stands, what is called, with what, in which state."""

    activation: Activation
    call: ir.Call
    model: HelperModel
    arguments: tuple[Value, ...]
    state: State


# Bytes of an Ethernet header that hold addresses.
_ETHERNET_ADDRESSES = 12

_FACTS = tuple(path.PACKET.values())

Transfer = Callable[[HelperCall], list[State]]


def call_helper(
    activation: Activation, call: ir.Call, arguments: tuple[Value, ...], state: State
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
    if types and _program_type(activation) not in (*types, UNKNOWN):
        activation.effects.emit(call.place, Unavailable(model.name))
    transfer = _TRANSFERS.get(model.data.effect.kind, _plain)
    return transfer(HelperCall(activation, call, model, arguments, state))


def argument(model: HelperModel, name: str, arguments: tuple[Value, ...]) -> Value:
    """The argument for a parameter the effect names; UNKNOWN where it is missing."""
    position = model.position(name)
    return arguments[position] if 0 <= position < len(arguments) else ANY


def results(model: HelperModel) -> Value:
    """What the helper can return, by its `returns`."""
    marks: dict[int | str, Atom] = {
        "negative": NEGATIVE,
        "positive": POSITIVE,
        "unknown": UNKNOWN,
        "pointer": UNKNOWN,
    }
    return frozenset(marks.get(item, item) for item in model.data.returns)


def _plain(made: HelperCall) -> list[State]:
    activation, call, model, _, state = made
    activation.give(call, results(model), state)
    return [state]


def _redirect(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    target = argument(model, effect.ifindex, arguments)
    flags = argument(model, effect.flags, arguments)
    nexthop = argument(model, effect.nexthop, arguments) if effect.nexthop else NONE
    packet = _packet_facts(activation, state)
    program_type = _program_type(activation)
    allowed = effect.allowed_flags.get(program_type)
    value = exact(flags)
    refused = allowed is not None and value is not None and bool(value & ~allowed)
    replaced = None if refused or effect.kind == "clone_redirect" else state.armed
    told = Redirect(model.name, target, flags, call.used, nexthop, packet, replaced)
    activation.effects.emit(call.place, told)
    if UNSET in target:
        activation.effects.use(call.place, "ifindex", f"given to bpf_{model.name}()", state)
    if effect.kind == "clone_redirect":
        activation.give(call, results(model), state)
        return [state]
    verdict = number(effect.verdict.get(program_type, 0))
    if refused:
        verdict = number(effect.refused.get(program_type, 0))
    else:
        state.armed = Armed(call.place)
    activation.give(call, verdict, state)
    return [state]


def _packet_facts(activation: Activation, state: State) -> tuple[Value, ...]:
    """What is true of the packet here."""
    return tuple(activation.frame.load(state, path.BASE, at, path.BITS) for at in _FACTS)


def _program_type(activation: Activation) -> str:
    """The program type of the run, read as a fact of the hook so that the memo knows."""
    (name,) = activation.frame.read("hook", 0, 0) or (UNKNOWN,)
    return str(name)


def _redirect_map(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    # The entry was resolved by whoever wrote it, so there is no number to follow.
    packet = _packet_facts(activation, state)
    told = Redirect(model.name, NONE, ANY, call.used, packet=packet)
    activation.effects.emit(call.place, told)
    verdict = model.data.effect.verdict.get(_program_type(activation))
    value = number(verdict) if verdict is not None else results(model)
    flags = exact(argument(model, model.data.effect.flags, arguments))
    absent = ANY if flags is None else number(flags & 3)
    activation.give(call, join(value, absent), state)
    return [state]


def _fib_lookup(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    buffer = argument(model, effect.buffer, arguments)
    layout = activation.environment.unit.layouts.get(effect.ifindex)
    targets = pointers(buffer)
    if layout is None or not targets:
        activation.effects.havoc(buffer, 0, state)
        activation.give(call, results(model), state)
        return [state]
    frame = activation.frame
    offset, bits = layout
    asked: Value = frozenset()
    for at in targets:
        if at.offset is not None:
            asked |= frame.load(state, at.base, at.offset + offset, bits)
        else:
            asked |= ANY
    activation.effects.emit(call.place, FibLookup(model.name, asked))
    if UNSET in asked:
        activation.effects.use(call.place, "ifindex", f"given to bpf_{model.name}()", state)
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
        path.tell(branch, path.FIB, number(status) | frozenset(targets))
        activation.give(call, answer, branch)
        states.append(branch)
    return states


# Outcomes of a FIB lookup: all is set, or no Ethernet addresses, or nothing.
_RESOLVED, _FAILED = 0, 2


def _addresses(activation: Activation, effect: Effect) -> list[tuple[int, int, Value]]:
    """The bytes of a lookup's result that hold Ethernet addresses, not set."""
    layouts = activation.environment.unit.layouts
    unset = frozenset([UNKNOWN, UNSET])
    places = [layouts[name] for name in effect.addresses if name in layouts]
    return [(at, 8, unset) for start, bits in places for at in range(start, start + bits, 8)]


def _store(made: HelperCall) -> list[State]:
    """A helper that writes memory into the packet."""
    activation, call, model, arguments, state = made
    effect = model.data.effect
    length = exact(argument(model, effect.length, arguments)) or 0
    written = activation.effects.taken(argument(model, effect.buffer, arguments), 8 * length, state)
    if any(UNSET in value for cells in written for _, _, value in cells):
        activation.effects.use(call.place, "addresses", "written into the packet", state)
    offset = exact(argument(model, effect.index, arguments))
    at = path.PACKET["readdressed"]
    # Not told apart from a write that fails: the program drops the packet then.
    if (
        offset is not None
        and offset < _ETHERNET_ADDRESSES
        and not path.is_set(activation.frame.load(state, path.BASE, at, path.BITS))
    ):
        path.tell(state, at, ONE)
    return _plain(made)


def _packet(made: HelperCall) -> list[State]:
    """A helper that changes the packet where it succeeds."""
    activation, call, model, arguments, state = made
    effect = model.data.effect
    result = results(model)
    size = exact(argument(model, effect.length, arguments)) if effect.minimum else None
    facts: dict[int, Value] = {}
    for name, value in effect.packet.items():
        at = path.PACKET[name]
        wanted = number(value)
        if effect.minimum and (size is None or size < effect.minimum):
            wanted = EITHER
        if activation.frame.load(state, path.BASE, at, path.BITS) != wanted:
            facts[at] = wanted
    if not facts:
        activation.give(call, result, state)
        return [state]
    failed = result - {0}
    states = []
    if failed:
        other = state.fork()
        activation.give(call, failed, other)
        states.append(other)
    for at, wanted in facts.items():
        path.tell(state, at, wanted)
    activation.give(call, ZERO, state)
    return [state, *states]


def _tail_call(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    maps = tuple(p.base for p in pointers(argument(model, effect.map, arguments)))
    activation.effects.tail_call(call.place, maps, argument(model, effect.index, arguments), state)
    activation.give(call, results(model), state)
    return [state]


def _map_lookup(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    found: set[Atom] = {0}
    effect = model.data.effect
    for at in pointers(argument(model, effect.map, arguments)):
        if at.base[0] == "R":
            found |= {pointer(base, 0) for base in _entries(made, at, effect)}
        else:
            found.add(pointer(inner(at), 0) if at.base[0] in "MI" else UNKNOWN)
    activation.give(call, frozenset(found) if len(found) > 1 else ANY, state)
    return [state]


def _entries(made: HelperCall, at: Pointer, effect: Effect) -> list[str]:
    """The memory of the entries of a per-CPU array that a key can select."""
    count = made.activation.environment.entries_of(at.base)
    if count == 1:
        return [at.base]
    keys = [
        exact(made.activation.frame.load(made.state, one.base, one.offset, 32))
        for one in pointers(argument(made.model, effect.key, made.arguments) if effect.key else ANY)
        if one.offset is not None
    ]
    known = [key for key in keys if key is not None] if len(keys) == 1 else []
    return [f"{at.base}[{key}]" for key in known or range(count) if key < count]


def inner(at: Pointer) -> str:
    """The memory that a lookup in a map leads to: its values, or those of its inner maps."""
    return "M:" + at.base[2:] + ">inner" if at.base[0] == "I" else at.base


def _map_update(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    sources = pointers(argument(model, effect.value, arguments))
    for at in pointers(argument(model, effect.map, arguments)):
        bits = activation.environment.bits_of(at.base)
        bases = _entries(made, at, effect) if at.base[0] == "R" else [at.base]
        for source in sources:
            if at.base[0] in "MR" and bits and source.offset is not None:
                _put(activation, bases, source, bits, call, state)
    activation.give(call, results(model), state)
    return [state]


def _put(
    activation: Activation,
    bases: list[str],
    source: Pointer,
    bits: int,
    call: ir.Call,
    state: State,
) -> None:
    """Copy a value into a map, or into one of a few entries of scratch memory."""
    cells = activation.frame.take(state, source.base, source.offset or 0, bits)
    for start, width, value in cells:
        if bases and bases[0][0] == "R":
            targets = frozenset(pointer(base, start) for base in bases)
            activation.effects.write(targets, width, value, call.place, state)
        elif any(type(atom) is Origin for atom in value):
            for base in bases:
                activation.effects.emit(call.place, MapStore(base, start, width, value))


def _write(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    if effect.length.isdigit():
        size: int | None = int(effect.length)
    else:
        size = exact(argument(model, effect.length, arguments))
    if size is None and effect.map:
        maps = pointers(argument(model, effect.map, arguments))
        size = max((activation.environment.bits_of(m.base) for m in maps), default=0) // 8
    activation.effects.havoc(argument(model, effect.buffer, arguments), (size or 0) * 8, state)
    activation.give(call, results(model), state)
    return [state]


def _callback(made: HelperCall) -> list[State]:
    activation, call, model, arguments, state = made
    effect = model.data.effect
    passed = argument(model, effect.callback_context, arguments)
    if effect.kind == "for_each":
        maps = argument(model, effect.map, arguments)
        values = (
            frozenset(
                pointer(base, 0)
                for at in pointers(maps)
                for base in (_entries(made, at, effect) if at.base[0] == "R" else [inner(at)])
            )
            or ANY
        )
        given: tuple[Value, ...] = (maps, ANY, values, passed)
    else:
        given = (ANY, passed)
    names = functions(argument(model, effect.callback, arguments))
    states = _turns(activation, call, names, given, state)
    for after in states:
        activation.give(call, results(model), after)
    return states


def _turns(
    activation: Activation,
    call: ir.Call,
    names: list[str],
    given: tuple[Value, ...],
    state: State,
) -> list[State]:
    """States after a callback ran any number of times, one for each redirect that waits."""
    # A copy of the call that ignores the result.
    plain = [ir.Call(-1, name, -1, None, (), 0, True, call.place) for name in names]
    met = {state.armed: state}
    waiting = [state]
    grown = 0
    while waiting:
        before = waiting.pop()
        for one in plain:
            for after in call_named(activation, one, one.callee, given, before.fork()):
                known = met.get(after.armed)
                if known is not None:
                    grown += 1
                    after = widen(known, activation.frame.join(known, after), grown)
                    if same(known, after):
                        continue
                met[after.armed] = after
                waiting.append(after)
    return [after.fork() for after in met.values()]


_TRANSFERS: dict[str, Transfer] = {
    "redirect": _redirect,
    "clone_redirect": _redirect,
    "redirect_map": _redirect_map,
    "fib_lookup": _fib_lookup,
    "tail_call": _tail_call,
    "map_lookup": _map_lookup,
    "map_update": _map_update,
    "write": _write,
    "for_each": _callback,
    "loop": _callback,
    "packet": _packet,
    "store": _store,
}
