"""Calls of functions of the unit: which they reach, and what they leave behind."""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.dataflow.domain import header, limits, protocol
from bpf_lint.dataflow.domain.atoms import ANY, Value, pointing
from bpf_lint.dataflow.domain.base import CONTEXT, Kind
from bpf_lint.dataflow.domain.classes import merge
from bpf_lint.dataflow.domain.state import Armed, State
from bpf_lint.dataflow.domain.values import convert, pointers
from bpf_lint.dataflow.engine import builtins
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Call
from bpf_lint.dataflow.engine.memo import Outcome, Result
from bpf_lint.dataflow.engine.refine import lvalue

# Functions of the compiler: unknown results, and memory behind pointers changes; nothing else.
_COMPILER = ("__builtin_", "__sync_", "__atomic_")


def call_named(
    activation: Context,
    instruction: ir.Call,
    name: str,
    arguments: tuple[Value, ...],
    state: State,
) -> list[State]:
    """The states after a call of a function of this name."""
    known = name in activation.environment.functions
    if not known and builtins.run(builtins.Made(activation, instruction, arguments, state), name):
        return [state]
    deep = activation.interpreter.depth >= limits.DEPTH
    if not known or deep or _runs_already(activation, instruction, name):
        if not name.startswith(_COMPILER):
            kind, text = _unfollowed(activation, instruction, name, deep)
            for tell in activation.observers.unfollowed:
                tell(activation, instruction, kind, text)
        for argument in arguments:
            activation.effects.havoc(argument, _width(instruction, name), state)
            if argument == pointing(CONTEXT):
                protocol.forget(state)
                if "frame" in activation.observers.follows:
                    header.forget(state)
        activation.give(instruction, ANY, state)
        return [state]
    for tell in activation.observers.called:
        tell(activation, instruction, name, arguments, state)
    outcome = activation.interpreter.call(
        activation.environment, name, arguments, activation.frame, state
    )
    return _apply(
        activation, outcome, Call(instruction.place, name, instruction.used), instruction, state
    )


def _unfollowed(
    activation: Context, instruction: ir.Call, name: str, deep: bool
) -> tuple[str, str]:
    """Why a call is not followed, and what is called; see `Observer.unfollowed`."""
    if name in activation.environment.functions:
        return ("depth" if deep else "recursion"), name
    if name:
        return ("external" if name in activation.environment.unit.wanted else "callee"), name
    if isinstance(instruction.pointer, ir.Opaque):
        return "pointer", instruction.pointer.reason
    return "pointer", "what a function pointer holds"


def _width(instruction: ir.Call, name: str) -> int:
    """Bits that an atomic operation changes; of anything else, 0 for all it can reach."""
    if not name.startswith(("__sync_", "__atomic_")):
        return 0
    return 64 if "bool" in name else instruction.bits


def _runs_already(activation: Context, instruction: ir.Call, name: str) -> bool:
    """True for recursion. Large cycles are cut at every call, or their orders were too many."""
    cycle = activation.environment.cycle(name)
    if cycle and len(cycle) > limits.CYCLE and activation.function.name in cycle:
        return True
    return bool(cycle or not instruction.callee) and activation.frame.runs(name)


def _apply(
    activation: Context,
    outcome: Outcome,
    link: Call,
    instruction: ir.Call,
    state: State,
) -> list[State]:
    """The states after a call with this outcome."""
    callee = activation.environment.functions[link.callee]
    thin = activation.interpreter.is_thin(callee)
    for event in outcome.events:
        wrapper = thin or (event.payload.stores and activation.interpreter.is_thin(callee, True))
        activation.effects.pass_on(event.called_from(link, wrapper), state)
    states = []
    last = len(outcome.results) - 1
    for position, result in enumerate(outcome.results):
        after = state if position == last else state.fork()
        for base, region in result.memory.items():
            below = after.memory.get(base)
            after.memory[base] = merge(below, region) if below else region
        if result.armed is not None:
            inside = thin and result.armed.inside
            place = instruction.place if inside else result.armed.place
            after.armed = Armed(place, inside, result.armed.absent)
        _narrow(activation, instruction, callee, result, after)
        activation.give(instruction, result.value, after)
        for at in pointers(result.value):  # a record, copied to where it was wanted
            if at.base.kind is Kind.LOCAL and at.base.owner == link.callee:
                after.memory.pop(at.base, None)
        states.append(after)
    return states


def _narrow(
    activation: Context, instruction: ir.Call, callee: ir.Function, result: Result, after: State
) -> None:
    """Leave of what was passed in registers what a function has found out about it."""
    flow = activation.interpreter.flow(callee)
    for (at, _), left in zip(flow.given, result.given, strict=bool(result.given)):
        passed = lvalue(instruction.arguments[at]) if at < len(instruction.arguments) else None
        if not isinstance(passed, ir.Reg) or passed.index not in after.regs:
            continue
        value = after.regs[passed.index]
        to = callee.parameters[at]
        if left != value and convert(value, to.bits, to.signed) == value:
            after.regs[passed.index] = left
