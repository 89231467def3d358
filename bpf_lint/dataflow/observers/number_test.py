"""Tests of a number that a redirect may be given: which device it is was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bpf_lint import ir
from bpf_lint.config.effects import FibLookupEffect, RedirectEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.atoms import SKB_NETNS, ZERO, Content, Origin, Value, number
from bpf_lint.dataflow.domain.base import CONTEXT
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact, origins, pointers
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.engine.fibhelpers import member
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.fib_use import comparisons
from bpf_lint.dataflow.observers.kind import Whole
from bpf_lint.ir.shapes import successors, uncast
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import NOWHERE, Place


class NumberTest(Payload, frozen=True):
    """A number was compared with another, looked up in a map, or asked for by itself.

    Args:
        symbol, place: Where it came from; see `Origin`. Of a number of the context that is no
            device's, the symbol is its offset there, and the place is `NOWHERE`.
    """

    kind: ClassVar[str] = "number_test"
    symbol: str
    place: Place


def tell_compared(activation: Context, branch: ir.Branch, state: State) -> None:
    """Tell of comparisons with another number than 0 and that of skb->dev.

    What is not the packet's own device, or not 0, can still be any device; where only what is the
    packet's own goes on to a redirect, it is that.
    """
    for one in comparisons(branch.condition):
        left = activation.evaluator.value(one.left, state)
        right = activation.evaluator.value(one.right, state)
        for tested, other in ((left, right), (right, left)):
            if other != ZERO and (not _is_own(other) or _only_equal_redirects(activation, branch)):
                _tell(activation, branch.place, tested)


def tell_looked_up(made: HelperCall, effect: MapLookupEffect) -> None:
    """Tell of numbers in the key of a lookup."""
    activation, call, model, arguments, state = made
    key = argument(model, effect.key, arguments)
    for at in pointers(argument(model, effect.map, arguments)):
        bits = activation.environment.key_bits_of(at.base)
        for cells in activation.effects.taken(key, bits, state) if bits else ():
            for _, _, value in cells:
                _tell(activation, call.place, value)


def tell_bound(made: HelperCall, effect: FibLookupEffect) -> None:
    """Tell of a FIB lookup that answers with the device that it is asked for, or not at all."""
    activation, call, model, arguments, _ = made
    flags = exact(argument(model, effect.flags, arguments))
    if flags is None or not flags & effect.asks_output:
        return
    if all(member(made, effect, name) == number(held) for name, held in effect.binding.items()):
        activation.effects.emit(call.place, NumberTest(model.name, call.place))


class NumberTests:
    """The numbers of one system that programs test, by the hook that they begin at."""

    def __init__(self, whole: Whole) -> None:
        self._at_hook = set(_tests(whole))
        self._anywhere = {(test.symbol, test.place) for _, test in self._at_hook}

    def has(self, atom: Origin, hook: HookContext) -> bool:
        """True where a test on the packet's way asks for this number.

        One that was kept in a map may have been tested by whoever put it there.
        """
        if atom.via is not None:
            return (atom.symbol, atom.place) in self._anywhere
        return (hook, NumberTest(atom.symbol, atom.place)) in self._at_hook

    def has_member(self, offset: int, hook: HookContext) -> bool:
        """True where a test on the packet's way asks for a number of the context."""
        return (hook, NumberTest(str(offset), NOWHERE)) in self._at_hook


def _tests(whole: Whole) -> Iterator[tuple[HookContext, NumberTest]]:
    for key, instance in whole.system.instances.items():
        for event in instance.events():
            if isinstance(event.payload, NumberTest):
                yield key.hook, event.payload


def _is_own(value: Value) -> bool:
    """True for what can only be the number of skb->dev, as the context has it."""
    return bool(value) and all(
        type(atom) is Origin
        and atom.netns == SKB_NETNS
        and atom.via is None
        and "." in atom.symbol  # a member's
        for atom in value
    )


def _only_equal_redirects(activation: Context, branch: ir.Branch) -> bool:
    """True where no redirect follows the side of an equality on which the numbers differ."""
    condition = uncast(branch.condition)
    if not isinstance(condition, ir.Binary) or condition.op not in ("==", "!="):
        return False
    blocks = activation.function.blocks
    waiting = [branch.otherwise if condition.op == "==" else branch.then]
    seen = set(waiting)
    while waiting:
        block = blocks[waiting.pop()]
        for call in block.instructions:
            if isinstance(call, ir.Call) and _may_redirect(activation, call):
                return False
        new = set(successors(block.end)) - seen
        seen |= new
        waiting += new
    return True


def _may_redirect(activation: Context, call: ir.Call) -> bool:
    if call.helper < 0:
        return call.pointer is not None or activation.environment.can_redirect(call.callee)
    model = activation.environment.helpers.get(call.helper)
    return model is not None and isinstance(model.data.effect, RedirectEffect)


def _tell(activation: Context, place: Place, value: Value) -> None:
    for one in origins(value):
        activation.effects.emit(place, NumberTest(one.symbol, one.place))
    for atom in value:
        if type(atom) is Content and atom.base is CONTEXT:
            activation.effects.emit(place, NumberTest(str(atom.offset), NOWHERE))
