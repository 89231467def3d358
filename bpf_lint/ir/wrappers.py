"""Thin wrappers: functions that only hand their parameters to one call.

A mistake in the arguments is made where such a function is called, not inside of it.
"""

from __future__ import annotations

from bpf_lint.ir.nodes import Call, Cast, Clear, Copy, Expr, Function, Reg, Return, Store
from bpf_lint.model.place import Place


def is_thin(function: Function | None, stores: bool = False) -> bool:
    """True for a function with one call, to which it hands a parameter that is not the context.

    Args:
        stores: Also accept one that writes memory (a tail call's error code, say).
    """
    if function is None:
        return False
    calls = []
    for block in function.blocks:
        for instruction in block.instructions:
            if isinstance(instruction, Call):
                calls.append(instruction)
            elif isinstance(instruction, (Store, Copy, Clear)) and not stores:
                return False
    if len(calls) != 1 or not function.parameters:
        return False
    parameters = {p.reg for p in function.parameters if p.reg >= 0}
    handed = {register(argument) for argument in calls[0].arguments} & parameters
    return bool(handed - {function.parameters[0].reg}) or _first_is_number(function, calls[0])


def _first_is_number(function: Function, call: Call) -> bool:
    """True where the first parameter is no context but a number, and is handed on."""
    first = function.parameters[0]
    return first.bits <= 32 and first.reg in {register(a) for a in call.arguments}


def register(expression: Expr) -> int:
    """The register that an expression is, conversions aside; -1 for anything else."""
    while isinstance(expression, Cast):
        expression = expression.operand
    return expression.index if isinstance(expression, Reg) else -1


def hands_on(function: Function | None, place: Place) -> bool:
    """True for a function that returns the result of its call at a place."""
    return bool(returned_at(function, place))


def returned_at(function: Function | None, place: Place) -> frozenset[Place]:
    """Where a function returns the result of its call at a place."""
    if function is None:
        return frozenset()
    made = {
        instruction.result
        for block in function.blocks
        for instruction in block.instructions
        if isinstance(instruction, Call) and instruction.place == place
    } - {-1}
    return frozenset(
        block.end.place
        for block in function.blocks
        if isinstance(block.end, Return)
        and block.end.value is not None
        and register(block.end.value) in made
    )
