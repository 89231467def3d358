"""Where a state goes at the end of a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpf_lint import ir
from bpf_lint.dataflow.domain import limits, packet, protocol
from bpf_lint.dataflow.domain.atoms import ANY, EITHER, NONE, ONE, ZERO, Value
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.classes import by_class, return_class
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import convert, join, pointers, truth
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.engine.refine import assume, case_values, lvalue, without, write_back
from bpf_lint.ir.shapes import is_truth, uncast


def _jump(activation: Context, block: int, end: ir.Jump, state: State) -> None:
    activation.enter(end.target, state)


def _branch(activation: Context, block: int, end: ir.Branch, state: State) -> None:
    value = activation.evaluator.value(end.condition, state)
    for tell in activation.observers.compared:
        tell(activation, end, state)
    can_hold, can_fail = truth(value)
    if can_hold and can_fail:
        taken = assume(activation.evaluator, state.fork(), end.condition, True)
        other = assume(activation.evaluator, state, end.condition, False)
    else:
        taken, other = (state, None) if can_hold else (None, state)
    for tell in activation.observers.branched:
        tell(activation, block, taken is not None, other is not None, value)
    if taken is not None:
        activation.enter(end.then, taken)
    if other is not None:
        activation.enter(end.otherwise, other)


def _switch(activation: Context, block: int, end: ir.Switch, state: State) -> None:
    value = activation.evaluator.value(end.value, state)
    if protocol.is_read(value):
        value = protocol.known(activation.frame, state, value)
    tested = lvalue(end.value)
    for low, high, target in end.cases:
        kept = case_values(value, low, high, True, 64)
        if kept:
            branch = state.fork()
            if kept != value:
                protocol.learn(activation.frame, branch, value, kept)
            if tested is not None:
                write_back(activation.evaluator, branch, tested, kept)
            activation.enter(target, branch)
    rest = without(value, [(low, high) for low, high, _ in end.cases])
    if rest:
        activation.enter(end.default, state)


def _return(activation: Context, block: int, end: ir.Return, state: State) -> None:
    value = NONE if end.value is None else activation.evaluator.value(end.value, state)
    if value == EITHER and end.value is not None and is_truth(uncast(end.value)):
        sides = [
            (result, assume(activation.evaluator, state.fork(), end.value, result is ONE))
            for result in (ONE, ZERO)
        ]
        kept = [(result, side) for result, side in sides if side is not None]
    else:
        kept = []
    for result, side in kept or [(value, state)]:
        _leave(activation, end, result, side)


def _leave(activation: Context, end: ir.Return, value: Value, state: State) -> None:
    for tell in activation.observers.returned:
        tell(activation, end, value, state)
    if activation.function.result_bits:
        value = convert(value, activation.function.result_bits, activation.function.result_signed)
    handed = {at.base for at in pointers(value)}  # a record returned by value
    own = activation.flow.own
    outer = {b: r for b, r in state.memory.items() if b not in own or b in handed}
    if PACKET in outer:
        outer[PACKET] = packet.at_return(outer[PACKET], own - handed)
    facts = packet.told(State({}, outer))
    given = tuple(state.regs.get(reg, ANY) for _, reg in activation.flow.given)
    if len(activation.returned) >= limits.STATES:
        facts = packet.outlined(facts)
    for part in by_class(value):
        key = (state.armed, facts, return_class(part))
        after = State({}, outer, state.armed)
        known = activation.returned.get(key)
        if known is None:
            activation.returned[key] = Result(part, outer, state.armed, end.place, given)
        else:
            joined = activation.frame.join(State({}, known.memory, known.armed), after)
            value_of, first = join(known.value, part), min(known.place, end.place)
            both = tuple(join(one, two) for one, two in zip(known.given, given, strict=True))
            activation.returned[key] = Result(value_of, joined.memory, state.armed, first, both)


def _trap(activation: Context, block: int, end: ir.Trap, state: State) -> None:
    """Nothing goes on from here."""


LEAVE: dict[type, Callable[[Context, int, Any, State], None]] = {
    ir.Jump: _jump,
    ir.Branch: _branch,
    ir.Switch: _switch,
    ir.Return: _return,
    ir.Trap: _trap,
}
