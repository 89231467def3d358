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
from bpf_lint.dataflow.environment import Environment
from bpf_lint.dataflow.evaluate import Evaluator
from bpf_lint.dataflow.events import Assign, Call, Event, MapStore, TailCall, Unknown, carried, scratch_of
from bpf_lint.dataflow.flow import Flow
from bpf_lint.dataflow.helpers import call_helper
from bpf_lint.dataflow.memo import Memo, Outcome, Result
from bpf_lint.dataflow.refine import assume, case_values, without, write_back
from bpf_lint.dataflow.state import Frame, Read, State
from bpf_lint.dataflow.values import (
    ANY,
    NEGATIVE,
    NONE,
    POSITIVE,
    UNKNOWN,
    ZERO,
    FunctionName,
    Pointer,
    Value,
    convert,
    exact,
    join,
    origins,
    pointers,
    truth,
)
from bpf_lint.model.place import Place

# Joins of one block before integers that still change become unknown.
_WIDEN_AFTER = 3
# States of one block that are kept apart inside a block, and at its end.
_STATES = 8
# Nested calls; deeper ones (recursion, hostile input) end as unknown callees.
_DEPTH = 48
# Visits of one block in one activation, against loops that never settle.
_VISITS = 64


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
        self.events: dict[tuple[object, ...], Event] = {}
        self.returned: dict[tuple[object, ...], Result] = {}
        self._pending: dict[int, dict[Place | None, State]] = {}
        self._met: dict[int, dict[Place | None, State]] = {}
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
            tuple(self.events.values()),
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
        if block in self.flow.headers:
            settled = self._meet_at_header(block, state)
            if settled is not None:
                waiting[state.armed] = settled
            return
        other = waiting.get(state.armed)
        waiting[state.armed] = state if other is None else self.frame.join(other, state)

    def _meet_at_header(self, block: int, state: State) -> State | None:
        """The joined state of a loop head, None where nothing new arrives."""
        met = self._met.setdefault(block, {})
        known = met.get(state.armed)
        if known is None:
            met[state.armed] = state
            return state
        joined = self.frame.join(known, state)
        if same(joined, known):
            return None
        self._visits[block] = count = self._visits.get(block, 0) + 1
        if count >= _WIDEN_AFTER:
            joined = widen(known, joined, hard=count > 2 * _WIDEN_AFTER)
        met[state.armed] = joined
        return joined if count < _VISITS else None

    def _run_block(self, index: int, states: list[State]) -> None:
        block = self.function.blocks[index]
        states = [state.fork() for state in states]
        for instruction in block.instructions:
            if type(instruction) is ir.Call:
                states = self._limit([s for state in states for s in self._call(instruction, state)])
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
        by_key: dict[Place | None, State] = {}
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
                self.emit(instruction.place, Assign(atom))
        self.write(
            self.evaluator.value(instruction.address, state),
            instruction.bits,
            value,
            instruction.place,
            state,
        )

    def write(
        self, address: Value, bits: int, value: Value, place: Place, state: State
    ) -> None:
        """Write a scalar to wherever `address` may point."""
        targets = pointers(address)
        strong = len(targets) == 1 and UNKNOWN not in address
        for target in targets:
            if target.base[0] in "MG":
                self.store_shared(target.base, target.offset, bits, value, place)
            elif strong or target.offset is None:
                self._spill(state, target)
                self.frame.store(state, target, bits, value)
            else:
                old = self.frame.load(state, target.base, target.offset, bits)
                self.frame.store(state, target, bits, old | value)

    def _spill(self, state: State, target: Pointer) -> None:
        """Before a write somewhere into outer memory, forget what it held."""
        if target.offset is None and target.base not in self.frame.own:
            region = state.memory.get(target.base, {})
            state.memory[target.base] = memory.paste(region, 0, 1 << 20, (), True)

    def store_shared(
        self, base: str, offset: int | None, bits: int, value: Value, place: Place
    ) -> None:
        """Tell of a write to a shared map, if it says anything about an ifindex."""
        if any(not isinstance(atom, (int, str, Pointer)) for atom in value):
            self.emit(place, MapStore(base, offset, bits, value))

    def _copy(self, instruction: ir.Copy, state: State) -> None:
        self.copy(
            self.evaluator.value(instruction.target, state),
            self.evaluator.value(instruction.source, state),
            instruction.bits,
            instruction.place,
            state,
        )

    def copy(self, target: Value, source: Value, bits: int, place: Place, state: State) -> None:
        """Copy `bits` between addresses."""
        sources = pointers(source)
        cells: memory.Slice = ()
        if len(sources) == 1 and sources[0].offset is not None and UNKNOWN not in source:
            cells = self.frame.take(state, sources[0].base, sources[0].offset, bits)
        for at in pointers(target):
            if at.base[0] in "MG":
                for start, width, value in cells:
                    offset = None if at.offset is None else at.offset + start
                    self.store_shared(at.base, offset, width, value, place)
                continue
            region = state.memory.get(at.base, {})
            if at.offset is None:
                self._spill(state, at)
                state.memory[at.base] = memory.weaken(state.memory.get(at.base, {}), ANY, 0)
            else:
                state.memory[at.base] = memory.paste(region, at.offset, bits, cells, True)

    def _clear(self, instruction: ir.Clear, state: State) -> None:
        value = ZERO if instruction.zero else ANY
        address = self.evaluator.value(instruction.address, state)
        for at in pointers(address):
            if at.base[0] in "MG":
                continue
            if not instruction.zero and at.base in self.frame.own and at.offset == 0:
                state.memory.pop(at.base, None)
            elif at.offset is None:
                self._spill(state, at)
                self.frame.store(state, at, instruction.bits, ANY)
            else:
                region = state.memory.get(at.base, {})
                state.memory[at.base] = memory.store(region, at.offset, instruction.bits, value)

    def _havoc(self, instruction: ir.Havoc, state: State) -> None:
        for reg in instruction.regs:
            state.regs[reg] = ANY
        for address, bits in instruction.addresses:
            self.havoc(self.evaluator.value(address, state), bits, state)

    def havoc(self, address: Value, bits: int, state: State) -> None:
        """Forget `bits` of memory at an address (0: to its end)."""
        for at in pointers(address):
            if at.base[0] in "MGPD":
                continue
            region = state.memory.get(at.base, {})
            offset = at.offset or 0
            state.memory[at.base] = memory.store(region, offset, bits or 1 << 20, ANY)

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
            kind = "recursion" if known else "callee"
            self.emit(instruction.place, Unknown(kind, name or "function pointer"))
            for argument in arguments:
                self.havoc(argument, 0, state)
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
            self._pass_on(event.called_from(call), state)
        states = []
        last = len(outcome.results) - 1
        for position, result in enumerate(outcome.results):
            after = state if position == last else state.fork()
            for base, region in result.memory.items():
                below = after.memory.get(base)
                after.memory[base] = merge(below, region) if below else region
            if result.armed is not None:
                after.armed = result.armed
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
                self.copy(target, value, instruction.bits, instruction.place, state)
            else:
                self.havoc(target, instruction.bits, state)

    def emit(self, place: Place, payload: object) -> None:
        """Tell the callers of something that happened here."""
        event = Event(place, self.function.name, payload)  # type: ignore[arg-type]
        self.events.setdefault((place, self.function.name, payload), event)

    def tail_call(self, place: Place, maps: tuple[str, ...], slot: Value, state: State) -> None:
        """Tell of a tail call, with the memory that it carries along."""
        self.emit(place, TailCall(maps, slot, scratch_of(state.memory), state.armed))

    def _pass_on(self, event: Event, state: State) -> None:
        payload = event.payload
        if isinstance(payload, TailCall):
            regions = {b: {o: (w, v) for o, w, v in cells} for b, cells in payload.scratch}
            for base, region in state.memory.items():
                if carried(base):
                    regions[base] = merge(region, regions[base]) if base in regions else region
            payload = payload._replace(
                scratch=scratch_of(regions), armed=payload.armed or state.armed
            )
            event = event._replace(payload=payload)
        self.events.setdefault((event.place, event.function, payload), event)

    # --- terminators ------------------------------------------------------------------------

    def _jump(self, block: int, end: ir.Jump, state: State) -> None:
        self._enter(end.target, state)

    def _branch(self, block: int, end: ir.Branch, state: State) -> None:
        can_hold, can_fail = truth(self.evaluator.value(end.condition, state))
        if can_hold and can_fail:
            taken = assume(self.evaluator, state.fork(), end.condition, True)
            other = assume(self.evaluator, state, end.condition, False)
        else:
            taken, other = (state, None) if can_hold else (None, state)
        self.interpreter.audit.branched(
            self.function, block, taken is not None, other is not None
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


def merge(below: memory.Region | None, above: memory.Region) -> memory.Region:
    """A region with newer cells over it."""
    copy = dict(below or {})
    for start, (width, value) in above.items():
        memory.erase(copy, start, width)
        copy[start] = (width, value)
    return copy


def by_class(value: Value) -> list[Value]:
    """A returned value in parts that callers test for."""
    if len(value) <= 1:
        return [value]
    return [value] if len(value) > 6 else sorted_parts(value)


def sorted_parts(value: Value) -> list[Value]:
    """Atoms grouped by return class, in a stable order."""
    groups: dict[object, set[object]] = {}
    for atom in value:
        groups.setdefault(return_class(frozenset([atom])), set()).add(atom)
    return [frozenset(groups[key]) for key in sorted(groups, key=repr)]  # type: ignore[arg-type]


def return_class(value: Value) -> object:
    """What a caller can tell a returned value apart by."""
    if not value:
        return "void"
    only = exact(value)
    if only is not None:
        return only if 0 <= only < 16 else ("negative" if only < 0 else "large")
    if all(a is NEGATIVE or (type(a) is int and a < 0) for a in value):
        return "negative"
    if all(type(a) is Pointer for a in value):
        return "pointer"
    if all(a is POSITIVE or (type(a) is int and a >= 16) for a in value):
        return "large"
    return "other"


def same(left: State, right: State) -> bool:
    """True where two states say the same."""
    return left.regs == right.regs and left.memory == right.memory


def widen(known: State, joined: State, hard: bool) -> State:
    """Give up on integers that keep changing; `hard`: on every value that does."""

    def settle(old: Value | None, new: Value) -> Value:
        if old is None or old == new:
            return new
        if hard:
            return ANY
        rest = frozenset(a for a in new if type(a) is not int)
        return rest | ANY

    regs = {reg: settle(known.regs.get(reg), value) for reg, value in joined.regs.items()}
    regions = {}
    for base, region in joined.memory.items():
        before = known.memory.get(base, {})
        regions[base] = {
            start: (width, settle(before.get(start, (0, None))[1], value))  # type: ignore[arg-type]
            for start, (width, value) in region.items()
        }
    return State(regs, regions, joined.armed)


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
