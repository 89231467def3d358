"""A helper call, and what all kinds of helpers need to know about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from bpf_lint.config.effects import ProgramType
from bpf_lint.dataflow.domain.atoms import ANY, NEGATIVE, POSITIVE, UNKNOWN, Atom, Value
from bpf_lint.dataflow.domain.base import HOOK
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.environment import HelperModel

Transfer = Callable[[HelperCall, Any], list[State]]


def argument(model: HelperModel, name: str, arguments: tuple[Value, ...]) -> Value:
    """The argument for a parameter the effect names; UNKNOWN where it is missing."""
    position = model.position(name)
    return arguments[position] if 0 <= position < len(arguments) else ANY


def results(model: HelperModel) -> Value:
    """What the helper can return, by its `returns`."""
    marks: dict[int | str, Atom] = {
        "negative": NEGATIVE,
        "positive": POSITIVE,
        "unknown": UNKNOWN,
        "pointer": UNKNOWN,
    }
    return frozenset(marks.get(item, item) for item in model.data.returns)


def plain(made: HelperCall, effect: object = None) -> list[State]:
    """A helper that does nothing but return something."""
    activation, call, model, _, state = made
    activation.give(call, results(model), state)
    return [state]


def program_type(activation: Context) -> ProgramType:
    """The program type of the run, read as a fact of the hook so that the memo knows."""
    (name,) = activation.frame.read(HOOK, 0, 0) or (UNKNOWN,)
    return cast(ProgramType, name)


__all__ = ["HelperCall", "Transfer", "argument", "plain", "program_type", "results"]
