"""The lowering of a whole function."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import Attributes, Context
from bpf_lint.frontend.lowering import registry
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.graph import close
from bpf_lint.frontend.lowering.labels import labels_in_reach
from bpf_lint.frontend.lowering.printed import Printed
from bpf_lint.frontend.lowering.scopes import cleanup_of
from bpf_lint.frontend.syntax import Syntax, build
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir


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
        counts=_counts_lines(low, tree),
    )


def _counts_lines(low: Lowering, tree: Syntax) -> bool:
    """True where the compiler itself made something of `__LINE__`: a size, a case, a condition."""
    if not low.context.asks_lines:
        return False
    work = [tree]
    while work:
        node = work.pop()
        work += node.children
        if node.kind == kinds.INTEGER and node.cursor.d1 not in low.literals:
            number = clang.evaluate(node.cursor)
            if number is not None and low.context.places.is_line(node.cursor, number):
                return True
    return False


def _survey(low: Lowering, tree: Syntax) -> Syntax | None:
    """Note which variables need memory, which statements hold labels, and return the body."""
    orders = {kinds.ASM: 0, kinds.FOR: 0}

    def visit(node: Syntax) -> bool:
        kind = node.kind
        if kind in orders and node.cursor.d1 not in low.positions:
            low.positions[node.cursor.d1] = orders[kind]
            orders[kind] += 1
        elif kind == kinds.UNARY and node.children:
            operator = low.context.lib.clang_getCursorUnaryOperatorKind(node.cursor)
            if kinds.UNARY_OPS.get(operator) == "&":
                _note_address(low, node.children[0])
        elif kind == kinds.ADDRESS_OF_LABEL:
            found = (low.context.lib.clang_getCursorReferenced(c.cursor) for c in node.children)
            low.labels_taken.update(label.d1 for label in found)
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
    if body is not None and low.printed.jumps():
        low.assembly_labels = labels_in_reach(low, body)
    if body is not None and "cleanup" in low.printed.text:
        _survey_scopes(low, body, frozenset())
    return body


def _survey_scopes(low: Lowering, node: Syntax, around: frozenset[int | None]) -> None:
    """Note which variables are handed to a call at the end of their scope, and labels' scopes."""
    if node.kind == kinds.COMPOUND:
        around |= {node.cursor.d1}
    elif node.kind == kinds.LABEL:
        low.around_label[node.cursor.d1] = around
    elif node.kind == kinds.VAR_DECL and cleanup_of(low, node):
        low.in_memory.add(node.cursor.d0)
    for child in node.children:
        _survey_scopes(low, child, around)


def _note_address(low: Lowering, operand: Syntax) -> None:
    while operand.kind in (kinds.PAREN, kinds.UNEXPOSED_EXPR) and len(operand.children) == 1:
        operand = operand.children[0]
    if operand.kind == kinds.DECL_REF:
        low.in_memory.add(low.context.lib.clang_getCursorReferenced(operand.cursor).d0)


def _parameters(low: Lowering, tree: Syntax) -> tuple[ir.Parameter, ...]:
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
