"""Calls: functions, helpers, pointers, and the builtins of the compiler."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint.frontend import kinds, types
from bpf_lint.frontend.declarations import NOT_A_HELPER
from bpf_lint.frontend.lowering import builtins, folding
from bpf_lint.frontend.lowering.emission import emit_call
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import effect_of, value, value_of
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir
from bpf_lint.ir.shapes import is_helper

_TRANSPARENT = (kinds.PAREN, kinds.UNEXPOSED_EXPR)


@value_of(kinds.CALL)
def call_value(low: Lowering, tree: Syntax) -> ir.Expr:
    """A call whose result is used."""
    return _call(low, tree, used=True)


@effect_of(kinds.CALL)
def call_effect(low: Lowering, tree: Syntax) -> None:
    """A call as a statement."""
    _call(low, tree, used=False)


class _Callee(NamedTuple):
    """What is called: a function or builtin by name, a helper by number, or what a value holds."""

    name: str = ""
    helper: int = -1
    pointer: ir.Expr | None = None


def _call(low: Lowering, tree: Syntax, used: bool) -> ir.Expr:
    callee, *arguments = tree.children
    called = _callee(low, _named(callee))
    if called.name:
        rule = builtins.find(low, called.name)
        if rule is not None:
            return rule(low, tree, arguments, used)
        if low.context.attributes(called.name).fails_build:
            low.graph.end(ir.Trap(low.place(tree)))
            return ir.Opaque("build-time error")
        low.graph.current.calls.append(called.name)
    given = tuple(argument(low, a) for a in arguments)
    return emit_call(low, tree, tree.type, *called, given, used)


def _callee(low: Lowering, tree: Syntax) -> _Callee:
    if tree.kind == kinds.DECL_REF:
        declared = low.context.declared(tree.cursor)
        if declared.kind == "function":
            return _Callee(declared.name)
        if declared.kind == "global" and declared.value == NOT_A_HELPER:
            return _Callee(declared.name)
    pointer = value(low, tree)
    number = folding.constant(pointer)
    if number is not None and is_helper(number):
        return _Callee(helper=number)
    if isinstance(pointer, ir.FunctionAddress):
        return _Callee(pointer.name)
    return _Callee(pointer=pointer)


def _named(callee: Syntax) -> Syntax:
    """Return what is called, without conversions and the `*` of `(*f)()`."""
    while len(callee.children) == 1:
        is_star = callee.kind == kinds.UNARY and callee.type.kind == types.FUNCTION
        if not is_star and callee.kind not in _TRANSPARENT:
            break
        callee = callee.children[0]
    return callee


def argument(low: Lowering, tree: Syntax) -> ir.Expr:
    """Return an argument; a record is passed as the address of a copy."""
    given = value(low, tree)
    if tree.type.kind != types.RECORD:
        return given
    copy = low.new_local(tree.type.bits, "argument")
    low.emit(ir.Copy(copy, given, tree.type.bits, low.place(tree)))
    return copy
