"""Expression makers that fold constants the way C computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bpf_lint.frontend import types
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir
from bpf_lint.ir.shapes import is_truth
from bpf_lint.model.integers import COMPARISONS, calculate, compare, wrap
from bpf_lint.model.place import Place

ZERO: Final = ir.Const(0)
ONE: Final = ir.Const(1)


def constant(value: ir.Expr) -> int | None:
    """Return the number that an expression of literals, macros and enumerators is, else None.

    For where C wants a constant. Elsewhere a symbol stays one: a profile may say what it holds.
    """
    match value:
        case ir.Const(number) | ir.Symbol(_, number):
            return number
        case ir.Cast(operand, bits, signed):
            known = constant(operand)
            return None if known is None else wrap(known, bits, signed)
        case ir.Unary("-" | "~" | "!" as op, operand, bits, signed):
            known = constant(operand)
            folded = None if known is None else unary(op, ir.Const(known), bits, signed)
        case ir.Binary(op, left, right, bits, signed):
            first, second = constant(left), constant(right)
            if first is None or second is None:
                return None
            return _compute(op, first, second, bits, signed)
        case _:
            return None
    return folded.value if isinstance(folded, ir.Const) else None


def binary(op: str, left: ir.Expr, right: ir.Expr, bits: int, signed: bool) -> ir.Expr:
    """Return a binary expression; `bits` and `signed` are those of the operands."""
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        value = _compute(op, left.value, right.value, bits, signed)
        if value is not None:
            return ir.Const(value)
    return ir.Binary(op, left, right, bits, signed)


def _compute(op: str, left: int, right: int, bits: int, signed: bool) -> int | None:
    if op in COMPARISONS:
        return int(compare(op, left, right, bits, signed))
    return calculate(op, left, right, bits, signed)


def unary(op: str, operand: ir.Expr, bits: int, signed: bool) -> ir.Expr:
    """Return "-", "~" or "!" of an operand of `bits`."""
    if op == "!":
        return _negation(operand, bits, signed)
    if isinstance(operand, ir.Const | ir.Symbol):
        value = -operand.value if op == "-" else ~operand.value
        return ir.Const(wrap(value, bits, signed))
    return ir.Unary(op, operand, bits, signed)


def _negation(operand: ir.Expr, bits: int, signed: bool) -> ir.Expr:
    if isinstance(operand, ir.Const):
        return ZERO if operand.value else ONE
    return ir.Unary("!", operand, bits, signed)


def is_bit(value: ir.Expr) -> bool:
    """True for expressions whose value is 0 or 1: tests, and constants that are."""
    if isinstance(value, ir.Unary) and value.op == "constant_p":
        return True
    return is_truth(value) or (isinstance(value, ir.Const | ir.Symbol) and value.value in (0, 1))


def convert(value: ir.Expr, source: CType, target: CType, place: Callable[[], Place]) -> ir.Expr:
    """Return `value` of type `source` converted to scalar type `target`.

    `place` is only called where a cast remains: most conversions disappear.
    """
    if target.kind == types.BOOL:
        return _to_bool(value, source)
    if types.OTHER in (source.kind, target.kind) or not source.bits or not target.bits:
        return value
    if isinstance(value, ir.Const):
        return ir.Const(wrap(value.value, target.bits, target.signed))
    if target.kind == types.POINTER and isinstance(value, ir.Symbol) and value.value == 0:
        return ZERO
    if source.bits == target.bits and types.POINTER in (source.kind, target.kind):
        return value
    if keeps_value(source.bits, source.signed, target.bits, target.signed) or is_bit(value):
        return value
    if (
        isinstance(value, ir.Symbol)
        and source.bits <= target.bits
        and wrap(value.value, target.bits, target.signed) == value.value
    ):
        return value
    return ir.Cast(value, target.bits, target.signed, place())


def keeps_value(bits: int, signed: bool, to_bits: int, to_signed: bool) -> bool:
    """True where a conversion never changes a value of the narrower type."""
    if bits == to_bits:
        return signed == to_signed
    return bits < to_bits and (to_signed or not signed)


def _to_bool(value: ir.Expr, source: CType) -> ir.Expr:
    if source.kind == types.BOOL or (is_bit(value) and not isinstance(value, ir.Symbol)):
        return value
    if isinstance(value, ir.Const | ir.Symbol):
        return ONE if value.value else ZERO
    return ir.Binary("!=", value, ZERO, source.bits, source.signed)


def index(base: ir.Expr, position: ir.Expr, stride: int) -> ir.Expr:
    """Return the address of an element; element 0 is the array's own address."""
    if isinstance(position, ir.Const) and position.value == 0:
        return base
    return ir.Index(base, position, stride)
