"""Tests of a helper's result in the function that calls it."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint import ir
from bpf_lint.dataflow.domain.arithmetic import MIRRORED
from bpf_lint.dataflow.observers.fib_use import comparisons
from bpf_lint.ir.shapes import uncast
from bpf_lint.model.integers import COMPARISONS, compare
from bpf_lint.model.place import Place


def tells_apart(function: ir.Function, place: Place, one: int, other: int) -> bool:
    """True where a test in the function tells two results of the call at a place apart.

    Results are followed from register to register, not through memory.
    """
    held: set[int] = set()
    for block in function.blocks:
        for instruction in block.instructions:
            match instruction:
                case ir.Call() if instruction.place == place:
                    held.add(instruction.result)
                case ir.Set() if _is_held(instruction.value, held):
                    held.add(instruction.reg)
    return any(_separates(test, held, one, other) for test in _tests(function))


def _tests(function: ir.Function) -> Iterator[ir.Switch | ir.Expr]:
    """The comparisons of a function, what it branches on, and its switches."""
    for block in function.blocks:
        for instruction in block.instructions:
            if isinstance(instruction, ir.Set):
                yield from comparisons(instruction.value)
        if isinstance(block.end, ir.Branch):
            yield from comparisons(block.end.condition)
            yield block.end.condition
        elif isinstance(block.end, ir.Switch):
            yield block.end


def _separates(test: ir.Switch | ir.Expr, held: set[int], one: int, other: int) -> bool:
    if isinstance(test, ir.Switch):
        return _is_held(test.value, held) and _case(test, one) != _case(test, other)
    if isinstance(test, ir.Binary) and test.op in COMPARISONS:
        for value, bound, op in (
            (test.left, test.right, test.op),
            (test.right, test.left, MIRRORED[test.op]),
        ):
            if _is_held(value, held) and isinstance(bound, (ir.Const, ir.Symbol)):
                outcomes = [
                    compare(op, n, bound.value, test.bits, test.signed) for n in (one, other)
                ]
                return outcomes[0] != outcomes[1]
        return False
    while isinstance(test, ir.Unary) and test.op == "!":
        test = uncast(test.operand)
    return _is_held(test, held) and bool(one) != bool(other)


def _case(switch: ir.Switch, value: int) -> int:
    cases = (target for low, high, target in switch.cases if low <= value <= high)
    return next(cases, switch.default)


def _is_held(expression: ir.Expr, held: set[int]) -> bool:
    inner = uncast(expression)
    return isinstance(inner, ir.Reg) and inner.index in held
