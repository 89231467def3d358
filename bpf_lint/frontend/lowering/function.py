"""State while one function is lowered, and the lowering of a whole function."""

from __future__ import annotations

import msgspec

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import Attributes, Context
from bpf_lint.frontend.lowering import registry
from bpf_lint.frontend.lowering.graph import Graph, close
from bpf_lint.frontend.lowering.printed import Printed
from bpf_lint.frontend.tree import Tree, build
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place


class Cases:
    """Labels met so far in the body of a switch on a value of (bits, signed)."""

    __slots__ = ("cases", "default", "width")

    def __init__(self, width: tuple[int, bool]) -> None:
        self.width = width
        self.cases: list[tuple[int, int, int]] = []
        self.default = -1


class Lowering:
    """A function being lowered: its graph, registers, locals and open scopes."""

    def __init__(self, context: Context, name: str, printed: Printed) -> None:
        self.context = context
        self.name = name
        self.printed = printed
        self.graph = Graph()
        self.reg_names: list[str] = []
        self.reg_widths: list[tuple[int, bool]] = []
        self.locals: dict[str, int] = {}
        self.in_memory: set[int | None] = set()
        self.variables: dict[int | None, int | str] = {}
        self.labels: dict[int | None, int] = {}
        self.labels_taken: set[int] = set()
        self.breaks: list[int] = []
        self.continues: list[int] = []
        self.switches: list[Cases] = []
        self.positions: dict[int | None, int] = {}
        self.holds_label: set[int | None] = set()

    def new_reg(self, type_: CType, name: str = "") -> int:
        """Return a fresh register for a scalar."""
        self.reg_names.append(name)
        self.reg_widths.append((type_.bits or 64, type_.signed))
        return len(self.reg_names) - 1

    def new_local(self, bits: int, name: str) -> ir.Local:
        """Return a fresh local in memory."""
        unique, number = name, 1
        while unique in self.locals:
            number += 1
            unique = f"{name}#{number}"
        self.locals[unique] = bits
        return ir.Local(unique)

    def place(self, tree: Tree) -> Place:
        """Return the place of a tree."""
        return self.context.places.of(tree.cursor)

    def emit(self, instruction: ir.Instruction) -> None:
        """Append an instruction to the current block."""
        self.graph.current.instructions.append(instruction)

    def set(self, reg: int, value: ir.Expr, place: Place) -> None:
        """Assign a register; a call just made for it takes it as its result."""
        instructions = self.graph.current.instructions
        if isinstance(value, ir.Reg) and instructions:
            call = instructions[-1]
            if (
                isinstance(call, ir.Call)
                and call.result == value.index == len(self.reg_names) - 1
                and not self.reg_names[value.index]
                and self.reg_widths[value.index] == self.reg_widths[reg]
            ):
                instructions[-1] = msgspec.structs.replace(call, result=reg)
                self.reg_names.pop()
                self.reg_widths.pop()
                return
        self.emit(ir.Set(reg, value, place))

    def set_new(self, type_: CType, value: ir.Expr, place: Place) -> ir.Reg:
        """Put a value into a fresh register."""
        reg = self.new_reg(type_)
        self.emit(ir.Set(reg, value, place))
        return ir.Reg(reg)

    def stable(self, value: ir.Expr, type_: CType, place: Place) -> ir.Expr:
        """Return `value` so that it can be used again after later instructions."""
        if isinstance(
            value, ir.Const | ir.Symbol | ir.Local | ir.Global | ir.FunctionAddress | ir.Opaque
        ):
            return value
        if isinstance(value, ir.Reg) and not self.reg_names[value.index]:
            return value
        return self.set_new(type_, value, place)

    def refer_global(self, name: str) -> ir.Global:
        """Return the address of a file-scope variable and note the reference."""
        self.graph.current.globals.append(name)
        return ir.Global(name)

    def refer_function(self, name: str) -> ir.FunctionAddress:
        """Return the address of a function and note the reference."""
        self.graph.current.calls.append(name)
        return ir.FunctionAddress(name)


def lower_function(
    context: Context,
    cursor: clang.Cursor,
    key: str,
    attributes: Attributes,
    text: str,
) -> ir.Function:
    """Lower one function definition.

    Args:
        context: Tables of its translation unit.
        cursor: Cursor of the definition.
        key: Content key to record in the result.
        attributes: Its section, tags.
        text: Its pretty-printed text, for what cursors do not say.
    """
    tree = build(cursor, context.types)
    name = clang.text(context.lib.clang_getCursorSpelling(cursor))
    low = Lowering(context, name, Printed(text))
    body = _survey(low, tree)
    parameters = _parameters(low, tree)
    result = context.types.of(
        context.lib.clang_getResultType(
            context.lib.clang_getCanonicalType(context.lib.clang_getCursorType(cursor))
        )
    )
    if body is not None:
        registry.effect(low, body)
    if low.graph.current.end is None:
        low.graph.end(ir.Return(None, low.place(tree)))
    blocks, calls, names = close(low.graph)
    return ir.Function(
        name=name,
        key=key,
        place=low.place(tree),
        section=attributes.section,
        tags=attributes.tags,
        parameters=parameters,
        result_bits=result.bits,
        result_signed=result.signed,
        locals=tuple(ir.LocalVariable(n, bits) for n, bits in low.locals.items()),
        regs=len(low.reg_names),
        reg_names=tuple(low.reg_names),
        reg_widths=tuple(low.reg_widths),
        blocks=blocks,
        calls=calls,
        globals=names,
    )


def _survey(low: Lowering, tree: Tree) -> Tree | None:
    """Note which variables need memory, which statements hold labels, and return the body."""
    orders = {kinds.ASM: 0, kinds.FOR: 0}

    def visit(node: Tree) -> bool:
        kind = node.kind
        if kind in orders and node.cursor.d1 not in low.positions:
            low.positions[node.cursor.d1] = orders[kind]
            orders[kind] += 1
        elif kind == kinds.UNARY and node.children:
            operator = low.context.lib.clang_getCursorUnaryOperatorKind(node.cursor)
            if kinds.UNARY_OPS.get(operator) == "&":
                _note_address(low, node.children[0])
        holds = kind in (kinds.LABEL, kinds.CASE, kinds.DEFAULT)
        for child in node.children:
            holds = visit(child) or holds
        if holds:
            low.holds_label.add(node.cursor.d1)
        return holds

    body = None
    for child in tree.children:
        if child.kind == kinds.COMPOUND:
            body = child
            visit(child)
    return body


def _note_address(low: Lowering, operand: Tree) -> None:
    while operand.kind in (kinds.PAREN, kinds.UNEXPOSED_EXPR) and len(operand.children) == 1:
        operand = operand.children[0]
    if operand.kind == kinds.DECL_REF:
        low.in_memory.add(low.context.lib.clang_getCursorReferenced(operand.cursor).d0)


def _parameters(low: Lowering, tree: Tree) -> tuple[ir.Parameter, ...]:
    parameters = []
    for child in tree.children:
        if child.kind != kinds.PARM_DECL:
            continue
        name = clang.text(low.context.lib.clang_getCursorSpelling(child.cursor))
        type_ = child.type
        if type_.kind == types.ARRAY:
            type_ = CType.decayed(type_)
        if type_.kind == types.RECORD:
            local = low.new_local(type_.bits, name or "argument")
            low.variables[child.cursor.d0] = local.name
            parameters.append(ir.Parameter(name, -1, local.name, type_.bits, False))
            continue
        reg = low.new_reg(type_, name)
        parameters.append(ir.Parameter(name, reg, "", type_.bits, type_.signed))
        if child.cursor.d0 in low.in_memory:
            local = low.new_local(type_.bits, name)
            low.variables[child.cursor.d0] = local.name
            low.emit(ir.Store(local, ir.Reg(reg), type_.bits, low.place(child)))
        else:
            low.variables[child.cursor.d0] = reg
    return tuple(parameters)
