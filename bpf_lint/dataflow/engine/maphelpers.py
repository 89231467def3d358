"""Helpers that read, write or walk maps, and those that call back."""

from __future__ import annotations

from collections.abc import Sequence

from bpf_lint import ir
from bpf_lint.config.memory_effects import (
    ForEachEffect,
    LaterEffect,
    LoopEffect,
    MapLookupEffect,
    MapReadEffect,
    MapUpdateEffect,
    WriteEffect,
)
from bpf_lint.dataflow.domain import layout, limits, packet, protocol, tested
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    UNKNOWN,
    ZERO,
    Atom,
    Origin,
    Pointer,
    Value,
    pointer,
    pointing,
)
from bpf_lint.dataflow.domain.base import (
    FRAME,
    Base,
    Key,
    Kind,
    can_be,
    entry_of,
    keyed,
    keys_of,
    spelling,
    values_of,
)
from bpf_lint.dataflow.domain.state import Armed, State
from bpf_lint.dataflow.domain.values import exact, functions, pointers
from bpf_lint.dataflow.engine.builtins import copy
from bpf_lint.dataflow.engine.calls import call_named
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import MapStore, Unsettled
from bpf_lint.dataflow.engine.fixpoint import Fixpoint, Worklist
from bpf_lint.dataflow.engine.helpercall import HelperCall, argument, results

# What keeps states apart between the turns of a callback.
Kept = tuple[Armed | None, packet.Told | None]

# Maps that a lookup finds a value in, and those that an update writes.
_VALUES = frozenset([Kind.MAP, Kind.INNER, Kind.MAPS, Kind.DEVICES])
_WRITTEN = frozenset([Kind.MAP, Kind.INNER, Kind.SCRATCH])


def map_lookup(made: HelperCall, effect: MapLookupEffect) -> list[State]:
    """The address of a value, or 0."""
    activation, call, model, arguments, state = made
    found: set[Atom] = {0}
    for at in pointers(argument(model, effect.map, arguments)):
        if at.base.kind is Kind.SCRATCH:
            found |= {pointer(base, 0) for base in _entries(made, at, effect.key)}
        elif at.base.kind in _VALUES:
            found.add(pointer(_entry(made, at.base, effect.key), 0))
            found |= {pointer(one, 0) for one in activation.environment.inner_maps(at.base)}
            if at.base.kind is not Kind.MAPS and at.base not in activation.environment.single:
                tested.look_up(activation.frame, state, values_of(at.base))
        else:
            found.add(UNKNOWN)
    if effect.value:
        _update(made, effect.map, effect.key, effect.value)
    activation.give(call, frozenset(found) if len(found) > 1 else ANY, state)
    return [state]


def _entries(made: HelperCall, at: Pointer, key: str) -> list[Base]:
    """The memory of the entries of a per-CPU array that a key can select."""
    count = made.activation.environment.entries_of(at.base)
    if count == 1:
        return [at.base]
    keys = [
        exact(made.activation.frame.load(made.state, one.base, one.offset, 32))
        for one in pointers(argument(made.model, key, made.arguments) if key else ANY)
        if one.offset is not None
    ]
    known = [key for key in keys if key is not None] if len(keys) == 1 else []
    return [entry_of(at.base, key) for key in known or range(count) if key < count]


def _entry(made: HelperCall, of: Base, parameter: str) -> Base:
    """The memory of the values that a lookup can lead to, by what is known of its key."""
    if of.kind is not Kind.MAP:
        return values_of(of)
    asked = constant_bytes(made, of, parameter)
    if not asked:
        return of
    told = made.activation.frame.read(keys_of(of), 0, 8)
    if UNKNOWN in told:
        return of
    stored = [spelling(str(key)) for key in sorted(told, key=str)]
    others = [dict(key) for key in stored if not can_be(key, asked)]
    # Only what tells it from an entry that it is not: the rest would be a memory of its own for
    # each key, with the same in it.
    return keyed(
        of, tuple((at, v) for at, v in asked if any(known.get(at, v) != v for known in others))
    )


def constant_bytes(made: HelperCall, of: Base, parameter: str) -> Key:
    """The bytes of a key that are constant."""
    bits = made.activation.environment.key_bits_of(of)
    at = pointers(argument(made.model, parameter, made.arguments)) if parameter else []
    if len(at) != 1 or at[0].offset is None or at[0].base.bare or not bits:
        return ()
    cells = made.activation.frame.take(made.state, at[0].base, at[0].offset, bits)
    known: list[tuple[int, int]] = []
    for start, width, value in cells:
        number = exact(value)
        if number is not None and start % 8 == 0 and width % 8 == 0:
            number &= (1 << width) - 1
            known += [(start // 8 + at, number >> 8 * at & 0xFF) for at in range(width // 8)]
    return tuple(sorted(known))


def map_update(made: HelperCall, effect: MapUpdateEffect) -> list[State]:
    """A value is copied into a map."""
    _update(made, effect.map, effect.key, effect.value)
    made.activation.give(made.call, results(made.model), made.state)
    return [made.state]


def _update(made: HelperCall, map_: str, key: str, value: str) -> None:
    """Copy a value into a map; the parameters that hold map, key and value are named."""
    activation, _, model, arguments, state = made
    sources = pointers(argument(model, value, arguments))
    for at in pointers(argument(model, map_, arguments)):
        if at.base.shared:
            tested.forget(state, at.base)
        bits = activation.environment.bits_of(at.base)
        bases = _entries(made, at, key) if at.base.kind is Kind.SCRATCH else [at.base]
        for source in sources:
            if (at.base.kind in _WRITTEN) and bits and source.offset is not None:
                _put(made, bases, source, bits, key)


def map_read(made: HelperCall, effect: MapReadEffect) -> list[State]:
    """A value of a map is copied to the caller; where there is none, the copy is no value."""
    activation, call, model, arguments, state = made
    buffer = argument(model, effect.buffer, arguments)
    maps = argument(model, effect.map, arguments)
    bits = max((activation.environment.bits_of(at.base) for at in pointers(maps)), default=0)
    failed = state.fork()
    for one in (state, failed):
        activation.effects.havoc(buffer, bits, one)
    values = frozenset(pointer(at.base, 0) for at in pointers(maps) if at.base.kind in _VALUES)
    if bits and values:
        copy(activation, buffer, values, bits, call.place, state)
    activation.give(call, ZERO, state)
    activation.give(call, results(model) - ZERO, failed)
    return [state, failed]


def _put(made: HelperCall, bases: list[Base], source: Pointer, bits: int, key: str) -> None:
    """Copy a value into a map, or into one of a few entries of scratch memory."""
    activation, call, _, _, state = made
    cells = activation.frame.take(state, source.base, source.offset or 0, bits)
    for start, width, value in cells:
        if bases and bases[0].kind is Kind.SCRATCH:
            targets = frozenset(pointer(base, start) for base in bases)
            activation.effects.write(targets, width, value, call.place, state)
        elif any(type(atom) is Origin for atom in value):
            for base in bases:
                told = MapStore(base, start, width, value, constant_bytes(made, base, key))
                activation.effects.emit(call.place, told)


def write(made: HelperCall, effect: WriteEffect) -> list[State]:
    """A buffer of the caller is filled."""
    activation, call, model, arguments, state = made
    size = effect.size or exact(argument(model, effect.length, arguments))
    if size is None and effect.map:
        maps = pointers(argument(model, effect.map, arguments))
        size = max((activation.environment.bits_of(m.base) for m in maps), default=0) // 8
    buffer = argument(model, effect.buffer, arguments)
    activation.effects.havoc(buffer, (size or 0) * 8, state)
    if effect.index and size:
        _read_packet(made, effect, buffer, size)
    activation.give(call, results(model), state)
    return [state]


def _read_packet(made: HelperCall, effect: WriteEffect, buffer: Value, size: int) -> None:
    """A buffer is filled from the packet, as far as that is followed."""
    activation, call, model, arguments, state = made
    at = exact(argument(model, effect.index, arguments))
    follows, bits = activation.observers.follows, 8 * size
    headed = at is not None and protocol.touched(8 * at, bits)
    if at is not None and ("frame" in follows or headed):
        activation.effects.copy(buffer, pointing(FRAME, 8 * at), bits, call.place, state)
        cells = activation.frame.take(state, FRAME, 8 * at, bits)
        if headed or any(value != ANY for _, _, value in cells):
            return  # something is known of it
    if "layout" in follows:
        now = layout.now(activation.frame, state)
        activation.effects.write(buffer, bits, now, call.place, state)


def for_each(made: HelperCall, effect: ForEachEffect) -> list[State]:
    """A function of the program is called for each entry of a map."""
    maps = argument(made.model, effect.map, made.arguments)
    entries = [values_of(at.base) for at in pointers(maps) if values_of(at.base).shared]
    for one in entries:
        tested.look_up(made.activation.frame, made.state, one)
    values = frozenset(pointer(base, 0) for at in pointers(maps) for base in _walked(made, at))
    passed = argument(made.model, effect.callback_context, made.arguments)
    states = _called_back(made, effect, (maps, ANY, values or ANY, passed), entries)
    for after in states:
        for one in entries:
            tested.several(after, one)
    return states


def _walked(made: HelperCall, at: Pointer) -> list[Base]:
    """The memory of the values of a map."""
    if at.base.kind is Kind.SCRATCH:
        return _entries(made, at, "")
    return [values_of(at.base)]


def loop(made: HelperCall, effect: LoopEffect) -> list[State]:
    """A function of the program is called, any number of times."""
    passed = argument(made.model, effect.callback_context, made.arguments)
    return _called_back(made, effect, (ANY, passed))


def later(made: HelperCall, effect: LaterEffect) -> list[State]:
    """A function of the program is called by a timer: what it stores in maps is all that stays."""
    timers = pointers(argument(made.model, effect.timer, made.arguments))
    maps = frozenset(pointer(at.base.whole, 0) for at in timers) or ANY
    given = (maps, ANY, maps)
    for name in functions(argument(made.model, effect.callback, made.arguments)):
        plain = ir.Call(-1, name, -1, None, (), 0, False, made.call.place)
        call_named(made.activation, plain, name, given, State({}, {}))
    made.activation.give(made.call, results(made.model), made.state)
    return [made.state]


def _called_back(
    made: HelperCall,
    effect: ForEachEffect | LoopEffect,
    given: tuple[Value, ...],
    entries: Sequence[Base] = (),
) -> list[State]:
    names = functions(argument(made.model, effect.callback, made.arguments))
    states = _turns(made.activation, made.call, names, given, made.state, entries)
    for after in states:
        made.activation.give(made.call, results(made.model), after)
    return states


def _turns(
    activation: Context,
    call: ir.Call,
    names: list[str],
    given: tuple[Value, ...],
    state: State,
    entries: Sequence[Base],
) -> list[State]:
    """States after a callback ran any number of times, one for each redirect that waits.

    Args:
        entries: What each turn is given another entry of: what tests have found is not of that.
    """
    # A copy of the call that ignores the result.
    plain = [ir.Call(-1, name, -1, None, (), 0, True, call.place) for name in names]
    turns: Fixpoint[Kept, State] = Fixpoint(activation.frame, limits.LOOP)
    waiting: Worklist[Kept] = Worklist()

    def meet(after: State) -> None:
        facts = packet.told(after)
        if len(turns.known) >= limits.STATES:
            facts = packet.outlined(facts)
        key = (after.armed, facts)
        if turns.arrive(key, after) is not None:
            waiting.push(key)

    meet(state)
    while waiting:
        before = turns.known[waiting.pop()].fork()
        for of in entries:
            tested.forget(before, of)
        for one in plain:
            for after in call_named(activation, one, one.callee, given, before.fork()):
                meet(after)
    if turns.unsettled:
        activation.effects.emit(call.place, Unsettled(f"the turns of {' or '.join(names)}"))
    return [after.fork() for after in turns.known.values()]
