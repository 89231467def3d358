"""Dynptrs: 16 bytes of the caller, here with the address of the memory that they stand for."""

from __future__ import annotations

from bpf_lint.config.memory_effects import (
    DynptrDataEffect,
    DynptrEffect,
    DynptrReadEffect,
    DynptrWriteEffect,
)
from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import ANY, ZERO, Pointer, Value, pointer
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact, pointers
from bpf_lint.dataflow.engine import builtins
from bpf_lint.dataflow.engine.evaluate import shifted
from bpf_lint.dataflow.engine.helpercall import HelperCall, argument, results

_ADDRESS = 64  # bits of a dynptr that hold the address; the rest is its size, which is not kept
_WHOLE = 128


def give(made: HelperCall, effect: DynptrEffect) -> list[State]:
    """A dynptr stands for memory of the caller."""
    activation, call, model, arguments, state = made
    at = argument(model, effect.dynptr, arguments)
    activation.effects.havoc(at, _WHOLE, state)
    given = argument(model, effect.buffer, arguments)
    activation.effects.write(at, _ADDRESS, given, call.place, state)
    activation.give(call, results(model), state)
    return [state]


def data(made: HelperCall, effect: DynptrDataEffect) -> list[State]:
    """The address of memory behind a dynptr, or 0."""
    made.activation.give(made.call, _behind(made, effect) | ZERO, made.state)
    return [made.state]


def read(made: HelperCall, effect: DynptrReadEffect) -> list[State]:
    """Memory behind a dynptr is copied to the caller."""
    to = argument(made.model, effect.buffer, made.arguments)
    return _copied(made, to, _behind(made, effect), effect.length)


def write(made: HelperCall, effect: DynptrWriteEffect) -> list[State]:
    """Memory of the caller is copied to what is behind a dynptr."""
    source = argument(made.model, effect.buffer, made.arguments)
    return _copied(made, _behind(made, effect), source, effect.length)


def _copied(made: HelperCall, to: Value, source: Value, length: str) -> list[State]:
    """The states after a copy that succeeds, and after one that does not."""
    activation, call, model, arguments, state = made
    failed = state.fork()
    size = exact(argument(model, length, arguments))
    if size is None:
        activation.effects.havoc(to, memory.ALL, state)
    else:
        builtins.copy(activation, to, source, size * 8, call.place, state)
    activation.give(call, ZERO, state)
    activation.give(call, results(model) - ZERO, failed)
    return [state, failed]


def _behind(
    made: HelperCall, effect: DynptrDataEffect | DynptrReadEffect | DynptrWriteEffect
) -> Value:
    """The address at an offset of the memory that a dynptr stands for."""
    found: Value = frozenset()
    for at in pointers(argument(made.model, effect.dynptr, made.arguments)):
        if at.offset is None:
            return ANY
        found |= made.activation.frame.load(made.state, at.base, at.offset, _ADDRESS)
    offset = exact(argument(made.model, effect.offset, made.arguments))
    if offset is not None:
        return shifted(found, offset * 8) or ANY
    return frozenset(pointer(a.base, None) if type(a) is Pointer else a for a in found) or ANY
