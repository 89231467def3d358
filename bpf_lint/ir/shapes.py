"""What the shape of an expression or of a terminator says."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import COMPARISONS

_LARGEST_HELPER = 0xFFFF


def is_helper(number: int) -> bool:
    """True for a number that a helper can have: a pointer that holds one is that helper."""
    return 0 < number <= _LARGEST_HELPER


def is_truth(expression: ir.Expr) -> bool:
    """True for a test: a comparison or a negation, which is 0 or 1."""
    if isinstance(expression, ir.Unary):
        return expression.op == "!"
    return isinstance(expression, ir.Binary) and expression.op in COMPARISONS


def uncast(expression: ir.Expr) -> ir.Expr:
    """An expression without the conversions around it."""
    while isinstance(expression, ir.Cast):
        expression = expression.operand
    return expression


def successors(end: ir.Terminator | None) -> tuple[int, ...]:
    """Blocks that can follow; none where a block has no end yet."""
    match end:
        case ir.Jump():
            return (end.target,)
        case ir.Branch():
            return (end.then, end.otherwise)
        case ir.Switch():
            return (*(target for _, _, target in end.cases), end.default)
    return ()


def returned_values(function: ir.Function) -> Iterator[ir.Expr]:
    """What a function can return."""
    for block in function.blocks:
        if isinstance(block.end, ir.Return) and block.end.value is not None:
            yield block.end.value
