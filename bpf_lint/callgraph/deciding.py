"""Constants whose tests decide whether a function comes to a place."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint import ir
from bpf_lint.ir.shapes import successors
from bpf_lint.model.place import Place


def deciding_constants(
    function: ir.Function, place: Place, variables: dict[str, ir.Variable]
) -> list[str]:
    """Constant variables that tests read of which one side alone leads to a place, by name.

    Args:
        place: Of a call in the function.
        variables: Those of the unit.
    """
    here = [at for at, block in enumerate(function.blocks) if _has(block, place)]
    if not here:
        return []
    before = _reaching(function, here)
    found: dict[str, None] = {}
    for block in function.blocks:
        if isinstance(block.end, ir.Branch):
            sides = {block.end.then, block.end.otherwise}
            if len(sides & before) == 1 and len(sides) == 2:
                found |= dict.fromkeys(_constants(function, block.end.condition, variables))
    return list(found)


def _has(block: ir.Block, place: Place) -> bool:
    return any(isinstance(one, ir.Call) and one.place == place for one in block.instructions)


def _reaching(function: ir.Function, targets: list[int]) -> set[int]:
    """Blocks from which some path leads to one of the targets."""
    into: dict[int, list[int]] = {}
    for at, block in enumerate(function.blocks):
        for following in successors(block.end):
            into.setdefault(following, []).append(at)
    found, left = set(targets), list(targets)
    while left:
        new = [one for one in into.get(left.pop(), ()) if one not in found]
        found.update(new)
        left += new
    return found


def _constants(
    function: ir.Function, condition: ir.Expr, variables: dict[str, ir.Variable]
) -> Iterator[str]:
    """Constant variables that a condition reads, itself or through registers."""
    seen: set[int] = set()
    left = [condition]
    while left:
        match left.pop():
            case ir.Load(ir.Global(name)) if name in variables and variables[name].constant:
                yield name
            case ir.Reg(index) if index not in seen:
                seen.add(index)
                left += _assigned(function, index)
            case ir.Unary(_, operand) | ir.Cast(operand):
                left.append(operand)
            case ir.Binary(_, first, second):
                left += [second, first]
            case _:
                pass


def _assigned(function: ir.Function, register: int) -> list[ir.Expr]:
    return [
        instruction.value
        for block in function.blocks
        for instruction in block.instructions
        if isinstance(instruction, ir.Set) and instruction.reg == register
    ]
