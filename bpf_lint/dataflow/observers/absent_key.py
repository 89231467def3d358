"""Redirects through a map of devices or sockets that has no such key."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint.config.effects import RedirectMapEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.base import Base, Kind
from bpf_lint.dataflow.domain.values import exact, pointers
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.kind import Moment, Whole
from bpf_lint.dataflow.observers.result_test import tells_apart

_TARGETS = frozenset([Kind.DEVICES, Kind.OPAQUE])


class MapKey(Payload, frozen=True):
    """A key of a map that redirects may use was looked up."""

    kind: ClassVar[str] = "map_key"
    map: Base


def tell_lookup(made: HelperCall, effect: MapLookupEffect) -> None:
    """Tell of a lookup in a map of devices or sockets."""
    for at in pointers(argument(made.model, effect.map, made.arguments)):
        if at.base.kind in _TARGETS:
            made.activation.effects.emit(made.call.place, MapKey(at.base))


class AbsentKeys:
    """What becomes of redirects through a map that lacks the key."""

    def __init__(self, whole: Whole) -> None:
        self._kernel = whole.kernel
        self._looked_up = {p.map for p in whole.payloads() if isinstance(p, MapKey)}

    def is_looked_up(self, base: Base | None) -> bool:
        """True for a map that a program asks for a key, or where it is not known which it is."""
        return base is None or base in self._looked_up

    def is_unchecked(self, moment: Moment, base: Base | None, flags: Value) -> bool:
        """True where a path ends with the helper's drop, and no program looks keys up there."""
        given = exact(flags)
        if self.is_looked_up(base) or given is None:
            return False
        drops = self._kernel.hooks[moment.instance.key.hook.hook].drop_verdicts
        places = (moment.event.place, moment.site.place)
        return any(
            end.armed is not None
            and end.armed.absent
            and end.armed.place in places
            and exact(end.value) == given & 3
            and given & 3 in drops
            for end in moment.arrival.outcome.results
        )

    def is_asked_for(self, moment: Moment, flags: Value) -> bool:
        """True where the function tells the helper's result for no key from a redirect."""
        event, payload, given = moment.event, moment.event.payload, exact(flags)
        effect = self._kernel.helpers[getattr(payload, "helper", "")].effect
        function = moment.instance.binding.unit.functions.get(event.function)
        if function is None or given is None or not isinstance(effect, RedirectMapEffect):
            return False
        by_type = {str(name): verdict for name, verdict in effect.verdict.items()}
        verdict = by_type.get(moment.instance.key.hook.program_type, given & 3)
        return tells_apart(function, event.place, given & 3, verdict)
