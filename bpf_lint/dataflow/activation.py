"""One run of one function: a worklist of blocks in reverse postorder.

States that meet are joined per key (the redirect that waits for its verdict, the kind of
result), loops are widened.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpf_lint import ir
from bpf_lint.dataflow.effects import Effects
from bpf_lint.dataflow.environment import Environment
from bpf_lint.dataflow.evaluate import Evaluator
from bpf_lint.dataflow.events import Unknown
from bpf_lint.dataflow.instructions import RUN, call, test
from bpf_lint.dataflow.joining import return_class, same, widen
from bpf_lint.dataflow.memo import Outcome, Result
from bpf_lint.dataflow.path import told
from bpf_lint.dataflow.state import Frame, State
from bpf_lint.dataflow.terminators import LEAVE
from bpf_lint.dataflow.values import ANY, Value, convert, pointers, pointing

if TYPE_CHECKING:
    from bpf_lint.dataflow.interpreter import Interpreter

# States of one block that are kept apart inside a block, and at its end.
_STATES = 8
# Times that a state grows at a loop head; widening ends earlier, so this is never met.
_VISITS = 64

# What keeps states at one block apart.
Key = tuple[object, ...]


class Activation:
    """One run of one function."""

    def __init__(
        self,
        interpreter: Interpreter,
        environment: Environment,
        function: ir.Function,
        frame: Frame,
    ) -> None:
        self.interpreter = interpreter
        self.environment = environment
        self.function = function
        self.frame = frame
        self.flow = interpreter.flow(function)
        self.evaluator = Evaluator(function.name, environment, frame)
        self.effects = Effects(function.name, frame, environment.fixed)
        self.returned: dict[tuple[object, ...], Result] = {}
        self._pending: dict[int, dict[Key, State]] = {}
        self._met: dict[int, dict[Key, State]] = {}
        self._visits: dict[tuple[int, Key], int] = {}
        self._heap: list[tuple[int, int]] = []

    def run(self, arguments: Sequence[Value]) -> Outcome:
        """Interpret the body from its parameters to all of its returns."""
        self.enter(0, self._parameters(arguments))
        while self._heap:
            _, block = heapq.heappop(self._heap)
            states = self._pending.pop(block, None)
            if states:
                self._run_block(block, list(states.values()))
        self.interpreter.audit.left(self.function, bool(self.returned))
        return Outcome(
            tuple(self.returned[key] for key in sorted(self.returned, key=repr)),
            tuple(self.effects.events.values()),
        )

    def _parameters(self, arguments: Sequence[Value]) -> State:
        state = State({}, {})
        for index, parameter in enumerate(self.function.parameters):
            value = arguments[index] if index < len(arguments) else ANY
            if parameter.reg >= 0:
                state.regs[parameter.reg] = convert(value, parameter.bits, parameter.signed)
            else:  # a record: the argument is the address of the caller's copy
                own = pointing(f"L:{self.function.name}:{parameter.local}")
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
        if not waiting:
            heapq.heappush(self._heap, (self.flow.rank[block], block))
        apart = block not in self.flow.merges and block not in self.flow.headers
        if apart and len(waiting) < _STATES:
            waiting[("path", len(waiting))] = state  # nothing to join with: keep paths apart
            return
        key = self._key(block, state)
        if block in self.flow.headers:
            settled = self._meet_at_header(block, key, state)
            if settled is not None:
                waiting[key] = settled
            return
        other = waiting.get(key)
        waiting[key] = state if other is None else self.frame.join(other, state)

    def _key(self, block: int, state: State) -> Key:
        """States with equal keys are joined: same redirect waiting, same kind of result."""
        telling = self.flow.telling[block]
        if not telling or len(self._pending[block]) >= _STATES:
            return (state.armed, told(state))
        return (
            state.armed,
            told(state),
            *(return_class(state.regs[r]) if r in state.regs else None for r in telling),
        )

    def _meet_at_header(self, block: int, key: Key, state: State) -> State | None:
        """The joined state of a loop head, None where nothing new arrives."""
        met = self._met.setdefault(block, {})
        known = met.get(key)
        if known is None:
            met[key] = state
            return state
        joined = self.frame.join(known, state)
        if same(joined, known):
            return None
        self._visits[block, key] = count = self._visits.get((block, key), 0) + 1
        joined = widen(known, joined, count)
        if same(joined, known):
            return None
        if count >= _VISITS:
            place = self.function.place
            self.effects.emit(place, Unknown("loop", f"in {self.function.name}: not settled"))
            return None
        met[key] = joined
        return joined

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
        if len(states) <= _STATES:
            return states
        by_key: dict[Key, State] = {}
        for state in states:
            key = (state.armed, told(state))
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
