"""File-scope variables and their initial values."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import STATIC, Context
from bpf_lint.frontend.lowering import initializers
from bpf_lint.frontend.syntax import Syntax, build
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import wrap

_EXTERN = 2
_LONGEST_TEXT = 256
_CONVERSIONS = (kinds.PAREN, kinds.UNEXPOSED_EXPR, kinds.CAST)


def read_variable(context: Context, cursor: clang.Cursor, name: str, section: str) -> ir.Variable:
    """Return a variable as its declaration gives it."""
    lib = context.lib
    type_ = context.types.of_cursor(cursor)
    spelt = lib.clang_getCursorType(cursor)
    element = spelt
    while lib.clang_getArrayElementType(element).kind:
        element = lib.clang_getArrayElementType(element)
    initial = initial_tree(context, cursor)
    storage = lib.clang_Cursor_getStorageClass(cursor)
    return ir.Variable(
        name=name,
        place=context.places.of(cursor),
        section=section,
        type_name=clang.text(lib.clang_getTypeSpelling(spelt)),
        bits=type_.bits,
        constant=bool(lib.clang_isConstQualifiedType(element)),
        defined=initial is not None or storage != _EXTERN,
        initial=tuple(initials(context, type_, initial)) if initial is not None else (),
        internal=storage == STATIC,
    )


def initial_tree(context: Context, cursor: clang.Cursor) -> Syntax | None:
    """Return the tree of a variable's initializer."""
    initial = context.lib.clang_Cursor_getVarDeclInitializer(cursor)
    return build(initial, context.types) if kinds.is_expression(initial.kind) else None


def initials(context: Context, type_: types.CType, tree: Syntax) -> list[ir.Initial]:
    """Return the explicit initial values of an object."""
    found: list[ir.Initial] = []
    for part in initializers.parts(type_, tree):
        offset = sum(step.offset for step in part.steps)
        if part.tree.kind == kinds.STRING and part.type.kind == types.ARRAY:
            found += _text(offset, clang.string_bytes(part.tree.cursor))
            continue
        number = number_in(part.tree)
        if number is not None:
            number = wrap(number, part.width, part.type.signed)
            symbol = symbol_in(context, part.tree)
            found.append(ir.Initial(offset, part.width, number, "", symbol))
        elif address := address_in(context, part.tree):
            found.append(ir.Initial(offset, part.width, 0, address))
    return found


def _text(offset: int, text: bytes) -> list[ir.Initial]:
    return [ir.Initial(offset + 8 * i, 8, byte) for i, byte in enumerate(text[:_LONGEST_TEXT])]


def number_in(tree: Syntax) -> int | None:
    """Return the number that a constant is, also one that is kept in a pointer."""
    number = clang.evaluate(tree.cursor)
    while number is None and tree.kind in _CONVERSIONS and tree.children:
        tree = tree.children[-1]
        number = clang.evaluate(tree.cursor)
    return number


def symbol_in(context: Context, tree: Syntax) -> ir.Symbol | None:
    """Return the name of a constant: a literal that a macro spells, or an enumerator."""
    while tree.kind in _CONVERSIONS and tree.children:
        tree = tree.children[-1]
    number = clang.evaluate(tree.cursor)
    if number is None:
        return None
    if tree.kind == kinds.INTEGER:
        macro = context.places.macro_of(tree.cursor)
        name = "" if macro is None or macro.negative else macro.name
        also: tuple[str, ...] = ()
    else:
        declared = context.declared(tree.cursor) if tree.kind == kinds.DECL_REF else None
        name = declared.name if declared and declared.kind == "constant" else ""
        also = declared.also if declared else ()
    return ir.Symbol(name, number, context.places.spelt(tree.cursor), also) if name else None


def address_in(context: Context, tree: Syntax) -> str:
    """Return the name of the function or variable whose address a constant is, or ""."""
    if tree.kind == kinds.DECL_REF:
        declared = context.declared(tree.cursor)
        return declared.name if declared.kind in ("function", "global", "static") else ""
    if tree.kind == kinds.STRING:
        return f"str:{clang.string_value(tree.cursor)}"
    for child in tree.children:
        if found := address_in(context, child):
            return found
    return ""
