"""FIB lookups, with their parameters: numbers in the order that they are read in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.dataflow.domain.atoms import MACHINE, NETWORK, Value
from bpf_lint.dataflow.domain.values import configured, pointers
from bpf_lint.dataflow.engine.context import Followed, HelperCall
from bpf_lint.dataflow.engine.fibhelpers import given
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.fib_lookup import Asked, FibLookups
from bpf_lint.dataflow.observers.kind import Facts, Moment


class FibParameters(Asked, frozen=True):
    """A FIB lookup ran with these parameters.

    Args:
        turned: Members that hold a number in network order where the machine's is read.
        unturned: Members that hold one in the machine's order where the network's is read.
    """

    kind: ClassVar[str] = "fib_parameters"
    turned: tuple[str, ...] = ()
    unturned: tuple[str, ...] = ()


class FibQuestions(FibLookups):
    """FIB lookups, with all that they are asked."""

    name = "fib_parameters"
    plural = "FIB lookups, with their parameters"
    follows: ClassVar[frozenset[Followed]] = frozenset(["order"])
    described = {
        **FibLookups.described,
        "order.why": 'which members are in another byte order than they are read in, in words; ""'
        " for none, and where it is not known",
    }
    whole = FibLookups.whole | {"order.why"}

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if not isinstance(effect, FibLookupEffect):
            return
        asked = given(made, effect)
        if asked is not None:
            flags = argument(made.model, effect.flags, made.arguments)
            turned = tuple(_holding(made, effect, effect.machine_order, NETWORK))
            unturned = tuple(_holding(made, effect, effect.network_order, MACHINE))
            told = FibParameters(made.model.name, configured(asked), flags, turned, unturned)
            made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, FibParameters)
        return {**super().facts(moment), "order.why": "; ".join(_orders(payload))}


def _holding(
    made: HelperCall, effect: FibLookupEffect, members: list[str], mark: str
) -> Iterator[str]:
    """Members of a lookup's parameters that hold a number in an order."""
    activation, _, model, arguments, state = made
    layouts = activation.environment.unit.layouts
    targets = pointers(argument(model, effect.buffer, arguments))
    for member in members:
        place = layouts.get(member)
        for at in targets if place else ():
            if place and at.offset is not None and not at.base.bare:
                held: Value = activation.frame.load(state, at.base, at.offset + place[0], place[1])
                if mark in held:
                    yield member.partition(".")[2]
                    break


def _orders(payload: FibParameters) -> Iterator[str]:
    if payload.unturned:
        yield f"{_names(payload.unturned)} in the machine's byte order, and the network's is read"
    if payload.turned:
        yield f"{_names(payload.turned)} in the network's byte order, and the machine's is read"


def _names(members: tuple[str, ...]) -> str:
    """Members in words, with their verb."""
    return f"{', '.join(members)} {'is' if len(members) == 1 else 'are'}"
