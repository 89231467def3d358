"""Redirects to the number of a device, and whether a program asks which device that is."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint import ir
from bpf_lint.config.effects import CloneRedirectEffect, FibLookupEffect, RedirectEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.atoms import Origin
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import configured
from bpf_lint.dataflow.engine.context import Context, HelperCall
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Facts, Moment
from bpf_lint.dataflow.observers.number_test import (
    NumberTests,
    tell_bound,
    tell_compared,
    tell_looked_up,
)


class DeviceChoice(Aimed, frozen=True):
    """A redirect is given the number of a device."""

    kind: ClassVar[str] = "device_choice"


class DeviceChoices(AimedKind):
    """Redirects by the number of their target; what they send is not followed."""

    name = "device_choice"
    plural = "redirects to the number of a device, and whether a program asks which device that is"
    described = {
        **AimedKind.described,
        "target.tested": "a program compares the number with another than 0 and that of skb->dev, "
        "looks it up in a map, or has asked for the routes over that device alone",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, (RedirectEffect, CloneRedirectEffect)):
            target = configured(argument(made.model, effect.ifindex, made.arguments))
            told = DeviceChoice(made.model.name, target)
            made.activation.effects.emit(made.call.place, told)
        elif isinstance(effect, MapLookupEffect):
            tell_looked_up(made, effect)
        elif isinstance(effect, FibLookupEffect):
            tell_bound(made, effect)

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """See `Observer`."""
        tell_compared(activation, branch, state)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        ends = moment.whole.of(Fates).outcomes(
            moment.instance, moment.arrival, moment.event, moment.site
        )
        told = {name: ends[name] for name in ("returned", "discarded")}
        return {**super().facts(moment), **told}

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        hook = moment.instance.key.hook
        return {
            "target.tested": int(atom is not None and moment.whole.of(NumberTests).has(atom, hook))
        }
