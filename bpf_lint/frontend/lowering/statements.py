"""Statements."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.lowering import folding, initializers, scopes
from bpf_lint.frontend.lowering.conditions import branch, constant
from bpf_lint.frontend.lowering.function import Cases, Exit, Lowering
from bpf_lint.frontend.lowering.lvalues import declare
from bpf_lint.frontend.lowering.registry import effect, effect_of, value, value_of
from bpf_lint.frontend.lowering.turns import turns
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import wrap


def statement(low: Lowering, tree: Syntax) -> None:
    """Lower a statement unless it is dead and no label inside brings it to life."""
    if low.graph.dead and tree.cursor.d1 not in low.holds_label:
        return
    effect(low, tree)


@effect_of(kinds.COMPOUND)
def compound(low: Lowering, tree: Syntax) -> None:
    """Statements in braces."""
    scopes.enter(low, tree)
    for child in tree.children:
        statement(low, child)
    scopes.leave(low)


@effect_of(kinds.UNEXPOSED_STMT)
def attributed(low: Lowering, tree: Syntax) -> None:
    """A statement with attributes."""
    for child in tree.children:
        if child.kind >= kinds.FIRST_EXPR and child.kind < 300:
            statement(low, child)


@effect_of(kinds.NULL_STMT)
def nothing(_low: Lowering, _tree: Syntax) -> None:
    """`;`."""


@effect_of(kinds.DECL_STMT)
def declarations(low: Lowering, tree: Syntax) -> None:
    """Local declarations; statics are file-scope variables."""
    for child in tree.children:
        if child.kind == kinds.VAR_DECL and not _is_static(low, child):
            _declare_local(low, child)


def _is_static(low: Lowering, tree: Syntax) -> bool:
    return bool(low.context.lib.clang_Cursor_hasVarDeclGlobalStorage(tree.cursor) == 1)


def _declare_local(low: Lowering, tree: Syntax) -> None:
    held = declare(low, tree.cursor, tree.type)
    _initialize(low, tree, held)
    scopes.note(low, tree, held)


def _initialize(low: Lowering, tree: Syntax, held: int | str) -> None:
    place = low.place(tree)
    initial = _initial(low, tree)
    if isinstance(held, int):
        if initial is not None:
            low.set(held, value(low, initial), place)
        return
    if initial is None:
        low.emit(ir.Clear(ir.Local(held), tree.type.bits, False, place))
    elif tree.type.is_aggregate:
        initializers.initialize(low, ir.Local(held), tree.type, initial, place)
    else:
        low.emit(ir.Store(ir.Local(held), value(low, initial), tree.type.bits, place))


def _initial(low: Lowering, tree: Syntax) -> Syntax | None:
    if not tree.children or not kinds.is_expression(tree.children[-1].kind):
        return None
    cursor = low.context.lib.clang_Cursor_getVarDeclInitializer(tree.cursor)
    return tree.children[-1] if cursor.d1 == tree.children[-1].cursor.d1 else None


@effect_of(kinds.IF)
def if_statement(low: Lowering, tree: Syntax) -> None:
    """`if`; a branch that a constant excludes is lowered only where it holds a label."""
    condition, then_tree = tree.children[0], tree.children[1]
    else_tree = tree.children[2] if len(tree.children) > 2 else None
    known = None if low.graph.dead else constant(low, condition)
    if known is not None:
        _known_if(low, then_tree if known else else_tree, else_tree if known else then_tree)
        return
    then, join = low.graph.new(), low.graph.new()
    otherwise = low.graph.new() if else_tree is not None else join
    branch(low, condition, then, otherwise)
    low.graph.start(then)
    statement(low, then_tree)
    low.graph.jump(join)
    if else_tree is not None:
        low.graph.start(otherwise)
        statement(low, else_tree)
    low.graph.start(join)


def _known_if(low: Lowering, taken: Syntax | None, skipped: Syntax | None) -> None:
    if taken is not None:
        statement(low, taken)
    if skipped is not None and skipped.cursor.d1 in low.holds_label:
        join = low.graph.new()
        low.graph.jump(join)
        statement(low, skipped)
        low.graph.start(join)


def _loop_body(low: Lowering, tree: Syntax, leave: int, again: int) -> None:
    low.breaks.append(Exit(leave, len(low.scopes)))
    low.continues.append(Exit(again, len(low.scopes)))
    statement(low, tree)
    low.breaks.pop()
    low.continues.pop()


def _start_loop(low: Lowering, block: int) -> None:
    """Start where a loop comes back to; if it is dead, a label inside leads there (see above)."""
    low.graph.start(block, label=low.graph.dead)


@effect_of(kinds.WHILE)
def while_loop(low: Lowering, tree: Syntax) -> None:
    """`while`."""
    head, body, leave = low.graph.new(), low.graph.new(), low.graph.new()
    _start_loop(low, head)
    branch(low, tree.children[-2], body, leave)
    low.graph.start(body)
    _loop_body(low, tree.children[-1], leave, head)
    low.graph.jump(head)
    low.graph.start(leave)


@effect_of(kinds.DO)
def do_loop(low: Lowering, tree: Syntax) -> None:
    """`do ... while`."""
    body, again, leave = low.graph.new(), low.graph.new(), low.graph.new()
    _start_loop(low, body)
    _loop_body(low, tree.children[0], leave, again)
    low.graph.start(again)
    branch(low, tree.children[1], body, leave)
    low.graph.start(leave)


@effect_of(kinds.FOR)
def for_loop(low: Lowering, tree: Syntax) -> None:
    """`for`; which parts of its header are present comes from the printed text."""
    *header, body_tree = tree.children
    present = low.printed.for_header(low.positions[tree.cursor.d1])
    if present is None or sum(present) != len(header):
        present = (len(header) > 2, len(header) > 0, len(header) > 1)
    parts = iter(header)
    start, condition, step = (next(parts, None) if p else None for p in present)
    head, body = low.graph.new(), low.graph.new()
    again, leave = low.graph.new(), low.graph.new()
    if start is not None:
        effect(low, start)
    if condition is not None and step is not None:
        for _ in range(turns(low, condition, body_tree)):
            turn = low.graph.new()
            branch(low, condition, turn, leave)
            low.graph.start(turn)
            effect(low, body_tree)
            effect(low, step)
    _start_loop(low, head)
    if condition is not None:
        branch(low, condition, body, leave)
    low.graph.start(body)
    _loop_body(low, body_tree, leave, again)
    low.graph.start(again)
    if step is not None:
        effect(low, step)
    low.graph.jump(head)
    low.graph.start(leave)


@effect_of(kinds.BREAK)
def break_statement(low: Lowering, _tree: Syntax) -> None:
    """`break`."""
    _leave_by(low, low.breaks[-1])


@effect_of(kinds.CONTINUE)
def continue_statement(low: Lowering, _tree: Syntax) -> None:
    """`continue`."""
    _leave_by(low, low.continues[-1])


def _leave_by(low: Lowering, way: Exit) -> None:
    scopes.clean(low, low.scopes[way.scopes :])
    low.graph.jump(way.block)


@effect_of(kinds.SWITCH)
def switch_statement(low: Lowering, tree: Syntax) -> None:
    """`switch`; labels are collected while the body is lowered, wherever they nest."""
    subject = value(low, tree.children[-2])
    place = low.place(tree.children[-2])
    head = low.graph.current
    leave = low.graph.new()
    low.graph.end(ir.Trap(place))
    cases = Cases(tree.children[-2].type.width)
    low.switches.append(cases)
    low.breaks.append(Exit(leave, len(low.scopes)))
    statement(low, tree.children[-1])
    low.breaks.pop()
    low.switches.pop()
    low.graph.start(leave, label=True)
    default = cases.default if cases.default >= 0 else leave
    if isinstance(subject, ir.Const):
        taken = [block for lo, hi, block in cases.cases if lo <= subject.value <= hi]
        head.end = ir.Jump(taken[0] if taken else default)
    else:
        head.end = ir.Switch(subject, tuple(cases.cases), default, place)


@effect_of(kinds.CASE)
def case_label(low: Lowering, tree: Syntax) -> None:
    """`case`, also GNU ranges."""
    block = low.graph.new()
    low.graph.start(block, label=True)
    *bounds, body = tree.children
    values = [clang.evaluate(bound.cursor) for bound in bounds]
    known = [value for value in values if value is not None]
    if low.switches and known:
        cases = low.switches[-1]
        first, last = (wrap(known[n], *cases.width) for n in (0, -1))
        cases.cases.append((first, last, block))
    statement(low, body)


@effect_of(kinds.DEFAULT)
def default_label(low: Lowering, tree: Syntax) -> None:
    """`default`."""
    block = low.graph.new()
    low.graph.start(block, label=True)
    if low.switches:
        low.switches[-1].default = block
    statement(low, tree.children[-1])


@effect_of(kinds.LABEL)
def label(low: Lowering, tree: Syntax) -> None:
    """A label and its statement."""
    low.graph.start(low.label_block(tree.cursor.d1), label=True)
    for child in tree.children:
        statement(low, child)


@effect_of(kinds.GOTO)
def goto(low: Lowering, tree: Syntax) -> None:
    """`goto`."""
    for child in tree.children:
        if child.kind == kinds.LABEL_REF:
            found = low.context.lib.clang_getCursorReferenced(child.cursor)
            scopes.clean(low, scopes.left_by(low, found.d1))
            low.graph.jump(low.label_block(found.d1))
            return


@value_of(kinds.ADDRESS_OF_LABEL)
def address_of_label(_low: Lowering, _tree: Syntax) -> ir.Expr:
    """`&&label`."""
    return ir.Opaque("address of a label")


@effect_of(kinds.INDIRECT_GOTO)
def computed_goto(low: Lowering, tree: Syntax) -> None:
    """`goto *p`: to any label of the function whose address is taken."""
    taken = sorted(low.label_block(label) for label in low.labels_taken)
    if not taken:
        low.graph.end(ir.Trap(low.place(tree)))
        return
    subject = ir.Opaque("computed goto")
    cases = tuple((i, i, block) for i, block in enumerate(taken[1:]))
    low.graph.end(ir.Switch(subject, cases, taken[0], low.place(tree)))


@effect_of(kinds.RETURN)
def return_statement(low: Lowering, tree: Syntax) -> None:
    """`return`; of a record, its address."""
    place = low.place(tree)
    if not tree.children:
        scopes.clean(low, low.scopes)
        low.graph.end(ir.Return(None, place))
        return
    inner = tree.children[-1]
    if inner.type.kind == types.VOID:
        effect(low, inner)
        scopes.clean(low, low.scopes)
        low.graph.end(ir.Return(None, place))
        return
    given = scopes.leave_with(low, value(low, inner), inner.type, low.scopes)
    low.graph.end(ir.Return(given, place))


@value_of(kinds.STATEMENT_EXPR)
def statement_expression(low: Lowering, tree: Syntax) -> ir.Expr:
    """`({ ... })`: the value of its last statement."""
    scopes.enter(low, tree.children[-1])
    given = _last_value(low, tree.children[-1].children)
    given = scopes.leave_with(low, given, tree.type, low.scopes[-1:])
    low.scopes.pop()
    return given


def _last_value(low: Lowering, statements: list[Syntax]) -> ir.Expr:
    before = len(low.reg_names)
    for child in statements[:-1]:
        statement(low, child)
    if not statements:
        return folding.ZERO
    last = statements[-1]
    while last.kind in (kinds.LABEL, kinds.UNEXPOSED_STMT) and last.children:
        if last.kind == kinds.LABEL:
            low.graph.start(low.label_block(last.cursor.d1), label=True)
        last = last.children[-1]
    if kinds.is_expression(last.kind) and last.type.kind != types.VOID:
        return _forwarded(low, value(low, last), before)
    statement(low, last)
    return folding.ZERO


def _forwarded(low: Lowering, result: ir.Expr, before: int) -> ir.Expr:
    """Return a constant or address instead of the inner variable it was just put into."""
    instructions = low.graph.current.instructions
    if not isinstance(result, ir.Reg) or result.index < before or not instructions:
        return result
    last = instructions[-1]
    if not isinstance(last, ir.Set) or last.reg != result.index:
        return result
    if not isinstance(last.value, ir.Global | ir.Local | ir.Const | ir.Symbol):
        return result
    instructions.pop()
    return last.value


@effect_of(kinds.STATEMENT_EXPR)
def statement_expression_effect(low: Lowering, tree: Syntax) -> None:
    """`({ ... })` whose value is dropped."""
    compound(low, tree.children[-1])
