"""Control-flow graph under construction."""

from __future__ import annotations

from bpf_lint.ir import nodes as ir
from bpf_lint.ir.shapes import successors
from bpf_lint.model.place import Place


class OpenBlock:
    """A block that still grows; `refers` holds names of functions and variables it mentions."""

    __slots__ = ("calls", "end", "globals", "instructions")

    def __init__(self) -> None:
        self.instructions: list[ir.Instruction] = []
        self.end: ir.Terminator | None = None
        self.calls: list[str] = []
        self.globals: list[str] = []


class Graph:
    """Blocks of a function; instructions go to the current one.

    After a terminator the current block is one that nothing jumps to: what follows in the
    source is dead unless a label starts a new block.
    """

    def __init__(self) -> None:
        self.blocks: list[OpenBlock] = [OpenBlock()]
        self.current = self.blocks[0]
        self.dead = False
        self._reached = {0}

    def new(self) -> int:
        """Return the number of a fresh block."""
        self.blocks.append(OpenBlock())
        return len(self.blocks) - 1

    def start(self, block: int, label: bool = False) -> None:
        """Continue in `block`; a block left open before falls through into it.

        A block that nothing reaches so far is dead, unless it is a label: jumps to it may follow.
        """
        if self.current.end is None:
            self.current.end = ir.Jump(block)
            if not self.dead:
                self._reached.add(block)
        self.current = self.blocks[block]
        self.dead = not label and block not in self._reached

    def emit(self, instruction: ir.Instruction) -> None:
        """Append an instruction to the current block."""
        self.current.instructions.append(instruction)

    def end(self, terminator: ir.Terminator) -> None:
        """End the current block."""
        self.current.end = terminator
        if not self.dead:
            self._reached.update(successors(terminator))
        self.current = self.blocks[self.new()]
        self.dead = True

    def jump(self, block: int) -> None:
        """End the current block with a jump."""
        self.end(ir.Jump(block))

    def branch(self, condition: ir.Expr, then: int, otherwise: int, place: Place) -> None:
        """End the current block with a branch, or a jump where the condition is constant."""
        if isinstance(condition, ir.Const):
            self.jump(then if condition.value else otherwise)
        else:
            self.end(ir.Branch(condition, then, otherwise, place))


def close(graph: Graph) -> tuple[tuple[ir.Block, ...], tuple[str, ...], tuple[str, ...]]:
    """Return reachable blocks in reverse post-order, and the names they call and refer to."""
    blocks = graph.blocks
    for block in blocks:
        if block.end is None:
            block.end = ir.Return(None, Place("", 0, 0))
    _skip_empty(blocks)
    order = _reverse_post_order(blocks)
    _merge_chains(blocks, order)
    order = _reverse_post_order(blocks)
    number = {old: new for new, old in enumerate(order)}
    closed = []
    calls: dict[str, None] = {}
    names: dict[str, None] = {}
    for old in order:
        block = blocks[old]
        assert block.end is not None
        end = _renumber(block.end, number)
        closed.append(ir.Block(tuple(block.instructions), end))
        calls.update(dict.fromkeys(block.calls))
        names.update(dict.fromkeys(block.globals))
    return tuple(closed), tuple(calls), tuple(names)


def _skip_empty(blocks: list[OpenBlock]) -> None:
    target: dict[int, int] = {}
    for number, block in enumerate(blocks):
        if block.instructions or block.calls or not isinstance(block.end, ir.Jump):
            continue
        if block.end.target != number:
            target[number] = block.end.target
    if not target:
        return
    final = {number: _follow(number, target) for number in target}
    for block in blocks:
        if block.end is not None:
            block.end = _renumber(block.end, final)


def _follow(number: int, target: dict[int, int]) -> int:
    seen = {number}
    while number in target and target[number] not in seen:
        number = target[number]
        seen.add(number)
    return number


def _renumber(end: ir.Terminator, number: dict[int, int]) -> ir.Terminator:
    get = number.get
    if isinstance(end, ir.Jump):
        return ir.Jump(get(end.target, end.target))
    if isinstance(end, ir.Branch):
        then, otherwise = get(end.then, end.then), get(end.otherwise, end.otherwise)
        return ir.Branch(end.condition, then, otherwise, end.place)
    if isinstance(end, ir.Switch):
        cases = tuple((low, high, get(block, block)) for low, high, block in end.cases)
        return ir.Switch(end.value, cases, get(end.default, end.default), end.place)
    return end


def _reverse_post_order(blocks: list[OpenBlock]) -> list[int]:
    order: list[int] = []
    seen = {0}
    stack = [(0, list(successors(blocks[0].end)))]
    while stack:
        number, rest = stack[-1]
        if rest:
            following = rest.pop()
            if following not in seen:
                seen.add(following)
                stack.append((following, list(successors(blocks[following].end))))
        else:
            order.append(number)
            stack.pop()
    order.reverse()
    return order


def _merge_chains(blocks: list[OpenBlock], order: list[int]) -> None:
    predecessors: dict[int, int] = {0: 1}
    for number in order:
        for following in successors(blocks[number].end):
            predecessors[following] = predecessors.get(following, 0) + 1
    merged: set[int] = set()
    for number in order:
        if number in merged:
            continue
        block = blocks[number]
        while isinstance(block.end, ir.Jump) and predecessors[block.end.target] == 1:
            if block.end.target == number:
                break
            merged.add(block.end.target)
            tail = blocks[block.end.target]
            block.instructions += tail.instructions
            block.calls += tail.calls
            block.globals += tail.globals
            block.end = tail.end
