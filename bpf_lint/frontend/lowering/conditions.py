"""Conditions: `&&`, `||`, `!` and `?:` as control flow."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.lowering import folding, registry
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import effect, effect_of, value, value_of
from bpf_lint.frontend.lowering.values import binary_operator, unary_operator
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import COMPARISONS


def branch(low: Lowering, tree: Syntax, then: int, otherwise: int) -> None:
    """End the current block with the branches of a condition."""
    tree = strip(low, tree)
    if tree.kind == kinds.UNARY and unary_operator(low, tree) == "!":
        branch(low, tree.children[0], otherwise, then)
        return
    if tree.kind == kinds.BINARY:
        operator = binary_operator(low, tree)
        if operator in ("==", "!=") and _compares_truth(low, tree):
            if operator == "==":
                then, otherwise = otherwise, then
            branch(low, tree.children[0], then, otherwise)
            return
        if operator in ("&&", "||"):
            middle = low.graph.new()
            if operator == "&&":
                branch(low, tree.children[0], middle, otherwise)
            else:
                branch(low, tree.children[0], then, middle)
            low.graph.start(middle)
            branch(low, tree.children[1], then, otherwise)
            return
        if operator == ",":
            effect(low, tree.children[0])
            branch(low, tree.children[1], then, otherwise)
            return
    condition = value(low, tree)
    if isinstance(condition, ir.Unary) and condition.op == "!":
        condition, then, otherwise = condition.operand, otherwise, then
    low.graph.branch(condition, then, otherwise, low.place(tree))


def _compares_truth(low: Lowering, tree: Syntax) -> bool:
    """True for `c == 0` and `c != 0` where `c` is a condition itself."""
    left, right = (strip(low, child) for child in tree.children)
    if right.kind != kinds.INTEGER or clang.evaluate(right.cursor) != 0:
        return False
    if left.kind == kinds.UNARY:
        return unary_operator(low, left) == "!"
    if left.kind == kinds.BINARY:
        operator = binary_operator(low, left)
        return operator in ("&&", "||") or operator in COMPARISONS
    return False


def strip(low: Lowering, tree: Syntax) -> Syntax:
    """Return the expression inside parentheses, hints and conversions that keep truth."""
    while True:
        if tree.kind in (kinds.PAREN, kinds.CAST) or is_implicit(tree):
            inner = tree.children[-1]
            if not _keeps_truth(inner, tree):
                return tree
            tree = inner
        elif tree.kind == kinds.CALL and _is_hint(low, tree):
            tree = tree.children[1]
        elif tree.kind == kinds.UNARY and unary_operator(low, tree) == "__extension__":
            tree = tree.children[0]
        else:
            return tree


def is_implicit(tree: Syntax) -> bool:
    """True for an implicit conversion."""
    return (
        tree.kind == kinds.UNEXPOSED_EXPR
        and len(tree.children) == 1
        and kinds.is_expression(tree.children[0].kind)
    )


def _keeps_truth(inner: Syntax, outer: Syntax) -> bool:
    if not inner.type.is_scalar or not outer.type.is_scalar:
        return outer.type is inner.type
    return inner.type.bits <= outer.type.bits or outer.type.kind == types.BOOL


def _is_hint(low: Lowering, tree: Syntax) -> bool:
    name = callee_name(low, tree)
    return name in ("__builtin_expect", "__builtin_expect_with_probability")


def callee_name(low: Lowering, tree: Syntax) -> str:
    """Return the name of the function that a call names directly, or ""."""
    callee = tree.children[0]
    while callee.kind in (kinds.UNEXPOSED_EXPR, kinds.PAREN) and callee.children:
        callee = callee.children[0]
    if callee.kind != kinds.DECL_REF:
        return ""
    declared = low.context.declared(callee.cursor)
    return declared.name if declared.kind == "function" else ""


def as_value(low: Lowering, tree: Syntax) -> ir.Expr:
    """Return a condition as 0 or 1 in a temporary register."""
    place = low.place(tree)
    reg = low.new_reg(tree.type)
    then, otherwise, join = low.graph.new(), low.graph.new(), low.graph.new()
    branch(low, tree, then, otherwise)
    low.graph.start(then)
    low.emit(ir.Set(reg, folding.ONE, place))
    low.graph.jump(join)
    low.graph.start(otherwise)
    low.emit(ir.Set(reg, folding.ZERO, place))
    low.graph.start(join)
    return ir.Reg(reg)


registry.TRUTH.append(as_value)


def constant(low: Lowering, tree: Syntax) -> bool | None:
    """Return the truth of a condition that is a plain constant, without lowering it."""
    tree = strip(low, tree)
    if tree.kind == kinds.UNARY and unary_operator(low, tree) == "!":
        inner = constant(low, tree.children[0])
        return None if inner is None else not inner
    if tree.kind == kinds.BINARY:
        return _constant_binary(low, tree)
    if tree.kind in (kinds.INTEGER, kinds.CHARACTER, kinds.SIZEOF):
        known = value(low, tree)
        return bool(known.value) if isinstance(known, ir.Const) else None
    return None


def _constant_binary(low: Lowering, tree: Syntax) -> bool | None:
    operator = binary_operator(low, tree)
    if operator in ("&&", "||"):
        decisive = operator == "||"
        left = constant(low, tree.children[0])
        if left is None or left is decisive:
            return left
        return constant(low, tree.children[1])
    if operator not in COMPARISONS or not all(map(_is_plain, tree.children)):
        return None
    known = value(low, tree)
    return bool(known.value) if isinstance(known, ir.Const) else None


def _is_plain(tree: Syntax) -> bool:
    if tree.kind in (kinds.INTEGER, kinds.CHARACTER, kinds.SIZEOF):
        return True
    if tree.kind in (kinds.PAREN, kinds.CAST, kinds.UNEXPOSED_EXPR, kinds.BINARY, kinds.UNARY):
        parts = [c for c in tree.children if kinds.is_expression(c.kind)]
        return bool(parts) and all(map(_is_plain, parts))
    return False


@value_of(kinds.CONDITIONAL)
def conditional(low: Lowering, tree: Syntax) -> ir.Expr:
    """`c ? a : b` as a temporary that both sides assign."""
    condition, left, right = tree.children
    known = constant(low, condition)
    if known is not None:
        return value(low, left if known else right)
    return _select(low, tree, condition, left, right)


def _select(low: Lowering, tree: Syntax, condition: Syntax, left: Syntax, right: Syntax) -> ir.Expr:
    then, otherwise, join = low.graph.new(), low.graph.new(), low.graph.new()
    branch(low, condition, then, otherwise)
    if tree.type.kind == types.RECORD:
        record = low.new_local(tree.type.bits, "selected")
        for block, side in ((then, left), (otherwise, right)):
            low.graph.start(block)
            low.emit(ir.Copy(record, value(low, side), tree.type.bits, low.place(side)))
            low.graph.jump(join)
        low.graph.start(join)
        return record
    reg = low.new_reg(tree.type) if tree.type.kind != types.VOID else -1
    for block, side in ((then, left), (otherwise, right)):
        low.graph.start(block)
        if reg < 0:
            effect(low, side)
        else:
            given = value(low, side)
            low.set(reg, given, low.place(side))
        low.graph.jump(join)
    low.graph.start(join)
    return ir.Reg(reg) if reg >= 0 else folding.ZERO


@effect_of(kinds.CONDITIONAL)
def conditional_effect(low: Lowering, tree: Syntax) -> None:
    """`c ? a : b` whose value is dropped."""
    condition, left, right = tree.children
    known = constant(low, condition)
    if known is not None:
        effect(low, left if known else right)
        return
    then, otherwise, join = low.graph.new(), low.graph.new(), low.graph.new()
    branch(low, condition, then, otherwise)
    for block, side in ((then, left), (otherwise, right)):
        low.graph.start(block)
        effect(low, side)
        low.graph.jump(join)
    low.graph.start(join)
