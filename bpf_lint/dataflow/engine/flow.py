"""Facts of a function's control flow that the interpreter needs: order, loops, liveness."""

from __future__ import annotations

from collections import Counter

from bpf_lint import ir
from bpf_lint.dataflow.domain.base import local
from bpf_lint.ir.shapes import is_truth, successors, uncast
from bpf_lint.ir.wrappers import register


class Flow:
    """Derived once per function.

    Args:
        rank: Reverse postorder position of each block; unreachable blocks have none.
        headers: Blocks that a back edge leads to.
        live: Registers whose value can still be read, at the start of each block.
        telling: Of these, the registers that keep states apart: those that can become the
            function's result, and flags that only ever hold constants and are tested.
        merges: Blocks that more than one edge leads to.
        flags: Registers that only hold constants and tests, and that are tested.
        own: Memory bases of the function's locals.
        given: Parameters that conditions read and nothing writes: (position, register).
    """

    __slots__ = ("flags", "given", "headers", "live", "merges", "own", "rank", "telling")

    def __init__(self, function: ir.Function) -> None:
        blocks = function.blocks
        followers = [successors(block.end) for block in blocks]
        self.rank = _reverse_postorder(followers)
        self.headers = frozenset(
            target
            for source, targets in enumerate(followers)
            for target in targets
            if source in self.rank and self.rank[target] <= self.rank[source]
        )
        edges = Counter(t for source in self.rank for t in followers[source])
        self.merges = frozenset(block for block, count in edges.items() if count > 1)
        self.given = _given(function)
        held = frozenset(reg for _, reg in self.given)
        self.live = [live | held for live in _liveness(blocks, followers, self.rank)]
        self.flags = _flags(blocks)
        telling = _results(blocks) | self.flags
        self.telling = [tuple(sorted(telling & live)) for live in self.live]
        self.own = frozenset(local(function.name, one.name) for one in function.locals)


def _given(function: ir.Function) -> tuple[tuple[int, int], ...]:
    """Parameters that conditions read and nothing writes."""
    tested: set[int] = set()
    written: set[int] = set()
    for block in function.blocks:
        written |= _uses(block)[1]
        match block.end:
            case ir.Branch(condition):
                tested |= registers(condition)
            case ir.Switch(value):
                tested |= registers(value)
            case ir.Return(value) if value is not None and is_truth(uncast(value)):
                tested |= registers(value)
    return tuple(
        (at, one.reg)
        for at, one in enumerate(function.parameters)
        if one.reg in tested and one.reg not in written
    )


def _reverse_postorder(followers: list[tuple[int, ...]]) -> dict[int, int]:
    order: list[int] = []
    seen = {0}
    stack = [(0, iter(followers[0]))] if followers else []
    while stack:
        block, rest = stack[-1]
        for target in rest:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(followers[target])))
                break
        else:
            order.append(block)
            stack.pop()
    return {block: index for index, block in enumerate(reversed(order))}


def _liveness(
    blocks: tuple[ir.Block, ...], followers: list[tuple[int, ...]], rank: dict[int, int]
) -> list[frozenset[int]]:
    """Backward may-be-read analysis over registers."""
    used, defined = zip(*(_uses(block) for block in blocks), strict=True)
    live: list[frozenset[int]] = [frozenset()] * len(blocks)
    order = sorted(rank, key=rank.__getitem__, reverse=True)
    changed = True
    while changed:
        changed = False
        for index in order:
            out: frozenset[int] = frozenset().union(*(live[t] for t in followers[index]))
            fresh = used[index] | (out - defined[index])
            if fresh != live[index]:
                live[index] = fresh
                changed = True
    return live


def _results(blocks: tuple[ir.Block, ...]) -> frozenset[int]:
    """Registers that a return hands out, directly or through other registers."""
    found = {register(b.end.value) for b in blocks if isinstance(b.end, ir.Return) and b.end.value}
    copies = [
        (instruction.reg, register(instruction.value))
        for block in blocks
        for instruction in block.instructions
        if isinstance(instruction, ir.Set)
    ]
    size = 0
    while size != len(found):
        size = len(found)
        found |= {source for target, source in copies if target in found}
    return frozenset(found - {-1})


def _flags(blocks: tuple[ir.Block, ...]) -> frozenset[int]:
    """Registers that only hold constants, tests, or copies of such, and that a branch tests."""
    tested: set[int] = set()
    constant: set[int] = set()
    other: set[int] = set()
    copies: list[tuple[int, int]] = []
    tests: list[tuple[int, int]] = []  # registers that hold a test of others
    for block in blocks:
        for instruction in block.instructions:
            if isinstance(instruction, ir.Set):
                value = instruction.value
                source = register(value)
                if is_constant(value):
                    constant.add(instruction.reg)
                elif is_truth(uncast(value)):
                    constant.add(instruction.reg)
                    tests += [(instruction.reg, source) for source in registers(value)]
                elif source >= 0:
                    copies.append((instruction.reg, source))
                else:
                    other.add(instruction.reg)
            elif isinstance(instruction, ir.Call):
                other.add(instruction.result)
            elif isinstance(instruction, ir.Havoc):
                other.update(instruction.regs)
        if isinstance(block.end, ir.Branch):
            tested |= registers(block.end.condition)
        elif isinstance(block.end, ir.Switch):
            tested |= registers(block.end.value)
    flags = constant | {target for target, _ in copies}
    size = -1
    while size != len(other) + len(tested):  # what copies tell, until they tell nothing new
        size = len(other) + len(tested)
        other |= {target for target, source in copies if source not in flags - other}
        tested |= {source for target, source in copies + tests if target in tested}
    return frozenset(tested & (flags - other))


def is_constant(expression: ir.Expr) -> bool:
    """True for literals and names of constants, and what is computed from them."""
    match expression:
        case ir.Const() | ir.Symbol():
            return True
        case ir.Unary(_, operand) | ir.Cast(operand):
            return is_constant(operand)
        case ir.Binary(_, left, right):
            return is_constant(left) and is_constant(right)
    return False


def _uses(block: ir.Block) -> tuple[frozenset[int], frozenset[int]]:
    """(registers read before they are written, registers written)."""
    used: set[int] = set()
    defined: set[int] = set()

    def see(expression: ir.Expr | None) -> None:
        if expression is not None:
            used.update(registers(expression) - defined)

    for instruction in block.instructions:
        match instruction:
            case ir.Set():
                see(instruction.value)
                defined.add(instruction.reg)
            case ir.Store():
                see(instruction.address)
                see(instruction.value)
            case ir.Copy():
                see(instruction.target)
                see(instruction.source)
            case ir.Clear():
                see(instruction.address)
            case ir.Call():
                for argument in instruction.arguments:
                    see(argument)
                see(instruction.pointer)
                see(instruction.result_address)
                defined.add(instruction.result)
            case ir.Havoc():
                for address, _ in instruction.addresses:
                    see(address)
                defined.update(instruction.regs)
    match block.end:
        case ir.Branch():
            see(block.end.condition)
        case ir.Switch() | ir.Return():
            see(block.end.value)
    return frozenset(used), frozenset(defined)


def registers(expression: ir.Expr) -> set[int]:
    """Registers that an expression reads."""
    found: set[int] = set()
    stack: list[ir.Expr] = [expression]
    while stack:
        match stack.pop():
            case ir.Reg(index):
                found.add(index)
            case ir.Field(base):
                stack.append(base)
            case ir.Index(base, index):
                stack += (base, index)
            case ir.Load(address):
                stack.append(address)
            case ir.Unary(_, operand) | ir.Cast(operand):
                stack.append(operand)
            case ir.Binary(_, left, right):
                stack += (left, right)
    return found
