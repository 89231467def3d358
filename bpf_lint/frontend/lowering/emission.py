"""Call instructions, appended to the function that is lowered."""

from __future__ import annotations

from bpf_lint.frontend import types
from bpf_lint.frontend.lowering import folding
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir


def emit_call(
    low: Lowering,
    tree: Syntax,
    type_: CType,
    name: str,
    helper: int,
    pointer: ir.Expr | None,
    arguments: tuple[ir.Expr, ...],
    used: bool,
) -> ir.Expr:
    """Append a call and return its result; of a record, the address of a copy."""
    result, address = -1, None
    if type_.kind == types.RECORD:
        address = low.new_local(type_.bits, "result")
    elif used and type_.kind != types.VOID:
        result = low.new_reg(type_)
    place = low.context.places.spelt(tree.cursor)
    low.emit(ir.Call(result, name, helper, pointer, arguments, type_.bits, used, place, address))
    if address is not None:
        return address
    return ir.Reg(result) if result >= 0 else folding.ZERO
