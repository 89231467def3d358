"""Builtin functions of the compiler that are not plain calls."""

from __future__ import annotations

import re
from collections.abc import Callable

from bpf_lint.frontend import clang, kinds
from bpf_lint.frontend.lowering import atomics, folding
from bpf_lint.frontend.lowering.conditions import callee_name
from bpf_lint.frontend.lowering.emission import emit_call
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import value
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir

Rule = Callable[[Lowering, Syntax, list[Syntax], bool], ir.Expr]

_LIBRARY = frozenset(("memcpy", "memmove", "memset", "memcmp"))
# Bytes up to which the contents of memory that is filled are kept: that of an address.
_FEW = 16
_PURE_KINDS = frozenset(
    (
        kinds.UNEXPOSED_EXPR,
        kinds.DECL_REF,
        kinds.MEMBER,
        kinds.INTEGER,
        kinds.STRING,
        kinds.CHARACTER,
        kinds.PAREN,
        kinds.UNARY,
        kinds.SUBSCRIPT,
        kinds.BINARY,
        kinds.CAST,
        kinds.SIZEOF,
        kinds.TYPE_REF,
        kinds.MEMBER_REF,
    )
)


def find(low: Lowering, name: str) -> Rule | None:
    """Return the rule for a builtin, or for a library function that the unit lacks."""
    if name in _LIBRARY and low.context.is_defined(name):
        return None
    return _RULES.get(canonical(name))


def canonical(name: str) -> str:
    """Return the builtin that a library function, or a builtin that checks sizes, stands for."""
    if name in _LIBRARY:
        return f"__builtin_{name}"
    if name.startswith("__sync_"):
        return re.sub(r"_(?:1|2|4|8|16)$", "", name)  # the size, which clang appends
    return name.replace("__builtin___", "__builtin_").removesuffix("_chk").removesuffix("_inline")


def _trap(low: Lowering, tree: Syntax, _arguments: list[Syntax], _used: bool) -> ir.Expr:
    low.graph.end(ir.Trap(low.place(tree)))
    return ir.Opaque("unreachable")


def _first(low: Lowering, _tree: Syntax, arguments: list[Syntax], _used: bool) -> ir.Expr:
    return value(low, arguments[0])


def _nothing(_low: Lowering, _tree: Syntax, _arguments: list[Syntax], _used: bool) -> ir.Expr:
    return folding.ZERO


def _evaluated(low: Lowering, tree: Syntax, _arguments: list[Syntax], _used: bool) -> ir.Expr:
    known = clang.evaluate(tree.cursor)
    return ir.Opaque("compiler builtin") if known is None else ir.Const(known)


def _constant_p(low: Lowering, _tree: Syntax, arguments: list[Syntax], _used: bool) -> ir.Expr:
    if not _is_pure(low, arguments[0]):
        known = clang.evaluate(arguments[0].cursor)
        if known is not None:
            return folding.ONE
        return ir.Unary("constant_p", ir.Opaque("unevaluated operand"), 32, True)
    operand = value(low, arguments[0])
    if isinstance(operand, ir.Const | ir.Symbol):
        return folding.ONE
    return ir.Unary("constant_p", operand, 32, True)


def _is_pure(low: Lowering, tree: Syntax) -> bool:
    if tree.kind not in _PURE_KINDS:
        return False
    if tree.kind == kinds.UNARY:
        number = low.context.lib.clang_getCursorUnaryOperatorKind(tree.cursor)
        if kinds.UNARY_OPS.get(number, "").endswith(("++", "--")):
            return False
    if tree.kind == kinds.BINARY:
        number = low.context.lib.clang_getCursorBinaryOperatorKind(tree.cursor)
        if kinds.BINARY_OPS.get(number, "=") in ("=", "&&", "||", ","):
            return False
    return all(_is_pure(low, child) for child in tree.children)


def _copy(low: Lowering, tree: Syntax, arguments: list[Syntax], used: bool) -> ir.Expr:
    given = [value(low, a) for a in arguments[:3]]
    size = folding.constant(given[2])
    if size is None:
        return _plain(low, tree, given, used)
    if used:
        given[0] = low.stable(given[0], arguments[0].type, low.place(tree))
    if size > 0:
        overlaps = canonical(callee_name(low, tree)) == "__builtin_memmove"
        low.emit(ir.Copy(given[0], given[1], size * 8, low.place(tree), overlaps))
    return given[0]


def _set(low: Lowering, tree: Syntax, arguments: list[Syntax], used: bool) -> ir.Expr:
    given = [value(low, a) for a in arguments[:3]]
    byte, size = folding.constant(given[1]), folding.constant(given[2])
    if byte is None or size is None:
        return _plain(low, tree, given, used)
    if used:
        given[0] = low.stable(given[0], arguments[0].type, low.place(tree))
    bits = size * 8
    if bits <= 0:
        return given[0]
    if byte & 0xFF == 0:
        low.emit(ir.Clear(given[0], bits, True, low.place(tree)))
    elif size <= _FEW:
        for at in range(0, bits, 8):
            where = ir.Field(given[0], at, "")
            low.emit(ir.Store(where, ir.Const(byte & 0xFF), 8, low.place(tree)))
    else:
        low.emit(ir.Havoc((), ((given[0], bits),), "memset", low.place(tree)))
    return given[0]


def _swap(low: Lowering, tree: Syntax, arguments: list[Syntax], used: bool) -> ir.Expr:
    given = value(low, arguments[0])
    known = folding.constant(given)
    if known is not None:
        size = tree.type.bits // 8
        data = (known & ((1 << tree.type.bits) - 1)).to_bytes(size, "little")
        return ir.Const(int.from_bytes(data, "big"))
    return _plain(low, tree, [given], used)


def _atomic(low: Lowering, tree: Syntax, arguments: list[Syntax], used: bool) -> ir.Expr:
    plain = atomics.atomic(low, tree, canonical(callee_name(low, tree)), arguments)
    if plain is not None:
        return plain
    return _plain(low, tree, [value(low, a) for a in arguments], used)


def _plain(low: Lowering, tree: Syntax, given: list[ir.Expr], used: bool) -> ir.Expr:
    """Emit a call of the builtin under its own name."""
    name = canonical(callee_name(low, tree))
    return emit_call(low, tree, tree.type, name, -1, None, tuple(given), used)


def _compare(low: Lowering, tree: Syntax, arguments: list[Syntax], used: bool) -> ir.Expr:
    return _plain(low, tree, [value(low, a) for a in arguments], used)


_RULES: dict[str, Rule] = {
    "__builtin_trap": _trap,
    "__builtin_unreachable": _trap,
    "__builtin_abort": _trap,
    "__builtin_expect": _first,
    "__builtin_expect_with_probability": _first,
    "__builtin_assume_aligned": _first,
    "__builtin_launder": _first,
    "__builtin_preserve_access_index": _first,
    "__builtin_constant_p": _constant_p,
    "__builtin_object_size": _evaluated,
    "__builtin_dynamic_object_size": _evaluated,
    "__builtin_assume": _nothing,
    "__builtin_prefetch": _nothing,
    "__sync_synchronize": _nothing,
    "__sync_lock_test_and_set": _atomic,
    "__sync_swap": _atomic,
    "__sync_lock_release": _atomic,
    "__sync_val_compare_and_swap": _atomic,
    "__sync_bool_compare_and_swap": _atomic,
    "__builtin_memcpy": _copy,
    "__builtin_memmove": _copy,
    "__builtin_memset": _set,
    "__builtin_memcmp": _compare,
    "__builtin_bcmp": _compare,
    "__builtin_bswap16": _swap,
    "__builtin_bswap32": _swap,
    "__builtin_bswap64": _swap,
}
