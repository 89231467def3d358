"""Uses of an ifindex of skb->dev's namespace as a mere number: keys, comparisons, maps."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint import ir
from bpf_lint.config.memory_effects import MapLookupEffect, MapUpdateEffect
from bpf_lint.dataflow.domain.atoms import SKB_NETNS, Origin, Value
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact, origins, pointers
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.fib_use import comparisons
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment
from bpf_lint.model.place import Place


class IfindexUse(Payload, frozen=True):
    """A number that the context or a FIB lookup gave is used without the kernel looking it up.

    Args:
        how: What is done with it, in words.
    """

    kind: ClassVar[str] = "ifindex_use"
    atom: Origin
    how: str


class IfindexUses(EventKind):
    """Where a program takes the number of a device for the device."""

    name = "ifindex_use"
    plural = (
        "uses of an ifindex from the context or a FIB lookup as a key, in a comparison or a map"
    )
    described = {"use": "what is done with it, in words"}

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        activation, call, model, arguments, state = made
        if not isinstance(effect, (MapLookupEffect, MapUpdateEffect)):
            return
        for at in pointers(argument(model, effect.map, arguments)):
            told = [
                (effect.key, activation.environment.key_bits_of(at.base), "in the key of a map")
            ]
            if isinstance(effect, MapUpdateEffect) and at.base.shared:
                bits = activation.environment.bits_of(at.base)
                told.append((effect.value, bits, "stored in a map"))
            for parameter, bits, how in told:
                if parameter and bits:
                    source = argument(model, parameter, arguments)
                    for cells in activation.effects.taken(source, bits, state):
                        for _, _, value in cells:
                            _tell(activation, call.place, value, how)

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        if any(at.base.shared for at in pointers(address)):
            _tell(activation, instruction.place, value, "stored in a map")

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """See `Observer`."""
        for one in comparisons(branch.condition):
            left = activation.evaluator.value(one.left, state)
            right = activation.evaluator.value(one.right, state)
            if exact(left) is None and exact(right) is None:
                _tell(activation, branch.place, left | right, "compared")

    def targets(self, payload: IfindexUse) -> list[Origin]:
        """See `EventKind`."""
        return [payload.atom]

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, IfindexUse)
        return {"use": payload.how}

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, IfindexUse)
        return "ifindex_use", f"{event.payload.how} in {event.function}"


def _tell(activation: Context, place: Place, value: Value, how: str) -> None:
    for atom in origins(value):
        if atom.netns == SKB_NETNS and atom.via is None:
            activation.effects.emit(place, IfindexUse(atom, how))
