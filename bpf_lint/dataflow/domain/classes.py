"""How memory is laid over memory, and returned values are told apart by class."""

from __future__ import annotations

from bpf_lint.dataflow.domain import limits, memory
from bpf_lint.dataflow.domain.atoms import NEGATIVE, POSITIVE, Pointer, Value
from bpf_lint.dataflow.domain.values import exact, join


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
    return [value] if len(value) > limits.RETURNED else sorted_parts(value)


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
        return only if 0 <= only < limits.RESULTS else ("negative" if only < 0 else "large")
    if all(a is NEGATIVE or (type(a) is int and a < 0) for a in value):
        return "negative"
    if all(type(a) is Pointer for a in value):
        return "pointer"
    if all(a is POSITIVE or (type(a) is int and a >= limits.RESULTS) for a in value):
        return "large"
    return "other"
