"""Where lvalues lie: variables, members, elements, dereferences; loads and stores of them."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.lowering import folding, initializers
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.location import Location
from bpf_lint.frontend.lowering.registry import locate, location_of, value, value_of
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir
from bpf_lint.ir.shapes import is_helper
from bpf_lint.model.place import Place


def load(low: Lowering, where: Location, place: Place) -> ir.Expr:
    """Return the scalar at a location."""
    if where.reg >= 0:
        return ir.Reg(where.reg)
    return ir.Load(where.address, where.bits, where.signed, place)


def store(low: Lowering, where: Location, stored: ir.Expr, place: Place) -> None:
    """Write a scalar to a location."""
    if where.reg >= 0:
        low.set(where.reg, stored, place)
    else:
        low.emit(ir.Store(where.address, stored, where.bits, place))


@value_of(kinds.DECL_REF, kinds.MEMBER, kinds.SUBSCRIPT, kinds.COMPOUND_LITERAL)
def value_of_lvalue(low: Lowering, tree: Syntax) -> ir.Expr:
    """Load a scalar; of records, arrays and functions, give the address; of helpers, the number."""
    if tree.kind == kinds.DECL_REF:
        declared = low.context.declared(tree.cursor)
        if declared.kind == "constant":
            place = low.context.places.spelt(tree.cursor)
            return ir.Symbol(declared.name, declared.value, place, declared.also)
        if declared.kind == "function":
            return low.refer_function(declared.name)
        if declared.kind in ("global", "static") and is_helper(declared.value):
            low.refer_global(declared.name)
            return ir.Const(declared.value)
    where = locate(low, tree)
    if where.reg < 0 and not tree.type.is_scalar:
        return where.address
    found = load(low, where, low.place(tree))
    if tree.kind == kinds.DECL_REF and declared.cursor.d0 in low.volatile:
        return ir.Unary("volatile", found, *tree.type.width)
    return found


def _memory(address: ir.Expr, type_: CType) -> Location:
    return Location(address, -1, type_.bits, type_.signed)


@location_of(kinds.DECL_REF)
def variable(low: Lowering, tree: Syntax) -> Location:
    """A variable: a register, a local in memory, or a global."""
    declared = low.context.declared(tree.cursor)
    if declared.kind in ("global", "static"):
        return _memory(low.refer_global(declared.name), declared.type)
    if declared.kind == "function":
        return _memory(low.refer_function(declared.name), declared.type)
    held = low.variables.get(declared.cursor.d0)
    if held is None:
        held = declare(low, declared.cursor, declared.type)
    if isinstance(held, int):
        return Location(folding.ZERO, held, declared.type.bits, declared.type.signed)
    return _memory(ir.Local(held), declared.type)


def declare(low: Lowering, cursor: clang.Cursor, type_: CType) -> int | str:
    """Give a local variable a register, or memory where its address is needed."""
    name = clang.text(low.context.lib.clang_getCursorSpelling(cursor))
    lib = low.context.lib
    if lib.clang_isVolatileQualifiedType(lib.clang_getCursorType(cursor)):
        low.volatile.add(cursor.d0)
    held: int | str
    if type_.is_scalar and cursor.d0 not in low.in_memory:
        held = low.new_reg(type_, name)
    else:
        held = low.new_local(type_.bits, name or "local").name
    low.variables[cursor.d0] = held
    return held


@location_of(kinds.MEMBER)
def member(low: Lowering, tree: Syntax) -> Location:
    """A member; steps through anonymous records are part of its offset."""
    field = low.context.lib.clang_getCursorReferenced(tree.cursor)
    base = tree.children[0]
    while base.kind == kinds.MEMBER and _is_anonymous(low, base):
        base = base.children[0]
    is_pointer = base.type.kind == types.POINTER
    record = base.type.target if is_pointer else base.type
    found = record.members.by_identity.get(field.d0)
    address = value(low, base) if is_pointer else locate(low, base).address
    if found is None:
        return _memory(ir.Opaque("member of an unknown record"), tree.type)
    name = initializers.member_name(address, record, found.name)
    where = ir.Field(address, found.offset, name)
    return Location(where, -1, found.width, found.type.signed)


def _is_anonymous(low: Lowering, tree: Syntax) -> bool:
    name = clang.text(low.context.lib.clang_getCursorSpelling(tree.cursor))
    return not name or "(" in name


@location_of(kinds.SUBSCRIPT)
def element(low: Lowering, tree: Syntax) -> Location:
    """An element of an array or behind a pointer."""
    base, position = tree.children
    if base.type.kind != types.POINTER and base.type.kind != types.ARRAY:
        base, position = position, base
    address = folding.index(value(low, base), value(low, position), base.type.stride)
    return _memory(address, tree.type)


@location_of(kinds.UNARY)
def dereference(low: Lowering, tree: Syntax) -> Location:
    """What a pointer points to; `__extension__` is transparent."""
    operator = kinds.UNARY_OPS.get(
        low.context.lib.clang_getCursorUnaryOperatorKind(tree.cursor), ""
    )
    inner = tree.children[0]
    if operator == "*":
        return _memory(value(low, inner), tree.type)
    if operator == "__extension__":
        return locate(low, inner)
    return _memory(value(low, tree), tree.type)


@location_of(kinds.PAREN)
def parenthesised(low: Lowering, tree: Syntax) -> Location:
    """The lvalue in parentheses."""
    return locate(low, tree.children[-1])


@location_of(kinds.UNEXPOSED_EXPR)
def transparent(low: Lowering, tree: Syntax) -> Location:
    """An implicit node around an lvalue of the same type."""
    if len(tree.children) == 1 and tree.children[0].type is tree.type:
        return locate(low, tree.children[0])
    return _memory(value(low, tree), tree.type)


@location_of(kinds.COMPOUND_LITERAL)
def compound_literal(low: Lowering, tree: Syntax) -> Location:
    """A fresh local with the literal's contents."""
    address = low.new_local(tree.type.bits, "literal")
    if tree.children:
        initializers.initialize(low, address, tree.type, tree.children[-1], low.place(tree))
    return _memory(address, tree.type)


@value_of(kinds.STRING)
def string(low: Lowering, tree: Syntax) -> ir.Expr:
    """The address of a string."""
    return low.refer_global(f"str:{clang.string_value(tree.cursor)}")


@location_of(kinds.STRING)
def string_target(low: Lowering, tree: Syntax) -> Location:
    """The memory that holds a string."""
    return _memory(string(low, tree), tree.type)
