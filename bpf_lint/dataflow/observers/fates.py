"""What becomes of a redirect: whether the program ends with its verdict, or loses it."""

from __future__ import annotations

from bpf_lint.config.effects import RedirectEffect, RedirectMapEffect
from bpf_lint.dataflow.domain.state import waits
from bpf_lint.dataflow.domain.values import leq, number
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.observers.kind import Facts, Whole
from bpf_lint.dataflow.system.instance import Arrival, Instance, InstanceKey
from bpf_lint.dataflow.system.site import Site, site_of
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import Place


class Fates:
    """Follows the redirects of one system to the ends of its programs."""

    def __init__(self, whole: Whole) -> None:
        self._system = whole.system
        self._kernel = whole.kernel
        self._after: dict[InstanceKey, bool] = {}
        self._lost: frozenset[Place] | None = None

    def outcomes(self, instance: Instance, arrival: Arrival, event: Event, site: Site) -> Facts:
        """What becomes of a redirect's verdict: `returned`, `discarded`, or both.

        A path that ends by dropping the packet has not discarded the redirect: it was given up.
        But a redirect is `dropped` that no path carries out, since all of them end so.
        """
        effect = self._effect(event)
        if effect is None:
            return {"returned": 1, "discarded": 0, "dropped": 0}
        hook = instance.key.hook
        waiting = (event.place, site.place)
        ends = [
            result
            for result in arrival.outcome.results
            if result.armed is not None and waits(result.armed) and result.armed.place in waiting
        ]
        calls = [
            other.payload
            for other in arrival.outcome.events
            if isinstance(other.payload, TailCall)
            and other.payload.armed is not None
            and waits(other.payload.armed)
            and other.payload.armed.place in waiting
        ]
        lost = any(self._ends_otherwise(end, hook) for end in ends) or any(
            self._is_lost_after(instance, call) for call in calls
        )
        # The verdict may come from the program that is called.
        returned = bool(calls) or any(self._carries_out(end, hook) for end in ends)
        redirects = hook.program_type in effect.verdict
        return {
            "returned": int(returned),
            "discarded": int(redirects and lost),
            "dropped": int(redirects and bool(ends) and not returned and not lost),
        }

    def discarded(self) -> frozenset[Place]:
        """Redirects whose verdict is lost on some path, which is told where they are made."""
        if self._lost is None:
            self._lost = frozenset(self._places())
        return self._lost

    def _places(self) -> set[Place]:
        found: set[Place] = set()
        for instance in self._system.instances.values():
            functions = instance.binding.unit.functions
            for arrival in instance.arrivals:
                for event in arrival.outcome.events:
                    if self._effect(event):
                        site = site_of(event, instance.key.function, functions)
                        ends = self.outcomes(instance, arrival, event, site)
                        if not site.used or ends["discarded"]:
                            found |= {event.place, site.place}
        return found

    def _effect(self, event: Event) -> RedirectEffect | RedirectMapEffect | None:
        """What the kernel model says of a redirect, None for anything else."""
        if not isinstance(event.payload, Aimed):
            return None
        helper = self._kernel.helpers.get(event.payload.helper)
        effect = helper.effect if helper else None
        return effect if isinstance(effect, (RedirectEffect, RedirectMapEffect)) else None

    def _carries_out(self, end: Result, hook: HookContext) -> bool:
        return leq(number(self._kernel.hooks[hook.hook].redirect_verdict), end.value)

    def _ends_otherwise(self, end: Result, hook: HookContext) -> bool:
        """True where the program ends neither with the redirect nor with a drop."""
        drops = frozenset(self._kernel.hooks[hook.hook].drop_verdicts)
        return not self._carries_out(end, hook) and not end.value <= drops

    def _is_lost_after(self, instance: Instance, call: TailCall) -> bool:
        """True where a program that a tail call leads to can end with something else."""
        return any(
            self._is_lost_in(InstanceKey(target.unit, target.function, instance.key.hook))
            for target in self._system.targets(instance.key.unit, call)
        )

    def _is_lost_in(self, key: InstanceKey) -> bool:
        """True where a program can end without the redirect that waits when it begins."""
        if key in self._after or key not in self._system.instances:
            return self._after.get(key, False)
        self._after[key] = False  # while it is being looked at: programs that call each other
        instance = self._system.instances[key]
        self._after[key] = found = any(
            any(waits(r.armed) or self._ends_otherwise(r, key.hook) for r in outcome.results)
            or any(
                self._is_lost_after(instance, event.payload)
                for event in outcome.events
                if isinstance(event.payload, TailCall)
            )
            for outcome in (arrival.outcome for arrival in instance.arrivals)
        )
        return found
