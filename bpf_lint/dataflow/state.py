"""The abstract state of one path through one function, over what its caller left in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bpf_lint.dataflow import memory
from bpf_lint.dataflow.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.values import ANY, NONE, ONE, ZERO, Pointer, Value, join
from bpf_lint.model.place import Place

# A read that a function makes of memory it did not write: (base, offset, bits, whole range?).
Read = tuple[str, int, int, bool]


class Armed(NamedTuple):
    """A redirect whose verdict has not been returned yet.

    Args:
        place: The helper call, or the call of the thin wrapper around it.
        inside: True until a function that is no thin wrapper returns with it.
    """

    place: Place
    inside: bool = True


class State:
    """Registers, memory written so far, and the redirect that waits for its verdict.

    `armed` is None while the function has not redirected, else the redirect.
    """

    __slots__ = ("armed", "memory", "regs")

    def __init__(
        self, regs: dict[int, Value], mem: dict[str, Region], armed: Armed | None = None
    ) -> None:
        self.regs = regs
        self.memory = mem
        self.armed = armed

    def fork(self) -> State:
        """An independent copy; regions are shared until written."""
        return State(dict(self.regs), dict(self.memory), self.armed)


class Frame:
    """One activation: what is its own, and what it has read of its caller's memory.

    Args:
        own: Bases of the function's locals.
        outer: Answers a read of anything else; see `Read`.
        function: Name of the function that runs.
    """

    __slots__ = ("function", "outer", "own", "reads")

    def __init__(
        self, own: frozenset[str], outer: Callable[[Read], Value | Slice], function: str = ""
    ) -> None:
        self.own = own
        self.outer = outer
        self.function = function
        self.reads: dict[Read, Value | Slice] = {}

    def read(self, base: str, offset: int, bits: int) -> Value:
        """A scalar of memory that the function has not written."""
        key = (base, offset, bits, False)
        found = self.reads.get(key)
        if found is None:
            found = self.reads[key] = self.outer(key)
        return found  # type: ignore[return-value]

    def slice(self, base: str, offset: int, bits: int) -> Slice:
        """All cells of a range of memory that the function has not written."""
        key = (base, offset, bits, True)
        found = self.reads.get(key)
        if found is None:
            found = self.reads[key] = self.outer(key)
        return found  # type: ignore[return-value]

    def answer(self, state: State, key: Read) -> Value | Slice:
        """Answer a callee's read from the state at the call."""
        base, offset, bits, ranged = key
        if base[0] == "@":
            return ONE if self.runs(base[1:]) else ZERO
        if ranged:
            return self.take(state, base, offset, bits)
        if offset == memory.ANYWHERE:
            return self.load_anywhere(state, base, bits)
        return self.load(state, base, offset, bits)

    def runs(self, function: str) -> bool:
        """True where a function is being run; a read, as what a call does depends on it."""
        return function == self.function or self.read("@" + function, 0, 0) == ONE

    def load(self, state: State, base: str, offset: int, bits: int) -> Value:
        """The scalar at an address."""
        region = state.memory.get(base)
        if region is not None:
            found = memory.load(region, offset, bits)
            if found is not None:
                return found
        if base in self.own:
            return ANY
        return self.read(base, offset, bits)

    def load_anywhere(self, state: State, base: str, bits: int) -> Value:
        """The scalar at an unknown offset."""
        found = memory.anywhere(state.memory.get(base, EMPTY), bits)
        return found if base in self.own else join(found, self.read(base, memory.ANYWHERE, bits))

    def take(self, state: State, base: str, offset: int, bits: int) -> Slice:
        """The cells of a range."""
        region = state.memory.get(base)
        if base in self.own:
            return memory.take(region or EMPTY, offset, bits)
        if region is None or not (parts := memory.overlapping(region, offset, bits)):
            return self.slice(base, offset, bits)
        start, width, _ = parts[0]
        if len(parts) == 1 and start <= offset and start + width >= offset + bits:
            return memory.take(region, offset, bits)
        below = memory.paste(EMPTY, offset, bits, self.slice(base, offset, bits), fill=True)
        for start, width, value in parts:
            memory.erase(below, start, width)
            below[start] = (width, value)
        return memory.take(below, offset, bits)

    def store(self, state: State, target: Pointer, bits: int, value: Value) -> None:
        """Write a scalar to exactly one address."""
        region = state.memory.get(target.base, EMPTY)
        if target.offset is None:
            state.memory[target.base] = memory.weaken(region, value, bits)
        else:
            state.memory[target.base] = memory.store(region, target.offset, bits, value)

    def join(self, left: State, right: State) -> State:
        """A state that covers both."""
        regs = left.regs
        if regs is not right.regs:
            regs = dict(right.regs)
            for reg, value in left.regs.items():
                other = regs.get(reg)
                if other is None:
                    regs[reg] = value
                elif other is not value:
                    regs[reg] = join(value, other)
        mem = dict(right.memory)
        for base, region in left.memory.items():
            other_region = mem.get(base)
            if other_region is not region:
                mem[base] = self._join_region(base, region, other_region)
        for base, region in right.memory.items():
            if base not in left.memory:
                mem[base] = self._join_region(base, region, None)
        return State(regs, mem, left.armed)

    def _join_region(self, base: str, left: Region, right: Region | None) -> Region:
        own = base in self.own
        if right is None:
            if own:
                return left
            return {
                start: (width, join(value, self.read(base, start, width)))
                for start, (width, value) in left.items()
            }
        if memory.same_shape(left, right):
            return {
                start: cell
                if (other := right[start]) is cell
                else (cell[0], join(cell[1], other[1]))
                for start, cell in left.items()
            }
        result: Region = {}
        for start, width in self._pieces(left, right):
            first, second = memory.load(left, start, width), memory.load(right, start, width)
            if first is None and second is None:
                continue
            missing = NONE if own else None
            if first is None:
                first = missing if missing is not None else self.read(base, start, width)
            if second is None:
                second = missing if missing is not None else self.read(base, start, width)
            result[start] = (width, join(first, second))
        return result

    @staticmethod
    def _pieces(left: Region, right: Region) -> list[tuple[int, int]]:
        """Whole cells where the regions agree or only one has any, else their segments."""
        pieces = []
        covered = -(1 << 60)
        for start, width in memory.segments(left, right):
            if start < covered:
                continue
            a, b = left.get(start), right.get(start)
            cell = a or b
            if cell is not None:
                end = start + cell[0]
                other = right if a is not None else left
                same = a is not None and b is not None and a[0] == b[0]
                if same or not memory.overlapping(other, start, cell[0]):
                    pieces.append((start, cell[0]))
                    covered = end
                    continue
            pieces.append((start, width))
        return pieces
