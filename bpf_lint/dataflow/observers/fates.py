"""What becomes of a redirect: whether the program ends with its verdict, or loses it."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.config.effects import RedirectEffect, RedirectMapEffect
from bpf_lint.dataflow.domain.state import waits
from bpf_lint.dataflow.domain.values import leq, number
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.observers.kind import Aside, Facts, Whole
from bpf_lint.dataflow.system.instance import Arrival, Instance, InstanceKey
from bpf_lint.dataflow.system.site import Site, site_of
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import Place

MOST_NAMES = 3
_NO_VERDICT: Facts = {"returned": 1, "discarded": 0, "dropped": 0, "never": 0, "never.why": ""}


class Fates:
    """Follows the redirects of one system to the ends of its programs."""

    def __init__(self, whole: Whole) -> None:
        self._system = whole.system
        self._kernel = whole.kernel
        self._after: dict[InstanceKey, bool] = {}
        self._carried: dict[InstanceKey, bool] = {}
        self._lost: frozenset[Place] | None = None

    def outcomes(self, instance: Instance, arrival: Arrival, event: Event, site: Site) -> Facts:
        """What becomes of a redirect's verdict: `returned`, `discarded`, or both; or `never`.

        A path that ends by dropping the packet has not discarded the redirect: it was given up.
        But a redirect is `dropped` that no path carries out, since all of them end so.
        """
        effect = self._effect(event)
        if effect is None:
            return dict(_NO_VERDICT)
        hook = instance.key.hook
        waiting = (event.place, site.place)
        ends = [
            result
            for result in arrival.outcome.results
            if result.armed is not None and waits(result.armed) and result.armed.place in waiting
        ]
        calls = [call for _, call in tail_calls_with(arrival, waiting)]
        lost = any(self._ends_otherwise(end, hook) for end in ends) or any(
            self._is_lost_after(instance, call) for call in calls
        )
        ended = any(self._carries_out(end, hook) for end in ends)
        # The verdict may come from the program that is called.
        returned = bool(calls) or ended
        carried = ended or any(self._is_carried_after(instance, call) for call in calls)
        redirects = hook.program_type in effect.verdict
        return {
            "returned": int(returned),
            "discarded": int(redirects and lost),
            "dropped": int(redirects and bool(ends) and not returned and not lost),
            "never": int(redirects and bool(ends or calls) and not carried),
            "never.why": self._why_never(instance, calls),
        }

    def losses(self, instance: Instance, arrival: Arrival, event: Event, site: Site) -> list[Aside]:
        """Tail calls that a redirect is lost in, in their order, where no path carries it out."""
        if not self.outcomes(instance, arrival, event, site).get("never"):
            return []
        found: dict[Aside, None] = {}
        for made, call in tail_calls_with(arrival, (event.place, site.place)):
            at = site_of(made, instance.key.function, instance.binding.unit.functions)
            names = _listed(self._called(instance, call))
            text = f"lost in the tail call to {names}, which ends with a verdict of its own"
            found[Aside("lost", at.place, text)] = None
        return list(found)

    def _called(self, instance: Instance, call: TailCall) -> list[str]:
        """Functions that a tail call leads to, by name."""
        return sorted({one.function for one in self._system.targets(instance.key.unit, call)})

    def _why_never(self, instance: Instance, calls: list[TailCall]) -> str:
        """Why a redirect is not carried out, in words."""
        names = next((names for call in calls if (names := self._called(instance, call))), [])
        if not names:
            return "the program ends with another verdict"
        return f"a tail call to {_listed(names)} follows, which ends with a verdict of its own"

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

    def _redirects(self, end: Result, hook: HookContext) -> bool:
        return number(self._kernel.hooks[hook.hook].redirect_verdict) <= end.value

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

    def _is_carried_after(self, instance: Instance, call: TailCall) -> bool:
        """True where a program that a tail call leads to may end with the redirect that waits."""
        targets = self._system.targets(instance.key.unit, call)
        keys = [InstanceKey(one.unit, one.function, instance.key.hook) for one in targets]
        return not keys or any(self._is_carried_in(key) for key in keys)

    def _is_carried_in(self, key: InstanceKey) -> bool:
        """True where a program can end with a redirect's verdict without a redirect of its own.

        A verdict of which nothing is known is not taken for that of a redirect.
        """
        if key not in self._carried:
            instance = self._system.instances.get(key)
            self._carried[key] = False  # while it is being looked at
            self._carried[key] = instance is None or any(
                any(not waits(r.armed) and self._redirects(r, key.hook) for r in outcome.results)
                or any(
                    self._is_carried_after(instance, event.payload)
                    for event in outcome.events
                    if isinstance(event.payload, TailCall) and not waits(event.payload.armed)
                )
                for outcome in (arrival.outcome for arrival in instance.arrivals)
            )
        return self._carried[key]

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


def tail_calls_with(
    arrival: Arrival, waiting: tuple[Place, ...]
) -> Iterator[tuple[Event, TailCall]]:
    """Tail calls that are made while a redirect from one of some places waits."""
    for event in arrival.outcome.events:
        call = event.payload
        armed = call.armed if isinstance(call, TailCall) else None
        if isinstance(call, TailCall) and armed and waits(armed) and armed.place in waiting:
            yield event, call


def _listed(names: list[str]) -> str:
    """The first few names, the others counted."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} or {len(names) - MOST_NAMES} more"
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
