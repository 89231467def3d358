"""The abstract state of one path through one function, over what its caller left in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from bpf_lint.dataflow.domain import limits, memory
from bpf_lint.dataflow.domain.atoms import ANY, NONE, ONE, ZERO, Pointer, Value
from bpf_lint.dataflow.domain.base import Base, Kind, running
from bpf_lint.dataflow.domain.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.domain.values import join, leq, widen
from bpf_lint.model.place import Place

# A read that a function makes of memory it did not write: (base, offset, bits, whole range?).
Read = tuple[Base, int, int, bool]


class Armed(NamedTuple):
    """A redirect whose verdict has not been returned yet.

    Args:
        place: The helper call, or the call of the thin wrapper around it.
        inside: True until a function that is no thin wrapper returns with it.
        absent: True where nothing waits, because the map that was asked has no such key.
    """

    place: Place
    inside: bool = True
    absent: bool = False


def waits(armed: Armed | None) -> bool:
    """True for a redirect that the verdict carries out."""
    return armed is not None and not armed.absent


class State:
    """Registers, memory written so far, and the redirect that waits for its verdict.

    `armed` is None while the function has not redirected, else the redirect.
    """

    __slots__ = ("armed", "memory", "regs")

    def __init__(
        self, regs: dict[int, Value], mem: dict[Base, Region], armed: Armed | None = None
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
        self, own: frozenset[Base], outer: Callable[[Read], Value | Slice], function: str = ""
    ) -> None:
        self.own = own
        self.outer = outer
        self.function = function
        self.reads: dict[Read, Value | Slice] = {}

    def read(self, base: Base, offset: int, bits: int) -> Value:
        """A scalar of memory that the function has not written."""
        key = (base, offset, bits, False)
        found = self.reads.get(key)
        if found is None:
            found = self.reads[key] = self.outer(key)
        return found  # type: ignore[return-value]

    def slice(self, base: Base, offset: int, bits: int) -> Slice:
        """All cells of a range of memory that the function has not written."""
        key = (base, offset, bits, True)
        found = self.reads.get(key)
        if found is None:
            found = self.reads[key] = self.outer(key)
        return found  # type: ignore[return-value]

    def answer(self, state: State, key: Read) -> Value | Slice:
        """Answer a callee's read from the state at the call."""
        base, offset, bits, ranged = key
        if base.kind is Kind.RUNNING:
            return ONE if self.runs(base.name) else ZERO
        if ranged:
            return self.take(state, base, offset, bits)
        if offset == memory.ANYWHERE:
            return self.load_anywhere(state, base, bits)
        return self.load(state, base, offset, bits)

    def runs(self, function: str) -> bool:
        """True where a function is being run; a read, as what a call does depends on it."""
        return function == self.function or self.read(running(function), 0, 0) == ONE

    def load(self, state: State, base: Base, offset: int, bits: int) -> Value:
        """The scalar at an address."""
        region = state.memory.get(base)
        if region is not None:
            found = memory.load(region, offset, bits)
            if found is not None:
                return found
        if base in self.own:
            return ANY
        return self.read(base, offset, bits)

    def load_anywhere(self, state: State, base: Base, bits: int) -> Value:
        """The scalar at an unknown offset."""
        found = memory.anywhere(state.memory.get(base, EMPTY), bits)
        return found if base in self.own else join(found, self.read(base, memory.ANYWHERE, bits))

    def take(self, state: State, base: Base, offset: int, bits: int) -> Slice:
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

    def leq(self, left: State, right: State) -> bool:
        """The order of states: register by register and cell by cell.

        A register or a cell of a local that a state does not have is nothing, the bottom; any
        other cell is as the caller left it.
        """
        if left.regs != right.regs:
            for reg, value in left.regs.items():
                if not leq(value, right.regs.get(reg, NONE)):
                    return False
        if left.memory == right.memory:
            return True
        return all(
            memory.leq(
                left.memory.get(base, EMPTY),
                right.memory.get(base, EMPTY),
                _nothing if base in self.own else partial(self.read, base),
            )
            for base in left.memory.keys() | right.memory.keys()
        )

    def widen(self, known: State, joined: State, count: int) -> State:
        """A state that has grown `count` times: give up on what keeps changing, little by little.

        First integers become unknown, then offsets and the places of origins. What is left is
        finite: which origins and objects there are.
        """
        if count < limits.WIDEN_LOOP:
            return joined
        far = count > 2 * limits.WIDEN_LOOP
        regs = {reg: widen(known.regs.get(reg), value, far) for reg, value in joined.regs.items()}
        regions = {
            base: memory.widen(known.memory.get(base, EMPTY), region, far)
            for base, region in joined.memory.items()
        }
        return State(regs, regions, joined.armed)

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

    def _join_region(self, base: Base, left: Region, right: Region | None) -> Region:
        own = base in self.own
        if right is None:
            if own:
                return left
            return {
                start: (width, join(value, self.read(base, start, width)))
                for start, (width, value) in left.items()
            }
        missing = _nothing if own else partial(self.read, base)
        return memory.join(left, right, missing)


def _nothing(start: int, width: int) -> Value:
    """What a local holds that a path has not written."""
    return NONE
