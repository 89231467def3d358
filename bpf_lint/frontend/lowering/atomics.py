"""Atomic loads, stores and exchanges: for one program, they are what they are without `atomic`.

Arithmetic ones stay calls, with unknown results: no number of a device is computed.
"""

from __future__ import annotations

import re

from bpf_lint.frontend import types
from bpf_lint.frontend.lowering import folding
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.location import Location
from bpf_lint.frontend.lowering.lvalues import load, store
from bpf_lint.frontend.lowering.registry import value
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir

_LOAD = re.compile(r"__(?:c11_|scoped_)?atomic_load(?:_n)?")
_STORE = re.compile(r"__(?:c11_|scoped_)?atomic_store(?:_n)?|__sync_lock_release")
_EXCHANGE = re.compile(
    r"__(?:c11_|scoped_)?atomic_exchange(?:_n)?|__sync_(?:lock_test_and_set|swap)"
)
_COMPARE = re.compile(
    r"__(?:c11_|scoped_)?atomic_compare_exchange\w*|__sync_(?:val|bool)_compare_and_swap"
)
# These are given addresses of values, __atomic_load_n() and the rest values.
_BY_ADDRESS = re.compile(r"__(?:scoped_)?atomic_(?:load|store|exchange|compare_exchange)")


class _Atomic:
    """An atomic builtin: the object, what it holds before, and how operands are given."""

    def __init__(self, low: Lowering, tree: Syntax, name: str, operands: list[Syntax]) -> None:
        self.low = low
        self.type: CType = operands[0].type.target
        self.place = low.place(tree)
        self.operands = operands[1:]
        self.by_address = _BY_ADDRESS.fullmatch(name) is not None
        address = low.stable(value(low, operands[0]), operands[0].type, self.place)
        self.where = Location(address, -1, self.type.bits, self.type.signed)

    def old(self) -> ir.Expr:
        """Return what the object holds."""
        return self.low.set_new(self.type, load(self.low, self.where, self.place), self.place)

    def given(self, number: int, behind: bool = False) -> ir.Expr:
        """Return an operand as it is stored; `behind`: it is an address anyway."""
        tree = self.operands[number]
        found = value(self.low, tree)
        if behind or self.by_address:
            return ir.Load(found, self.type.bits, self.type.signed, self.place)
        return folding.convert(found, tree.type, self.type, lambda: self.place)

    def put(self, new: ir.Expr) -> None:
        """Store a value."""
        store(self.low, self.where, new, self.place)


def atomic(low: Lowering, tree: Syntax, name: str, operands: list[Syntax]) -> ir.Expr | None:
    """Lower an atomic builtin; None for one that stays a call.

    Args:
        name: Its name, without the size that clang appends.
        operands: The address, then values in order, without memory orders.
    """
    if not operands or operands[0].type.kind != types.POINTER:
        return None
    if not operands[0].type.target.is_scalar:
        return None
    if _LOAD.fullmatch(name):
        return _load(_Atomic(low, tree, name, operands))
    if _STORE.fullmatch(name):
        one = _Atomic(low, tree, name, operands)
        one.put(one.given(0) if one.operands else folding.ZERO)
        return folding.ZERO
    if _EXCHANGE.fullmatch(name) and len(operands) > 1:
        return _exchange(_Atomic(low, tree, name, operands))
    if _COMPARE.fullmatch(name) and len(operands) > 2:
        return _compare(_Atomic(low, tree, name, operands), name)
    return None


def _load(one: _Atomic) -> ir.Expr:
    old = one.old()
    if one.by_address and one.operands:
        one.low.emit(ir.Store(value(one.low, one.operands[0]), old, one.type.bits, one.place))
    return old


def _exchange(one: _Atomic) -> ir.Expr:
    old = one.old()
    one.put(one.given(0))
    if one.by_address and len(one.operands) > 1:
        one.low.emit(ir.Store(value(one.low, one.operands[1]), old, one.type.bits, one.place))
    return old


def _compare(one: _Atomic, name: str) -> ir.Expr:
    low, graph = one.low, one.low.graph
    through = "sync" not in name  # the value to compare with is behind an address
    expected = low.set_new(one.type, one.given(0, behind=through), one.place)
    old = one.old()
    equal = folding.binary("==", old, expected, one.type.bits, one.type.signed)
    same = low.new_reg(one.type)
    then, otherwise, join = graph.new(), graph.new(), graph.new()
    graph.branch(equal, then, otherwise, one.place)
    graph.start(then)
    one.put(one.given(1))
    low.emit(ir.Set(same, folding.ONE, one.place))
    graph.jump(join)
    graph.start(otherwise)
    if through:
        low.emit(ir.Store(value(low, one.operands[0]), old, one.type.bits, one.place))
    low.emit(ir.Set(same, folding.ZERO, one.place))
    graph.start(join)
    return old if "_val_" in name else ir.Reg(same)
