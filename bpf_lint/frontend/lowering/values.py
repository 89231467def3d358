"""Values of expressions: literals, operators, conversions, assignments."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.lowering import folding, initializers, registry
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.location import Location
from bpf_lint.frontend.lowering.lvalues import load, store
from bpf_lint.frontend.lowering.registry import (
    effect,
    effect_of,
    locate,
    value,
    value_of,
)
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import COMPARISONS, wrap


def unary_operator(low: Lowering, tree: Syntax) -> str:
    """Return the operator of a unary expression."""
    number = low.context.lib.clang_getCursorUnaryOperatorKind(tree.cursor)
    return kinds.UNARY_OPS.get(number, "?")


def binary_operator(low: Lowering, tree: Syntax) -> str:
    """Return the operator of a binary expression."""
    number = low.context.lib.clang_getCursorBinaryOperatorKind(tree.cursor)
    return kinds.BINARY_OPS.get(number, "?")


@value_of(kinds.INTEGER)
def integer(low: Lowering, tree: Syntax) -> ir.Expr:
    """A literal; a symbol where an object-like macro spells it.

    The number of a line is nobody's business: a comment above would make it another.
    """
    number = clang.evaluate(tree.cursor)
    low.literals.add(tree.cursor.d1)
    if number is None:
        return ir.Opaque("literal")
    if low.context.places.is_line(tree.cursor, number):
        return ir.Opaque("line number")
    type_ = tree.type
    number = wrap(number, type_.bits, type_.signed)
    macro = low.context.places.macro_of(tree.cursor)
    if macro is None or macro.negative:
        return ir.Const(number)
    return ir.Symbol(macro.name, number, low.context.places.spelt(tree.cursor))


@value_of(kinds.CHARACTER, kinds.SIZEOF)
def constant(low: Lowering, tree: Syntax) -> ir.Expr:
    """A constant that clang computes."""
    number = clang.evaluate(tree.cursor)
    if number is None:
        return ir.Opaque("constant")
    return ir.Const(wrap(number, tree.type.bits, tree.type.signed))


@value_of(kinds.FLOATING)
def floating(_low: Lowering, _tree: Syntax) -> ir.Expr:
    """A floating-point literal."""
    return ir.Opaque("floating point")


@value_of(kinds.PAREN)
def parenthesised(low: Lowering, tree: Syntax) -> ir.Expr:
    """The expression in parentheses."""
    return value(low, tree.children[-1])


@value_of(kinds.UNARY)
def unary(low: Lowering, tree: Syntax) -> ir.Expr:
    """A unary operator."""
    operator = unary_operator(low, tree)
    inner = tree.children[0]
    if operator == "&":
        return locate(low, inner).address
    if operator == "*":
        if not tree.type.is_scalar:
            return value(low, inner)
        return load(low, locate(low, tree), low.place(tree))
    if operator.endswith(("++", "--")):
        return _step(low, tree, operator)
    if operator in ("+", "__extension__"):
        return value(low, inner)
    if operator == "-" and inner.kind == kinds.INTEGER:
        return _negative_literal(low, tree, inner)
    if operator == "!":
        return folding.unary("!", value(low, inner), *inner.type.width)
    if operator in ("-", "~"):
        return folding.unary(operator, value(low, inner), tree.type.bits, tree.type.signed)
    return ir.Opaque(f"operator {operator}")


def _negative_literal(low: Lowering, tree: Syntax, inner: Syntax) -> ir.Expr:
    number = value(low, inner)
    macro = low.context.places.macro_of(inner.cursor)
    if macro is not None and macro.negative and isinstance(number, ir.Const):
        signed = wrap(-number.value, tree.type.bits, tree.type.signed)
        return ir.Symbol(macro.name, signed, low.context.places.spelt(tree.cursor))
    return folding.unary("-", number, tree.type.bits, tree.type.signed)


def _step(low: Lowering, tree: Syntax, operator: str) -> ir.Expr:
    """`++` and `--`: the old value is kept in a temporary for the postfix forms."""
    place = low.place(tree)
    where = locate(low, tree.children[0])
    old = load(low, where, place)
    if operator.startswith("post"):
        old = low.set_new(tree.type, old, place)
    amount = 1 if operator.endswith("++") else -1
    if tree.type.is_address:
        new: ir.Expr = folding.index(old, ir.Const(amount), tree.type.stride)
    else:
        sign = "+" if amount > 0 else "-"
        bits, signed = _promoted(tree.type)
        new = folding.binary(sign, old, folding.ONE, bits, signed)
        new = _narrow(new, bits, signed, tree.type, low, tree)
    store(low, where, new, place)
    return old if operator.startswith("post") else load(low, where, place)


@effect_of(kinds.UNARY)
def unary_effect(low: Lowering, tree: Syntax) -> None:
    """A unary operator as a statement; postfix and prefix steps are the same."""
    operator = unary_operator(low, tree)
    if operator.endswith(("++", "--")):
        _step(low, tree, operator.removeprefix("post"))
    elif operator == "__extension__":
        effect(low, tree.children[0])
    else:
        value(low, tree)


@value_of(kinds.BINARY)
def binary(low: Lowering, tree: Syntax) -> ir.Expr:
    """A binary operator, an assignment, or a comma."""
    operator = binary_operator(low, tree)
    left, right = tree.children
    if operator == "=":
        return _assign(low, tree, used=True)
    if operator == ",":
        effect(low, left)
        return value(low, right)
    if operator in ("&&", "||"):
        return registry.truth(low, tree)
    return arithmetic(low, operator, left.type, value(low, left), right, tree.type)


def arithmetic(
    low: Lowering, operator: str, left_type: CType, left: ir.Expr, right: Syntax, result: CType
) -> ir.Expr:
    """Return `left operator right`; arithmetic on pointers becomes element addresses."""
    right_value = value(low, right)
    right_type = right.type
    if operator in COMPARISONS:
        (left_bits, left_signed), (right_bits, right_signed) = left_type.width, right_type.width
        bits, signed = max(left_bits, right_bits), left_signed and right_signed
        return folding.binary(operator, left, right_value, bits, signed)
    pointers = (left_type.is_address, right_type.is_address)
    if operator in "+-" and any(pointers):
        if all(pointers):
            difference = folding.binary("-", left, right_value, 64, True)
            size = ir.Const(max(left_type.stride // 8, 1))
            return folding.binary("/", difference, size, 64, True)
        if pointers[1]:
            return folding.index(right_value, left, right_type.stride)
        if operator == "-":
            right_value = folding.unary("-", right_value, 64, True)
        return folding.index(left, right_value, left_type.stride)
    return folding.binary(operator, left, right_value, result.bits, result.signed)


@effect_of(kinds.BINARY)
def binary_effect(low: Lowering, tree: Syntax) -> None:
    """A binary operator whose value is dropped."""
    operator = binary_operator(low, tree)
    if operator == "=":
        _assign(low, tree, used=False)
    elif operator == ",":
        effect(low, tree.children[0])
        effect(low, tree.children[1])
    else:
        value(low, tree)


def _assign(low: Lowering, tree: Syntax, used: bool) -> ir.Expr:
    left, right = tree.children
    place = low.context.places.spelt(tree.cursor)
    if tree.type.is_aggregate:
        source = value(low, right)
        address = locate(low, left).address
        low.emit(ir.Copy(address, source, tree.type.bits, place))
        return address
    given = value(low, right)
    where = locate(low, left)
    return _write(low, where, given, tree, used)


def _write(low: Lowering, where: Location, given: ir.Expr, tree: Syntax, used: bool) -> ir.Expr:
    place = low.context.places.spelt(tree.cursor)
    if used and where.reg < 0:
        given = low.stable(given, tree.type, place)
    store(low, where, given, place)
    return load(low, where, place) if where.reg >= 0 else given


@value_of(kinds.COMPOUND_ASSIGN)
def compound_assign(low: Lowering, tree: Syntax) -> ir.Expr:
    """`a op= b`: computed in the common type, converted back to the type of `a`."""
    return _compound(low, tree, used=True)


@effect_of(kinds.COMPOUND_ASSIGN)
def compound_assign_effect(low: Lowering, tree: Syntax) -> None:
    """`a op= b` as a statement."""
    _compound(low, tree, used=False)


def _compound(low: Lowering, tree: Syntax, used: bool) -> ir.Expr:
    left, right = tree.children
    operator = binary_operator(low, tree).removesuffix("=")
    place = low.place(tree)
    where = locate(low, left)
    old = load(low, where, place)
    if left.type.is_address:
        given = arithmetic(low, operator, left.type, old, right, left.type)
    else:
        bits, signed = _common_type(operator, left.type, where.bits, right.type)
        given = folding.binary(operator, old, value(low, right), bits, signed)
        given = _narrow(given, bits, signed, left.type, low, tree)
    return _write(low, where, given, tree, used)


def _narrow(
    given: ir.Expr, bits: int, signed: bool, type_: CType, low: Lowering, tree: Syntax
) -> ir.Expr:
    if type_.kind == types.BOOL:
        return folding.binary("!=", given, folding.ZERO, bits, signed)
    if folding.keeps_value(bits, signed, type_.bits, type_.signed) or not type_.bits:
        return given
    if isinstance(given, ir.Const):
        return ir.Const(wrap(given.value, type_.bits, type_.signed))
    return ir.Cast(given, type_.bits, type_.signed, low.place(tree))


def _common_type(operator: str, left: CType, width: int, right: CType) -> tuple[int, bool]:
    """Return (bits, signed) of the usual arithmetic conversions; bit-fields are promoted too."""
    first = _promoted(left) if width >= left.bits or width >= 32 else (32, True)
    second = _promoted(right)
    if operator in ("<<", ">>") or first[0] > second[0]:
        return first
    if first[0] < second[0]:
        return second
    return first[0], first[1] and second[1]


def _promoted(type_: CType) -> tuple[int, bool]:
    return (type_.bits, type_.signed) if type_.bits >= 32 else (32, True)


@value_of(kinds.CAST)
def cast(low: Lowering, tree: Syntax) -> ir.Expr:
    """An explicit conversion."""
    inner = tree.children[-1]
    if tree.type.kind == types.VOID:
        effect(low, inner)
        return folding.ZERO
    return converted(low, tree, inner)


@effect_of(kinds.CAST, kinds.PAREN)
def dropped(low: Lowering, tree: Syntax) -> None:
    """`(void)x` and `(x)` as statements."""
    effect(low, tree.children[-1])


def converted(low: Lowering, tree: Syntax, inner: Syntax) -> ir.Expr:
    """Return the value of `inner` converted to the type of `tree`."""
    given = value(low, inner)
    if not tree.type.is_scalar or inner.type is tree.type or not inner.type.is_scalar:
        return given
    return folding.convert(given, inner.type, tree.type, lambda: low.place(tree))


@value_of(kinds.INIT_LIST)
def braces(low: Lowering, tree: Syntax) -> ir.Expr:
    """Braces around a scalar, or an aggregate that needs a temporary."""
    if not tree.type.is_aggregate:
        return value(low, tree.children[0]) if tree.children else folding.ZERO
    address = low.new_local(tree.type.bits, "literal")
    initializers.initialize(low, address, tree.type, tree, low.place(tree))
    return address
