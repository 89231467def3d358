"""Uses of what a FIB lookup has not set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from bpf_lint import ir
from bpf_lint.config.effects import (
    CloneRedirectEffect,
    FibLookupEffect,
    RedirectEffect,
    RedirectMapEffect,
    StoreEffect,
)
from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import NONE, UNSET, Value
from bpf_lint.dataflow.domain.base import FRAME, PACKET, Kind
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import elsewhere, exact, pointers
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.fibhelpers import given
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment
from bpf_lint.dataflow.system.instance import Instance
from bpf_lint.dataflow.system.site import Site, owner_site
from bpf_lint.model.integers import COMPARISONS
from bpf_lint.model.place import Place


class FibUse(Payload, frozen=True):
    """Something is done with a part of a FIB lookup's result that the lookup has not set.

    Args:
        what: "ifindex" or "addresses".
        how: What is done with it.
        owner: Function that the result belongs to, "" where none of the chain does.
    """

    kind: ClassVar[str] = "fib_use"
    what: str
    how: str
    owner: str


class FibUses(EventKind):
    """Where a program gives on, compares or writes what no lookup has set."""

    name = "fib_use"
    plural = "uses of what a FIB lookup has not set"
    described = {
        "unset": 'what the lookup has not set: "ifindex" or "addresses"',
        "use": "what is done with it, in words",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        activation, call, model, arguments, state = made
        if isinstance(effect, StoreEffect):
            length = exact(argument(model, effect.length, arguments)) or 0
            source = argument(model, effect.buffer, arguments)
            if _is_unset(activation, source, 8 * length, state):
                _use(activation, call.place, "addresses", "written into the packet", state)
        elif UNSET in _number(made, effect):
            how = f"given to bpf_{model.name}()"
            _use(activation, call.place, "ifindex", how, state)

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        if UNSET in value and _in_packet(address):
            _use(activation, instruction.place, "addresses", "written into the packet", state)

    def copied(
        self,
        activation: Context,
        target: Value,
        source: Value,
        bits: int,
        place: Place,
        state: State,
    ) -> None:
        """See `Observer`."""
        if _in_packet(target) and _is_unset(activation, source, bits, state):
            _use(activation, place, "addresses", "copied into the packet", state)

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """See `Observer`."""
        for one in comparisons(branch.condition):
            left = activation.evaluator.value(one.left, state)
            right = activation.evaluator.value(one.right, state)
            if (UNSET in left and exact(right) is None) or (UNSET in right and exact(left) is None):
                _use(activation, branch.place, "ifindex", "compared", state)
                return

    def site(self, event: Event, instance: Instance) -> Site:
        """See `EventKind`: in the function that owns the result."""
        assert isinstance(event.payload, FibUse)
        return owner_site(event, instance.key.function, event.payload.owner)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, FibUse)
        return {"unset": payload.what, "use": payload.how}

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, FibUse)
        return "fib_use", f"{event.payload.how} in {event.function}"


def _number(made: HelperCall, effect: Any) -> Value:
    """The ifindex or key that a helper is given, nothing for one that takes none."""
    if isinstance(effect, (RedirectEffect, CloneRedirectEffect)):
        return argument(made.model, effect.ifindex, made.arguments)
    if isinstance(effect, RedirectMapEffect):
        return argument(made.model, effect.key, made.arguments)
    if isinstance(effect, FibLookupEffect):
        return given(made, effect) or NONE
    return NONE


def _in_packet(address: Value) -> bool:
    """True for what can be an address in the packet, as what is not known mostly is."""
    return elsewhere(address) or any(at.base is FRAME for at in pointers(address))


def _is_unset(activation: Context, source: Value, bits: int, state: State) -> bool:
    """True for memory with something in it that a lookup has not set."""
    taken = activation.effects.taken(source, bits, state)
    return any(UNSET in value for cells in taken for _, _, value in cells)


def _use(activation: Context, place: Place, what: str, how: str, state: State) -> None:
    lookup = activation.frame.load(state, PACKET, packet.FIB, packet.BITS)
    bases = [at.base for at in pointers(lookup)]
    owner = bases[0].owner if bases and bases[0].kind is Kind.LOCAL else ""
    activation.effects.emit(place, FibUse(what, how, owner))


def comparisons(condition: ir.Expr) -> Iterator[ir.Binary]:
    """Comparisons that an expression makes."""
    stack = [condition]
    while stack:
        match stack.pop():
            case ir.Binary() as one:
                if one.op in COMPARISONS:
                    yield one
                stack += (one.right, one.left)
            case ir.Unary(_, operand) | ir.Cast(operand):
                stack.append(operand)
