"""Tests of a number that a redirect may be given: which device it is was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bpf_lint import ir
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import (
    SKB_NETNS,
    ZERO,
    Origin,
    Value,
    origins,
    pointers,
)
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.fib_use import comparisons
from bpf_lint.dataflow.observers.kind import Whole
from bpf_lint.model.place import Place


class NumberTest(Payload, frozen=True):
    """A number was compared with another, or looked up in a map.

    Args:
        symbol, place: Where it came from; see `Origin`.
    """

    kind: ClassVar[str] = "number_test"
    symbol: str
    place: Place


def tell_compared(activation: Context, branch: ir.Branch, state: State) -> None:
    """Tell of comparisons with another number than 0 and that of skb->dev.

    What is not the packet's own device, or not 0, can still be any device.
    """
    for one in comparisons(branch.condition):
        left = activation.evaluator.value(one.left, state)
        right = activation.evaluator.value(one.right, state)
        for number, other in ((left, right), (right, left)):
            if other != ZERO and not _is_own(other):
                _tell(activation, branch.place, number)


def tell_looked_up(made: HelperCall, effect: MapLookupEffect) -> None:
    """Tell of numbers in the key of a lookup."""
    activation, call, model, arguments, state = made
    key = argument(model, effect.key, arguments)
    for at in pointers(argument(model, effect.map, arguments)):
        bits = activation.environment.key_bits_of(at.base)
        for cells in activation.effects.taken(key, bits, state) if bits else ():
            for _, _, value in cells:
                _tell(activation, call.place, value)


class NumberTests:
    """The numbers of one system that some program tests."""

    def __init__(self, whole: Whole) -> None:
        self._tested = {(p.symbol, p.place) for p in _tests(whole)}

    def has(self, atom: Origin) -> bool:
        """True where a test asks for this number."""
        return (atom.symbol, atom.place) in self._tested


def _tests(whole: Whole) -> Iterator[NumberTest]:
    return (p for p in whole.payloads() if isinstance(p, NumberTest))


def _is_own(value: Value) -> bool:
    """True for what can only be the number of skb->dev, as the context has it."""
    return bool(value) and all(
        type(atom) is Origin
        and atom.netns == SKB_NETNS
        and atom.via is None
        and "." in atom.symbol  # a member's
        for atom in value
    )


def _tell(activation: Context, place: Place, value: Value) -> None:
    for atom in origins(value):
        activation.effects.emit(place, NumberTest(atom.symbol, atom.place))
