"""Variables that nothing outside of the unit can name and nothing in it writes: constants.

The compiler takes them as such, const or not: it puts what they hold where they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bpf_lint.ir import nodes as ir


def fix_unwritten(variables: dict[str, ir.Variable], functions: Iterable[ir.Function]) -> None:
    """Make constants of the variables that functions do nothing with but read."""
    left = {one.name for one in variables.values() if _is_candidate(one)}
    left -= {initial.address for one in variables.values() for initial in one.initial}
    for function in functions:
        if not left.isdisjoint(function.globals):
            for expression in _expressions(function):
                left -= set(_leaked(expression))
    for name in left:
        variables[name] = msgspec.structs.replace(variables[name], constant=True)


def _is_candidate(variable: ir.Variable) -> bool:
    """False where a loader or user space may know it: by its section, or since it is volatile."""
    fixed = variable.constant or variable.section or "volatile" in variable.type_name
    return variable.internal and not fixed


def _expressions(function: ir.Function) -> Iterator[ir.Expr]:
    """Yield each expression, of a copy only the address that is written."""
    for block in function.blocks:
        for instruction in block.instructions:
            yield from _parts(instruction)
        if isinstance(block.end, ir.Branch):
            yield block.end.condition
        elif isinstance(block.end, ir.Switch | ir.Return) and block.end.value is not None:
            yield block.end.value


def _parts(instruction: ir.Instruction) -> Iterator[ir.Expr]:
    match instruction:
        case ir.Set():
            yield instruction.value
        case ir.Store():
            yield from (instruction.address, instruction.value)
        case ir.Copy():
            yield instruction.target
            yield ir.Load(instruction.source, instruction.bits, False, instruction.place)
        case ir.Clear():
            yield instruction.address
        case ir.Havoc():
            yield from (address for address, _ in instruction.addresses)
        case ir.Call():
            yield from instruction.arguments
            yield from (e for e in (instruction.pointer, instruction.result_address) if e)


def _leaked(expression: ir.Expr, read: bool = False) -> Iterator[str]:
    """Yield variables whose address an expression hands out; `read`: it is only loaded from."""
    match expression:
        case ir.Global(name):
            if not read:
                yield name
        case ir.Field(base):
            yield from _leaked(base, read)
        case ir.Index(base, index):
            yield from _leaked(base, read)
            yield from _leaked(index)
        case ir.Load(address):
            yield from _leaked(address, read=True)
        case ir.Unary(_, operand) | ir.Cast(operand):
            yield from _leaked(operand)
        case ir.Binary(_, left, right):
            yield from _leaked(left)
            yield from _leaked(right)
