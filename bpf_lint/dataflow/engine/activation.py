"""One run of one function: a worklist of blocks in reverse postorder.

States that meet are joined per key (the redirect that waits for its verdict, the kind of
result), loops are widened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import partial

from bpf_lint import ir
from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import ANY, Value, pointing
from bpf_lint.dataflow.domain.base import local
from bpf_lint.dataflow.domain.classes import return_class
from bpf_lint.dataflow.domain.packet import outlined, told
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import convert, pointers
from bpf_lint.dataflow.engine.context import Caller
from bpf_lint.dataflow.engine.effects import Effects
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.evaluate import Evaluator
from bpf_lint.dataflow.engine.events import Unsettled
from bpf_lint.dataflow.engine.fixpoint import Fixpoint, Worklist
from bpf_lint.dataflow.engine.flow import Flow
from bpf_lint.dataflow.engine.instructions import RUN, call, test
from bpf_lint.dataflow.engine.memo import Outcome, Result
from bpf_lint.dataflow.engine.terminators import LEAVE

# What keeps states at one block apart.
StateKey = tuple[object, ...]
_NUMBERS = re.compile(r"([0-9]+)")


class Activation:
    """One run of one function."""

    def __init__(
        self,
        interpreter: Caller,
        environment: Environment,
        function: ir.Function,
        flow: Flow,
        frame: Frame,
    ) -> None:
        self.interpreter = interpreter
        self.environment = environment
        self.observers = interpreter.observers
        self.function = function
        self.frame = frame
        self.flow = flow
        loaded = tuple(partial(tell, self) for tell in self.observers.loaded)
        follows = self.observers.follows
        ordered = environment.ordered if "order" in follows else frozenset[str]()
        laid = "layout" in follows
        self.evaluator = Evaluator(function.name, environment, frame, loaded, ordered, laid)
        self.effects = Effects(function.name, frame, environment.fixed, "frame" in follows)
        self.returned: dict[tuple[object, ...], Result] = {}
        self._pending: dict[int, dict[StateKey, State]] = {}
        # States at the heads of loops, which are widened; other blocks meet each state once.
        self._heads: Fixpoint[tuple[int, StateKey], State] = Fixpoint(frame, limits.LOOP)
        self._blocks: Worklist[int] = Worklist(self.flow.rank.__getitem__)

    def run(self, arguments: Sequence[Value]) -> Outcome:
        """Interpret the body from its parameters to all of its returns."""
        self.enter(0, self._parameters(arguments))
        while self._blocks:
            block = self._blocks.pop()
            states = self._pending.pop(block, None)
            if states:
                self._run_block(block, list(states.values()))
        if self._heads.unsettled:
            self.effects.emit(self.function.place, Unsettled(f"a loop in {self.function.name}"))
        for tell in self.observers.left:
            tell(self)
        return Outcome(
            tuple(self.returned[key] for key in _in_order(self.returned)),
            tuple(self.effects.events.values()),
        )

    def _parameters(self, arguments: Sequence[Value]) -> State:
        state = State({}, {})
        for index, parameter in enumerate(self.function.parameters):
            value = arguments[index] if index < len(arguments) else ANY
            if parameter.reg >= 0:
                state.regs[parameter.reg] = convert(value, parameter.bits, parameter.signed)
            else:  # a record: the argument is the address of the caller's copy
                own = pointing(local(self.function.name, parameter.local))
                self.effects.copy(own, value, parameter.bits, self.function.place, state)
        return state

    def enter(self, block: int, state: State) -> None:
        """Queue a state at a block, joined with those that already wait there."""
        live = self.flow.live[block]
        if len(state.regs) > len(live):
            state = State(
                {r: v for r, v in state.regs.items() if r in live}, state.memory, state.armed
            )
        waiting = self._pending.setdefault(block, {})
        self._blocks.push(block)
        apart = block not in self.flow.merges and block not in self.flow.headers
        if apart and len(waiting) < limits.STATES:
            waiting[("path", len(waiting))] = state  # nothing to join with: keep paths apart
            return
        key = self._key(block, state)
        if block in self.flow.headers:
            grown = self._heads.arrive((block, key), state)
            if grown is not None:
                waiting[key] = grown
            return
        other = waiting.get(key)
        waiting[key] = state if other is None else self.frame.join(other, state)

    def _key(self, block: int, state: State) -> StateKey:
        """States with equal keys are joined: same redirect waiting, same kind of result."""
        telling = self.flow.telling[block]
        if len(self._pending[block]) >= limits.STATES:
            return (state.armed, outlined(told(state)))
        if not telling:
            return (state.armed, told(state))
        return (
            state.armed,
            told(state),
            *(return_class(state.regs[r]) if r in state.regs else None for r in telling),
        )

    def _run_block(self, index: int, states: list[State]) -> None:
        block = self.function.blocks[index]
        states = [state.fork() for state in states]
        for instruction in block.instructions:
            if type(instruction) is ir.Call:
                states = self._limit(
                    [s for state in states for s in call(self, instruction, state)]
                )
                if not states:
                    return
            elif type(instruction) is ir.Set and instruction.reg in self.flow.flags:
                states = self._limit(
                    [s for state in states for s in test(self, instruction, state)]
                )
            else:
                run = RUN[type(instruction)]
                for state in states:
                    run(self, instruction, state)
        leave = LEAVE[type(block.end)]
        for state in states:
            leave(self, index, block.end, state)

    def _limit(self, states: list[State]) -> list[State]:
        """Join states when there are too many."""
        if len(states) <= limits.STATES:
            return states
        by_key: dict[StateKey, State] = {}
        for state in states:
            key = (state.armed, outlined(told(state)))
            other = by_key.get(key)
            by_key[key] = state if other is None else self.frame.join(other, state)
        return [state.fork() for state in by_key.values()]

    def give(self, instruction: ir.Call, value: Value, state: State) -> None:
        """Put a call's result where the instruction wants it."""
        if instruction.result >= 0:
            bits, signed = self.function.reg_widths[instruction.result]
            state.regs[instruction.result] = convert(value, bits, signed) if bits < 64 else value
        elif instruction.result_address is not None:
            target = self.evaluator.value(instruction.result_address, state)
            if len(pointers(value)) == 1:
                self.effects.copy(target, value, instruction.bits, instruction.place, state)
            else:
                self.effects.havoc(target, instruction.bits, state)


def _in_order(keys: Collection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Keys in a total order, in which numbers are numbers: it stays where lines move."""
    return list(keys) if len(keys) < 2 else sorted(keys, key=_numbers_apart)


def _numbers_apart(key: tuple[object, ...]) -> list[str | int]:
    parts = _NUMBERS.split(repr(key))
    return [int(one) if at % 2 else one for at, one in enumerate(parts)]
