"""What instructions do to a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bpf_lint import ir
from bpf_lint.dataflow import memory
from bpf_lint.dataflow.calls import call_named
from bpf_lint.dataflow.events import Assign
from bpf_lint.dataflow.helpers import call_helper
from bpf_lint.dataflow.state import State
from bpf_lint.dataflow.values import ANY, ZERO, convert, functions, origins, pattern, pointers

if TYPE_CHECKING:
    from bpf_lint.dataflow.activation import Activation


def _set(activation: Activation, instruction: ir.Set, state: State) -> None:
    value = activation.evaluator.value(instruction.value, state)
    bits, signed = activation.function.reg_widths[instruction.reg]
    state.regs[instruction.reg] = convert(value, bits, signed) if bits < 64 else value


def _store(activation: Activation, instruction: ir.Store, state: State) -> None:
    value = activation.evaluator.value(instruction.value, state)
    if instruction.bits < 64:
        value = pattern(value, instruction.bits)
    if instruction.bits >= 16:
        for atom in origins(value):
            activation.effects.emit(instruction.place, Assign(atom))
    activation.effects.write(
        activation.evaluator.value(instruction.address, state),
        instruction.bits,
        value,
        instruction.place,
        state,
    )


def _copy(activation: Activation, instruction: ir.Copy, state: State) -> None:
    activation.effects.copy(
        activation.evaluator.value(instruction.target, state),
        activation.evaluator.value(instruction.source, state),
        instruction.bits,
        instruction.place,
        state,
    )


def _clear(activation: Activation, instruction: ir.Clear, state: State) -> None:
    value = ZERO if instruction.zero else ANY
    address = activation.evaluator.value(instruction.address, state)
    for at in pointers(address):
        if at.base[0] in "MG":
            continue
        if not instruction.zero and at.base in activation.frame.own and at.offset == 0:
            state.memory.pop(at.base, None)
        elif at.offset is None:
            activation.effects.spill(state, at)
            activation.frame.store(state, at, instruction.bits, ANY)
        else:
            region = state.memory.get(at.base, {})
            state.memory[at.base] = memory.store(region, at.offset, instruction.bits, value)


def _havoc(activation: Activation, instruction: ir.Havoc, state: State) -> None:
    for reg in instruction.regs:
        state.regs[reg] = ANY
    for address, bits in instruction.addresses:
        activation.effects.havoc(activation.evaluator.value(address, state), bits, state)


RUN: dict[type, Callable[[Activation, Any, State], None]] = {
    ir.Set: _set,
    ir.Store: _store,
    ir.Copy: _copy,
    ir.Clear: _clear,
    ir.Havoc: _havoc,
}


def call(activation: Activation, instruction: ir.Call, state: State) -> list[State]:
    """The states after a call of a function, a helper, or what a pointer holds."""
    arguments = tuple(activation.evaluator.value(a, state) for a in instruction.arguments)
    if instruction.helper >= 0:
        return call_helper(activation, instruction, arguments, state)
    names = [instruction.callee]
    if not instruction.callee:
        names = _pointed(activation, instruction, state)
    results: list[State] = []
    for name in names:
        branch = state if len(names) == 1 else state.fork()
        results += call_named(activation, instruction, name, arguments, branch)
    return results


def _pointed(activation: Activation, instruction: ir.Call, state: State) -> list[str]:
    if instruction.pointer is None:
        return [""]
    return functions(activation.evaluator.value(instruction.pointer, state)) or [""]
