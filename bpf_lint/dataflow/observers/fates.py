"""What becomes of a redirect: whether the program ends with its verdict, or loses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint.config.effects import RedirectEffect, RedirectMapEffect
from bpf_lint.dataflow.domain.atoms import Value, number
from bpf_lint.dataflow.domain.state import waits
from bpf_lint.dataflow.domain.values import leq
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.observers.kind import Aside, Facts, Moment, Whole
from bpf_lint.dataflow.system.instance import Arrival, Instance, InstanceKey, leq_entry
from bpf_lint.dataflow.system.received import arriving
from bpf_lint.dataflow.system.site import Site, site_of
from bpf_lint.model.context import HookContext
from bpf_lint.model.integers import wrap
from bpf_lint.model.place import Place

MOST_NAMES = 3
_NO_VERDICT: Facts = {"returned": 1, "discarded": 0, "dropped": 0, "never": 0, "never.why": ""}


class Loss(NamedTuple):
    """Where a redirect's verdict is lost.

    Args:
        why: In words.
        function: The function that ends with something else, or drops the helper's result.
        steps: What happens after the redirect.
        called: A tail call leads to that function.
    """

    why: str
    function: str
    steps: tuple[Aside, ...] = ()
    called: bool = False


class Way(NamedTuple):
    """From a tail call to where a program that it leads to loses a verdict."""

    program: str
    steps: tuple[Aside, ...]


class Fates:
    """Follows the redirects of one system to the ends of its programs."""

    def __init__(self, whole: Whole) -> None:
        self._system = whole.system
        self._kernel = whole.kernel
        self._after: dict[int, Way | None] = {}  # by arrival
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
        ends = list(_ends(arrival, event, site))
        calls = list(_calls(arrival, event, site))
        lost = any(self._ends_otherwise(end, hook) for end in ends) or any(
            self._lost_after(instance, arrival, call) for call in calls
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
        for call in _calls(arrival, event, site):
            at = site_of(call, instance.key.function, instance.binding.unit.functions)
            names = _listed(self._called(instance, call))
            text = f"lost in the tail call to {names}, which ends with a verdict of its own"
            found[Aside("lost", at.place, text)] = None
        return list(found)

    def _called(self, instance: Instance, event: Event) -> list[str]:
        """Functions that a tail call leads to, by name."""
        call = event.payload
        assert isinstance(call, TailCall)
        return sorted({one.function for one in self._system.targets(instance.key.unit, call)})

    def _why_never(self, instance: Instance, calls: list[Event]) -> str:
        """Why a redirect is not carried out, in words."""
        names = next((names for call in calls if (names := self._called(instance, call))), [])
        if not names:
            return "the program ends with another verdict"
        return f"a tail call to {_listed(names)} follows, which ends with a verdict of its own"

    def loss(self, moment: Moment) -> Loss | None:
        """Where the verdict of a redirect is lost; None where it is not."""
        _, instance, arrival, event, site = moment
        hook, program = instance.key.hook, instance.key.function
        if not site.used:
            return Loss("its result is not used", site.function)
        ends = sorted(_ends(arrival, event, site), key=lambda end: end.place)
        for end in ends:
            if self._ends_otherwise(end, hook):
                return Loss(self._ending(end, program, hook), program, (self._end(end, instance),))
        for call in _calls(arrival, event, site):
            if way := self._lost_after(instance, arrival, call):
                return Loss(way.steps[-1].text, way.program, way.steps, called=True)
        if ends and not any(self._carries_out(end, hook) for end in ends):
            why = f"whatever the path, {self._ending(ends[0], program, hook)}"
            return Loss(why, program, (self._end(ends[0], instance),))
        return None

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

    def _lost_after(self, instance: Instance, arrival: Arrival, event: Event) -> Way | None:
        """The way to where a program that a tail call leads to ends with something else."""
        call = event.payload
        assert isinstance(call, TailCall)
        state = arriving(arrival.entry, call)
        for target in self._system.targets(instance.key.unit, call):
            key = InstanceKey(target.unit, target.function, instance.key.hook)
            called = self._system.instances.get(key)
            for one in called.arrivals if called else ():
                # Those that begin in other states have been called for other packets.
                if called and leq_entry(state, one.entry) and (way := self._lost_in(called, one)):
                    site = site_of(event, instance.key.function, instance.binding.unit.functions)
                    step = Aside("tail_call", site.place, f"tail call to {target.function}")
                    return Way(way.program, (step, *way.steps))
        return None

    def _is_carried_after(self, instance: Instance, event: Event) -> bool:
        """True where a program that a tail call leads to may end with the redirect that waits."""
        call = event.payload
        assert isinstance(call, TailCall)
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
                    self._is_carried_after(instance, event)
                    for event in outcome.events
                    if isinstance(event.payload, TailCall) and not waits(event.payload.armed)
                )
                for outcome in (arrival.outcome for arrival in instance.arrivals)
            )
        return self._carried[key]

    def _lost_in(self, instance: Instance, arrival: Arrival) -> Way | None:
        """Where a program ends without the redirect that waits when it begins."""
        if id(arrival) in self._after:
            return self._after[id(arrival)]
        self._after[id(arrival)] = None  # while it is looked at: programs that call each other
        hook, program = instance.key.hook, instance.key.function
        found: Way | None = None
        for end in sorted(arrival.outcome.results, key=lambda one: one.place):
            if end.armed is not None and waits(end.armed):
                text = f"{program} redirects the packet elsewhere"
                found = Way(program, (Aside("redirect", end.armed.place, text),))
                break
            if self._ends_otherwise(end, hook):
                found = Way(program, (self._end(end, instance),))
                break
        calls = (e for e in arrival.outcome.events if isinstance(e.payload, TailCall))
        for event in () if found else calls:
            if found := self._lost_after(instance, arrival, event):
                break
        self._after[id(arrival)] = found
        return found

    def _end(self, end: Result, instance: Instance) -> Aside:
        text = self._ending(end, instance.key.function, instance.key.hook)
        return Aside("verdict", end.place, text)

    def _ending(self, end: Result, program: str, hook: HookContext) -> str:
        return f"{program} ends with {self._verdict(end.value, hook)}"

    def _verdict(self, value: Value, hook: HookContext) -> str:
        """A verdict in words."""
        names = {known: name for name, known in self._kernel.hooks[hook.hook].verdicts.items()}
        numbers = sorted(wrap(atom, 32, True) for atom in value if type(atom) is int)
        if not numbers or len(numbers) < len(value):
            return "another verdict"
        return " or ".join(names.get(one, str(one)) for one in numbers)


def _ends(arrival: Arrival, event: Event, site: Site) -> Iterator[Result]:
    """Ends of a program at which a redirect waits."""
    waiting = (event.place, site.place)
    for result in arrival.outcome.results:
        if result.armed is not None and waits(result.armed) and result.armed.place in waiting:
            yield result


def _calls(arrival: Arrival, event: Event, site: Site) -> Iterator[Event]:
    """Tail calls that are made while a redirect waits."""
    waiting = (event.place, site.place)
    for other in arrival.outcome.events:
        armed = other.payload.armed if isinstance(other.payload, TailCall) else None
        if armed is not None and waits(armed) and armed.place in waiting:
            yield other


def _listed(names: list[str]) -> str:
    """The first few names, the others counted."""
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} or {len(names) - MOST_NAMES} more"
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
