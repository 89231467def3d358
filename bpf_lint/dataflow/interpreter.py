"""Abstract interpretation of functions, each call in its context, memoized by what it reads.

A function runs over a worklist of blocks in reverse postorder. States that meet are joined
per key (the redirect that waits for its verdict), loops are widened. A call runs the callee
with a fresh frame; what it read of its caller's memory becomes a path in a trie, so a later
call that reads the same values replays the result (see `memo`).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from bpf_lint import ir
from bpf_lint.dataflow import memory
from bpf_lint.dataflow.audit import Audit
from bpf_lint.dataflow.effects import Effects
from bpf_lint.dataflow.environment import Environment
from bpf_lint.dataflow.evaluate import Evaluator
from bpf_lint.dataflow.events import Assign, Call, Unknown
from bpf_lint.dataflow.flow import Flow
from bpf_lint.dataflow.helpers import call_helper
from bpf_lint.dataflow.joining import by_class, merge, return_class, same, widen
from bpf_lint.dataflow.memo import Memo, Outcome, Result
from bpf_lint.dataflow.refine import assume, case_values, without, write_back
from bpf_lint.dataflow.state import Armed, Frame, Read, State
from bpf_lint.dataflow.values import (
    ANY,
    NONE,
    ZERO,
    FunctionName,
    Value,
    convert,
    join,
    origins,
    pointers,
    truth,
)
from bpf_lint.ir.wrappers import is_thin

# Joins of one block before integers that still change become unknown.
_WIDEN_AFTER = 3
# States of one block that are kept apart inside a block, and at its end.
_STATES = 8
# Nested calls; deeper ones (recursion, hostile input) end as unknown callees.
_DEPTH = 48
# Visits of one block in one activation, against loops that never settle.
_VISITS = 64


# Functions of the compiler: unknown results, and memory behind pointers changes; nothing else.
_COMPILER = ("__builtin_", "__sync_", "__atomic_")


# What keeps states at one block apart.
Key = tuple[object, ...]


class Interpreter:
    """Runs functions of any unit; one per process, so that the memo is shared."""

    def __init__(self, audit: Audit) -> None:
        self.memo = Memo()
        self.audit = audit
        self._flows: dict[str, Flow] = {}
        self.depth = 0
        self.active: set[str] = set()

    def flow(self, function: ir.Function) -> Flow:
        """Control-flow facts of a function, made once for each content key."""
        found = self._flows.get(function.key)
        if found is None:
            found = self._flows[function.key] = Flow(function)
        return found

    def call(
        self,
        environment: Environment,
        name: str,
        arguments: tuple[Value, ...],
        outer: Frame,
        state: State,
    ) -> Outcome:
        """The outcome of a call of a function of the unit, from the memo or by running it."""
        key = (environment.deep_key(name), arguments)

        def answer(read: Read) -> Value | memory.Slice:
            return outer.answer(state, read)

        outcome = self.memo.find(key, answer)
        if outcome is None:
            function = environment.functions[name]
            frame = Frame(self.flow(function).own, answer)
            self.depth += 1
            self.active.add(name)
            try:
                outcome = Activation(self, environment, function, frame).run(arguments)
            finally:
                self.depth -= 1
                self.active.discard(name)
            self.memo.add(key, frame.reads, outcome)
        return outcome


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
        self.effects = Effects(function.name, frame)
        self.returned: dict[tuple[object, ...], Result] = {}
        self._pending: dict[int, dict[Key, State]] = {}
        self._met: dict[int, dict[Key, State]] = {}
        self._visits: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def run(self, arguments: Sequence[Value]) -> Outcome:
        """Interpret the body from its parameters to all of its returns."""
        self._enter(0, self._parameters(arguments))
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
            elif parameter.local:
                base = f"L:{self.function.name}:{parameter.local}"
                found = pointers(value)
                if parameter.bits > 64 and len(found) == 1 and found[0].offset is not None:
                    cells = self.frame.slice(found[0].base, found[0].offset, parameter.bits)
                    state.memory[base] = memory.paste({}, 0, parameter.bits, cells, True)
                else:
                    state.memory[base] = {0: (parameter.bits, value)}
        return state

    # --- blocks ---------------------------------------------------------------------------

    def _enter(self, block: int, state: State) -> None:
        """Queue a state at a block, joined with those that already wait there."""
        live = self.flow.live[block]
        if len(state.regs) > len(live):
            state = State(
                {r: v for r, v in state.regs.items() if r in live}, state.memory, state.armed
            )
        waiting = self._pending.setdefault(block, {})
        if not waiting:
            heapq.heappush(self._heap, (self.flow.rank[block], block))
        if block not in self.flow.merges and len(waiting) < _STATES:
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
            return (state.armed,)
        return (
            state.armed,
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
        self._visits[block] = count = self._visits.get(block, 0) + 1
        if count >= _WIDEN_AFTER:
            joined = widen(known, joined, hard=count > 2 * _WIDEN_AFTER)
        met[key] = joined
        return joined if count < _VISITS else None

    def _run_block(self, index: int, states: list[State]) -> None:
        block = self.function.blocks[index]
        states = [state.fork() for state in states]
        for instruction in block.instructions:
            if type(instruction) is ir.Call:
                states = self._limit(
                    [s for state in states for s in self._call(instruction, state)]
                )
                if not states:
                    return
            else:
                run = _RUN[type(instruction)]
                for state in states:
                    run(self, instruction, state)
        leave = _LEAVE[type(block.end)]
        for state in states:
            leave(self, index, block.end, state)

    def _limit(self, states: list[State]) -> list[State]:
        """Join states when there are too many."""
        if len(states) <= _STATES:
            return states
        by_key: dict[Armed | None, State] = {}
        for state in states:
            other = by_key.get(state.armed)
            by_key[state.armed] = state if other is None else self.frame.join(other, state)
        return [state.fork() for state in by_key.values()]

    # --- instructions ---------------------------------------------------------------------

    def _set(self, instruction: ir.Set, state: State) -> None:
        value = self.evaluator.value(instruction.value, state)
        bits, signed = self.function.reg_widths[instruction.reg]
        state.regs[instruction.reg] = convert(value, bits, signed) if bits < 64 else value

    def _store(self, instruction: ir.Store, state: State) -> None:
        value = self.evaluator.value(instruction.value, state)
        if instruction.bits < 64:
            value = convert(value, instruction.bits, False)
        if instruction.bits >= 16:
            for atom in origins(value):
                self.effects.emit(instruction.place, Assign(atom))
        self.effects.write(
            self.evaluator.value(instruction.address, state),
            instruction.bits,
            value,
            instruction.place,
            state,
        )

    def _copy(self, instruction: ir.Copy, state: State) -> None:
        self.effects.copy(
            self.evaluator.value(instruction.target, state),
            self.evaluator.value(instruction.source, state),
            instruction.bits,
            instruction.place,
            state,
        )

    def _clear(self, instruction: ir.Clear, state: State) -> None:
        value = ZERO if instruction.zero else ANY
        address = self.evaluator.value(instruction.address, state)
        for at in pointers(address):
            if at.base[0] in "MG":
                continue
            if not instruction.zero and at.base in self.frame.own and at.offset == 0:
                state.memory.pop(at.base, None)
            elif at.offset is None:
                self.effects.spill(state, at)
                self.frame.store(state, at, instruction.bits, ANY)
            else:
                region = state.memory.get(at.base, {})
                state.memory[at.base] = memory.store(region, at.offset, instruction.bits, value)

    def _havoc(self, instruction: ir.Havoc, state: State) -> None:
        for reg in instruction.regs:
            state.regs[reg] = ANY
        for address, bits in instruction.addresses:
            self.effects.havoc(self.evaluator.value(address, state), bits, state)

    # --- calls ------------------------------------------------------------------------------

    def _call(self, instruction: ir.Call, state: State) -> list[State]:
        arguments = tuple(self.evaluator.value(a, state) for a in instruction.arguments)
        if instruction.helper >= 0:
            return call_helper(self, instruction, arguments, state)
        names = [instruction.callee]
        if not instruction.callee:
            names = self._pointed(instruction, state)
        results: list[State] = []
        for name in names:
            branch = state if len(names) == 1 else state.fork()
            results += self.call_named(instruction, name, arguments, branch)
        return results

    def _pointed(self, instruction: ir.Call, state: State) -> list[str]:
        if instruction.pointer is None:
            return [""]
        value = self.evaluator.value(instruction.pointer, state)
        return sorted(a for a in value if isinstance(a, FunctionName)) or [""]

    def call_named(
        self, instruction: ir.Call, name: str, arguments: tuple[Value, ...], state: State
    ) -> list[State]:
        known = name in self.environment.functions
        recursive = name in self.interpreter.active
        if not known or recursive or self.interpreter.depth >= _DEPTH:
            if not name.startswith(_COMPILER):
                kind = "recursion" if known else "callee"
                self.effects.emit(instruction.place, Unknown(kind, name or "function pointer"))
            for argument in arguments:
                self.effects.havoc(argument, 0, state)
            self.give(instruction, ANY, state)
            return [state]
        self.interpreter.audit.called(self.function, name)
        outcome = self.interpreter.call(self.environment, name, arguments, self.frame, state)
        return self.apply(outcome, Call(instruction.place, name), instruction, state)

    def apply(
        self, outcome: Outcome, call: Call, instruction: ir.Call, state: State
    ) -> list[State]:
        """The states after a call with this outcome."""
        for event in outcome.events:
            self.effects.pass_on(event.called_from(call), state)
        states = []
        thin = is_thin(self.environment.functions.get(call.callee))
        last = len(outcome.results) - 1
        for position, result in enumerate(outcome.results):
            after = state if position == last else state.fork()
            for base, region in result.memory.items():
                below = after.memory.get(base)
                after.memory[base] = merge(below, region) if below else region
            if result.armed is not None:
                inside = thin and result.armed.inside
                place = instruction.place if inside else result.armed.place
                after.armed = Armed(place, inside)
            self.give(instruction, result.value, after)
            states.append(after)
        return states

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

    # --- terminators ------------------------------------------------------------------------

    def _jump(self, block: int, end: ir.Jump, state: State) -> None:
        self._enter(end.target, state)

    def _branch(self, block: int, end: ir.Branch, state: State) -> None:
        value = self.evaluator.value(end.condition, state)
        can_hold, can_fail = truth(value)
        if can_hold and can_fail:
            taken = assume(self.evaluator, state.fork(), end.condition, True)
            other = assume(self.evaluator, state, end.condition, False)
        else:
            taken, other = (state, None) if can_hold else (None, state)
        self.interpreter.audit.branched(
            self.function, block, taken is not None, other is not None, value
        )
        if taken is not None:
            self._enter(end.then, taken)
        if other is not None:
            self._enter(end.otherwise, other)

    def _switch(self, block: int, end: ir.Switch, state: State) -> None:
        value = self.evaluator.value(end.value, state)
        tested = end.value
        while isinstance(tested, ir.Cast):
            tested = tested.operand
        for low, high, target in end.cases:
            kept = case_values(value, low, high, False, 64)
            if kept:
                branch = state.fork()
                if isinstance(tested, (ir.Reg, ir.Load)):
                    write_back(self.evaluator, branch, tested, kept)
                self._enter(target, branch)
        rest = without(value, [(low, high) for low, high, _ in end.cases])
        if rest:
            self._enter(end.default, state)

    def _return(self, block: int, end: ir.Return, state: State) -> None:
        value = NONE if end.value is None else self.evaluator.value(end.value, state)
        if self.function.result_bits:
            value = convert(value, self.function.result_bits, self.function.result_signed)
        outer = {b: r for b, r in state.memory.items() if b not in self.flow.own}
        for part in by_class(value):
            key = (state.armed, return_class(part))
            after = State({}, outer, state.armed)
            known = self.returned.get(key)
            if known is None:
                self.returned[key] = Result(part, outer, state.armed)
            else:
                joined = self.frame.join(State({}, known.memory, known.armed), after)
                self.returned[key] = Result(join(known.value, part), joined.memory, state.armed)

    def _trap(self, block: int, end: ir.Trap, state: State) -> None:
        self.interpreter.audit.trapped(self.function)


_RUN = {
    ir.Set: Activation._set,
    ir.Store: Activation._store,
    ir.Copy: Activation._copy,
    ir.Clear: Activation._clear,
    ir.Havoc: Activation._havoc,
}
_LEAVE = {
    ir.Jump: Activation._jump,
    ir.Branch: Activation._branch,
    ir.Switch: Activation._switch,
    ir.Return: Activation._return,
    ir.Trap: Activation._trap,
}
