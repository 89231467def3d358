"""How states and returned values are put together: overlays, return classes, widening."""

from __future__ import annotations

from bpf_lint.dataflow import memory
from bpf_lint.dataflow.state import State
from bpf_lint.dataflow.values import (
    ANY,
    NEGATIVE,
    POSITIVE,
    Atom,
    Origin,
    Pointer,
    Value,
    exact,
    join,
    origin,
    pointer,
)


def merge(below: memory.Region | None, above: memory.Region) -> memory.Region:
    """A region with newer cells over it."""
    copy = dict(below or {})
    for start, (width, value) in above.items():
        if start < 0 and start in copy:  # writes somewhere do not undo earlier ones
            value = join(copy[start][1], value)
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


def vague(atom: Atom) -> Atom:
    """An address somewhere in its object; an origin without places."""
    if type(atom) is Pointer:
        return pointer(atom.base, None)
    assert type(atom) is Origin
    return origin(atom.symbol, atom.netns, narrow=atom.narrow, device=atom.device, zero=atom.zero)


def same(left: State, right: State) -> bool:
    """True where two states say the same."""
    return left.regs == right.regs and left.memory == right.memory


# Joins of one state before integers that still change become unknown, and places after that.
_WIDEN_AFTER = 3


def widen(known: State, joined: State, count: int) -> State:
    """A state that has grown `count` times: give up on what keeps changing, little by little.

    First integers become unknown, then offsets and the places of origins. What is left is
    finite: which origins and objects there are.
    """
    if count < _WIDEN_AFTER:
        return joined

    def settle(old: Value | None, new: Value) -> Value:
        if old is None or old == new:
            return new
        rest = (a for a in new if type(a) is Pointer or type(a) is Origin)
        return ANY | frozenset(rest if count <= 2 * _WIDEN_AFTER else map(vague, rest))

    regs = {reg: settle(known.regs.get(reg), value) for reg, value in joined.regs.items()}
    regions = {}
    for base, region in joined.memory.items():
        before = known.memory.get(base, {})
        regions[base] = {
            start: (width, settle(before.get(start, (0, None))[1], value))
            for start, (width, value) in region.items()
        }
    return State(regs, regions, joined.armed)
