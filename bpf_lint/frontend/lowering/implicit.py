"""Expressions that libclang does not name: implicit conversions and rare GNU forms."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds
from bpf_lint.frontend.lowering import atomics, conditions, folding
from bpf_lint.frontend.lowering.emission import emit_call
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import effect, effect_of, value, value_of
from bpf_lint.frontend.lowering.values import converted
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import wrap

_ATOMIC = ("__atomic_", "__c11_atomic_", "__scoped_atomic_")


@value_of(kinds.UNEXPOSED_EXPR)
def unexposed(low: Lowering, tree: Syntax) -> ir.Expr:
    """An implicit conversion, or a form told by its children and the word it starts with."""
    parts = tree.children
    if len(parts) == 1 and kinds.is_expression(parts[0].kind):
        return _conversion(low, tree, parts[0])
    if parts and all(kinds.is_expression(part.kind) for part in parts):
        word = low.context.places.first_word(tree.cursor)
        if word.startswith(_ATOMIC):
            return _atomic(low, tree, word)
        if len(parts) == 3:
            known = clang.evaluate(parts[0].cursor)
            return value(low, parts[1 if known else 2])
        if len(parts) == 4:
            return _elvis(low, tree)
    known = clang.evaluate(tree.cursor)
    if known is None:
        return ir.Opaque("unnamed expression")
    return ir.Const(wrap(known, tree.type.bits, tree.type.signed))


def _atomic(low: Lowering, tree: Syntax, name: str) -> ir.Expr:
    """An atomic builtin; libclang puts the memory order second, the source last."""
    plain = atomics.atomic(low, tree, name, _without_orders(tree.children))
    if plain is not None:
        return plain
    arguments = [value(low, part) for part in tree.children]
    if len(arguments) == 3:
        arguments.append(arguments.pop(1))
    return emit_call(low, tree, tree.type, name, -1, None, tuple(arguments), used=True)


def _without_orders(parts: list[Syntax]) -> list[Syntax]:
    """Return the address and the values of an atomic builtin, without its memory orders.

    libclang has them as address, order, value, order on failure, value, weak.
    """
    return [parts[0], *(parts[2:6:2] if len(parts) > 4 else parts[2:])]


def _conversion(low: Lowering, tree: Syntax, inner: Syntax) -> ir.Expr:
    if inner.type is tree.type:
        return value(low, inner)
    return converted(low, tree, inner)


@effect_of(kinds.UNEXPOSED_EXPR)
def unexposed_effect(low: Lowering, tree: Syntax) -> None:
    """An implicit node around an expression whose value is dropped."""
    if conditions.is_implicit(tree):
        effect(low, tree.children[0])
    else:
        value(low, tree)


def _elvis(low: Lowering, tree: Syntax) -> ir.Expr:
    """GNU `a ?: b`: the condition is computed once and is the result where it is true."""
    common, other = tree.children[0], tree.children[3]
    place = low.place(tree)
    first = low.stable(value(low, common), common.type, place)
    if isinstance(first, ir.Const):
        if not first.value:
            return value(low, other)
        return folding.convert(first, common.type, tree.type, lambda: place)
    reg = low.new_reg(tree.type)
    then, otherwise, join = low.graph.new(), low.graph.new(), low.graph.new()
    low.graph.branch(first, then, otherwise, low.place(common))
    low.graph.start(then)
    low.emit(ir.Set(reg, folding.convert(first, common.type, tree.type, lambda: place), place))
    low.graph.jump(join)
    low.graph.start(otherwise)
    low.emit(ir.Set(reg, value(low, other), low.place(other)))
    low.graph.start(join)
    return ir.Reg(reg)


@value_of(kinds.GENERIC)
def generic(low: Lowering, tree: Syntax) -> ir.Expr:
    """`_Generic`: the association whose type is that of the whole expression."""
    parts = [child for child in tree.children[1:] if kinds.is_expression(child.kind)]
    known = clang.evaluate(tree.cursor)
    if known is not None and tree.type.is_scalar:
        return ir.Const(wrap(known, tree.type.bits, tree.type.signed))
    fitting = [part for part in parts if part.type is tree.type]
    if len(fitting) < 2 or not tree.type.is_scalar:
        return value(low, fitting[0]) if fitting else ir.Opaque("_Generic")
    return _one_of(low, tree, fitting)


def _one_of(low: Lowering, tree: Syntax, parts: list[Syntax]) -> ir.Expr:
    """One of several expressions; which one libclang does not say."""
    reg = low.new_reg(tree.type)
    blocks = [low.graph.new() for _ in parts]
    join = low.graph.new()
    cases = tuple((number, number, block) for number, block in enumerate(blocks[1:], 1))
    low.graph.end(ir.Switch(ir.Opaque("_Generic"), cases, blocks[0], low.place(tree)))
    for block, part in zip(blocks, parts, strict=True):
        low.graph.start(block)
        low.set(reg, value(low, part), low.place(part))
        low.graph.jump(join)
    low.graph.start(join)
    return ir.Reg(reg)
