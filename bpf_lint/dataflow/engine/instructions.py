"""What instructions do to a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import ANY, EITHER, ONE, ZERO
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import convert, elsewhere, functions, pattern, pointers
from bpf_lint.dataflow.engine import builtins
from bpf_lint.dataflow.engine.calls import call_named
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.helpers import call_helper
from bpf_lint.dataflow.engine.refine import assume
from bpf_lint.ir.shapes import is_helper, is_truth, uncast


def _set(activation: Context, instruction: ir.Set, state: State) -> None:
    value = activation.evaluator.value(instruction.value, state)
    bits, signed = activation.function.reg_widths[instruction.reg]
    for tell in activation.observers.assigned:
        tell(activation, instruction, bits, value, state)
    state.regs[instruction.reg] = convert(value, bits, signed) if bits < 64 else value


def test(activation: Context, instruction: ir.Set, state: State) -> list[State]:
    """The states after a flag was set: one for each outcome where it holds a test."""
    if is_truth(uncast(instruction.value)):
        value = activation.evaluator.value(instruction.value, state)
        if value == EITHER:
            held = assume(activation.evaluator, state.fork(), instruction.value, True)
            failed = assume(activation.evaluator, state, instruction.value, False)
            if held is not None and failed is not None:
                held.regs[instruction.reg] = ONE
                failed.regs[instruction.reg] = ZERO
                return [held, failed]
    _set(activation, instruction, state)
    return [state]


def _store(activation: Context, instruction: ir.Store, state: State) -> None:
    value = activation.evaluator.value(instruction.value, state)
    if instruction.bits < 64:
        value = pattern(value, instruction.bits)
    address = activation.evaluator.value(instruction.address, state)
    for tell in activation.observers.stored:
        tell(activation, instruction, address, value, state)
    activation.effects.write(address, instruction.bits, value, instruction.place, state)


def _copy(activation: Context, instruction: ir.Copy, state: State) -> None:
    target = activation.evaluator.value(instruction.target, state)
    source = activation.evaluator.value(instruction.source, state)
    builtins.copy(
        activation,
        target,
        source,
        instruction.bits,
        instruction.place,
        state,
        instruction.overlaps,
    )


def _clear(activation: Context, instruction: ir.Clear, state: State) -> None:
    address = activation.evaluator.value(instruction.address, state)
    if not instruction.zero and isinstance(instruction.address, ir.Local):
        for at in pointers(address):
            state.memory.pop(at.base, None)  # a declaration
        return
    activation.effects.clear(address, instruction.bits, instruction.zero, instruction.place, state)


def _havoc(activation: Context, instruction: ir.Havoc, state: State) -> None:
    for reg in instruction.regs:
        state.regs[reg] = ANY
    for address, bits in instruction.addresses:
        activation.effects.havoc(activation.evaluator.value(address, state), bits, state)


RUN: dict[type, Callable[[Context, Any, State], None]] = {
    ir.Set: _set,
    ir.Store: _store,
    ir.Copy: _copy,
    ir.Clear: _clear,
    ir.Havoc: _havoc,
}


def call(activation: Context, instruction: ir.Call, state: State) -> list[State]:
    """The states after a call of a function, a helper, or what a pointer holds."""
    arguments = tuple(activation.evaluator.value(a, state) for a in instruction.arguments)
    if instruction.helper >= 0:
        return call_helper(activation, instruction, arguments, state)
    if instruction.pointer is None:
        return call_named(activation, instruction, instruction.callee, arguments, state)
    value = activation.evaluator.value(instruction.pointer, state)
    numbers = sorted(a for a in value if type(a) is int and is_helper(a))
    names = functions(value)
    if elsewhere(value) or not (numbers or names):
        names.append("")
    results: list[State] = []
    for number in numbers:
        named = msgspec.structs.replace(instruction, helper=number)
        results += call_helper(activation, named, arguments, state.fork())
    for name in names:
        results += call_named(activation, instruction, name, arguments, state.fork())
    return results
