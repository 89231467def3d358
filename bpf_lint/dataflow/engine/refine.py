"""What a branch taken says about the values it tested."""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.dataflow.domain import limits, protocol
from bpf_lint.dataflow.domain.arithmetic import MIRRORED, NEGATED, compare
from bpf_lint.dataflow.domain.atoms import (
    NEGATIVE,
    NONZERO,
    POSITIVE,
    UNKNOWN,
    ZERO,
    Atom,
    Content,
    Value,
    is_absent,
    number,
)
from bpf_lint.dataflow.domain.base import CONTEXT, FRAME
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.tested import learn
from bpf_lint.dataflow.domain.values import elsewhere, exact, pattern, pointers
from bpf_lint.dataflow.engine.evaluate import Evaluator
from bpf_lint.ir.shapes import uncast
from bpf_lint.model.integers import wrap


def assume(evaluator: Evaluator, state: State, condition: ir.Expr, holds: bool) -> State | None:
    """The state in which `condition` holds (or not), None where that is impossible.

    The given state may be changed and returned.
    """
    op, tested, bound, signed, bits = _test(evaluator, state, condition, holds)
    if tested is None:
        sides = _equated(condition, holds)
        equal = state if sides is None else _equal(evaluator, state, *sides)
        return None if equal is None else _bits(evaluator, equal, condition, holds)
    value = evaluator.value(tested, state)
    if protocol.is_read(value):
        value = protocol.known(evaluator.frame, state, value)
    kept = keep(value, op, bound, signed, bits)
    if not kept:
        return None
    if kept != value:
        protocol.learn(evaluator.frame, state, value, kept)
        write_back(evaluator, state, tested, kept)
    return state


def _equated(condition: ir.Expr, holds: bool) -> tuple[ir.Binary, ir.Expr, ir.Expr] | None:
    """The comparison by which two sides are equal, and the sides; None where it is none."""
    said: ir.Expr = uncast(condition)
    while isinstance(said, ir.Unary) and said.op == "!":
        holds = not holds
        said = uncast(said.operand)
    if isinstance(said, ir.Binary) and said.op == ("==" if holds else "!="):
        return said, said.left, said.right
    return None


def _equal(
    evaluator: Evaluator, state: State, by: ir.Binary, left: ir.Expr, right: ir.Expr
) -> State | None:
    """The state in which two sides are equal: of each is left what the other can be, too."""
    values = evaluator.value(left, state), evaluator.value(right, state)
    if len(values[0]) * len(values[1]) > limits.PAIRS:
        return state
    kept = [_shared(one, other, by) for one, other in (values, values[::-1])]
    if not all(kept):
        return None
    for side, before, after in zip((left, right), values, kept, strict=True):
        tested = lvalue(side)
        if tested is not None and after != before:
            write_back(evaluator, state, tested, after)
    return state


def _shared(value: Value, other: Value, by: ir.Binary) -> Value:
    """What of a value can be equal to something of another.

    That two devices are the same for want of both is no path that is looked at.
    """
    return frozenset(
        atom
        for atom in value
        if any(
            compare("==", atom, one, by.signed, by.bits) is not False
            and not (atom is not one and is_absent(atom) and is_absent(one))
            for one in other
        )
    )


def _bits(evaluator: Evaluator, state: State, condition: ir.Expr, holds: bool) -> State:
    """The state in which bits of a member are set, or are not, where a condition is about them."""
    said: ir.Expr = uncast(condition)
    while True:
        if isinstance(said, ir.Unary) and said.op == "!":
            holds = not holds
            said = uncast(said.operand)
        elif (
            isinstance(said, ir.Binary)
            and said.op in ("==", "!=")
            and exact(evaluator.value(said.right, state)) == 0
        ):
            holds = holds == (said.op == "!=")
            said = uncast(said.left)
        else:
            break
    of = evaluator.bits_tested(said)
    if of is not None:
        load, bits = of
        at = evaluator.member(load, evaluator.value(load.address, state))
        if at is not None:
            found = frozenset([NONZERO]) if holds else ZERO
            learn(evaluator.frame, state, at, load.bits, bits, found)
    return state


def _test(
    evaluator: Evaluator, state: State, condition: ir.Expr, holds: bool
) -> tuple[str, ir.Expr | None, int, bool, int]:
    """A condition as `tested op bound`."""
    while True:
        if isinstance(condition, ir.Unary) and condition.op == "!":
            condition, holds = condition.operand, not holds
        elif isinstance(condition, ir.Cast) and condition.bits >= 32:
            condition = condition.operand
        elif isinstance(condition, ir.Binary) and condition.op in NEGATED:
            found = _comparison(evaluator, state, condition)
            if found is None:
                return "", None, 0, False, 0
            op, tested, bound = found
            if bound == 0 and op in ("==", "!=") and isinstance(tested, (ir.Unary, ir.Binary)):
                condition, holds = tested, holds if op == "!=" else not holds
                continue
            op = op if holds else NEGATED[op]
            return op, lvalue(tested), bound, condition.signed, condition.bits
        else:
            return "!=" if holds else "==", lvalue(condition), 0, False, 64


def _comparison(
    evaluator: Evaluator, state: State, condition: ir.Binary
) -> tuple[str, ir.Expr, int] | None:
    bound = exact(evaluator.value(condition.right, state))
    if bound is not None:
        return condition.op, condition.left, bound
    bound = exact(evaluator.value(condition.left, state))
    if bound is not None:
        return MIRRORED[condition.op], condition.right, bound
    return None


def lvalue(expression: ir.Expr) -> ir.Expr | None:
    """The register or memory cell behind an expression, if a test of it says all of it."""
    while isinstance(expression, ir.Cast) and expression.bits >= 32:
        expression = expression.operand
    if isinstance(expression, (ir.Reg, ir.Load)):
        return expression
    return None


def keep(value: Value, op: str, bound: int, signed: bool, bits: int = 64) -> Value:
    """The part of a value for which `value op bound` can hold."""
    kept: set[Atom] = set()
    for atom in value:
        outcome = compare(op, atom, bound, signed, bits)
        if outcome is False or (op == "==" and type(atom) is Content):
            continue  # a mark beside a content becomes the number
        if outcome is None and isinstance(atom, str):
            atom = _narrowed(atom, op, bound, signed, bits)
        kept.add(atom)
    return frozenset(kept)


def _narrowed(atom: Atom, op: str, bound: int, signed: bool, bits: int) -> Atom:
    """What an unknown number is once it compares so."""
    if op == "==":
        return wrap(bound, bits, signed)
    if op == "!=" and bound == 0 and atom is UNKNOWN:
        return NONZERO
    if atom in (UNKNOWN, NONZERO) and signed:
        if (op == "<" and bound <= 0) or (op == "<=" and bound < 0):
            return NEGATIVE
        if (op == ">" and bound >= 0) or (op == ">=" and bound > 0):
            return POSITIVE
    return atom


def write_back(evaluator: Evaluator, state: State, tested: ir.Expr, kept: Value) -> None:
    """Store a narrowed value where it was read, unless other programs can change it."""
    if isinstance(tested, ir.Reg):
        state.regs[tested.index] = kept
        return
    assert isinstance(tested, ir.Load)
    address = evaluator.value(tested.address, state)
    targets = pointers(address)
    # What was read is not at address 0, which the verifier would refuse.
    if len(targets) != 1 or elsewhere(address) or targets[0].offset is None:
        return
    target = targets[0]
    at = evaluator.member(tested, address)
    if at is not None:
        learn(evaluator.frame, state, at, tested.bits, 0, kept)
    assert target.offset is not None
    if target.base is CONTEXT and protocol.is_read(
        evaluator.frame.load(state, CONTEXT, target.offset, tested.bits)
    ):
        return  # it may be rewritten
    if target.base is FRAME:
        return  # only addresses are read, and nobody asks what a test says of these
    if target.base.own or target.base in evaluator.environment.constants:
        known = pattern(kept, tested.bits)
        if NONZERO in kept and UNKNOWN not in kept:  # of as many bits as are stored
            known = (known - {UNKNOWN}) | {NONZERO}
        evaluator.frame.store(state, target, tested.bits, known)


def case_values(value: Value, low: int, high: int, signed: bool, bits: int) -> Value:
    """The part of a switch value that a case takes."""
    if low == high:
        return keep(value, "==", low, signed, bits)
    return keep(keep(value, ">=", low, signed, bits), "<=", high, signed, bits)


def without(value: Value, taken: list[tuple[int, int]]) -> Value:
    """The part of a switch value that reaches the default."""
    return frozenset(
        a for a in value if type(a) is not int or not any(low <= a <= high for low, high in taken)
    )


__all__ = ["assume", "case_values", "keep", "lvalue", "number", "without", "write_back"]
