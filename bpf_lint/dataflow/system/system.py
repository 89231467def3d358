"""Analyses all programs of one mode and configuration together.

Programs start at their hooks; tail calls lead to further programs with the packet's scratch
space; stores into shared maps lead to values that others read. Rounds repeat until the maps
hold nothing new; only the last round's events count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from bpf_lint import ir
from bpf_lint.callgraph.tailcalls import Program
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.contexts.reached import Attached
from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.base import Kind
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.dataflow.engine.events import Event, MapStore, TailCall, Unsettled
from bpf_lint.dataflow.engine.fixpoint import Worklist
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.system.binding import Binding, helper_models
from bpf_lint.dataflow.system.instance import Arrival, Before, Instance, InstanceKey
from bpf_lint.dataflow.system.received import EntryState, arriving, entry_state
from bpf_lint.dataflow.system.shared import SharedMaps, Writer
from bpf_lint.dataflow.system.site import site_of
from bpf_lint.model.context import HookContext

# Tells a program of a state that it can start in.
Arrive = Callable[[InstanceKey, EntryState, Before | None], None]


class System:
    """The programs of one job and what running them showed.

    After `run`: `instances` holds every program under every hook it can run at, with its
    outcome; `entries` the function that each hook starts at; `unresolved` the tail calls that no
    program answers; `stable` whether the maps settled; `unsettled` what met a bound, by unit.
    """

    def __init__(
        self,
        job: SystemJob,
        units: Mapping[str, ir.Unit],
        kernel: KernelModel,
        profile: Profile,
        interpreter: Interpreter,
    ) -> None:
        self.job = job
        self.units = units
        self.profile = profile
        self.shared = SharedMaps()
        self.instances: dict[InstanceKey, Instance] = {}
        self.unresolved: dict[tuple[str, Event], str] = {}
        self.stable = False
        self.unsettled: set[tuple[str, str]] = set()
        self.entries: dict[HookContext, Program] = {}
        self._kernel = kernel
        self.interpreter = interpreter
        helpers = helper_models(kernel, job.kernel)
        self.attached = Attached(job, units, kernel, profile)
        graph = self.attached.graph
        self.bindings = {
            one.name: Binding(
                job, one, units[one.name], kernel, profile, helpers, graph.calls[one.name]
            )
            for one in job.units
            if one.name in units
        }
        self.arrays = graph.arrays

    def run(self) -> None:
        """Run rounds until the shared maps settle."""
        self.entries = dict(self.attached.entries)
        starts = [InstanceKey(*program, hook) for hook, program in self.attached.entries]
        for _ in range(limits.ROUNDS):
            changed = self._round(starts)
            if not changed:
                self.stable = True
                break
        else:
            self.unsettled.update(_still_stored(writer, store) for writer, store in changed)
        self.unsettled.update(self._unsettled())

    def _unsettled(self) -> Iterator[tuple[str, str]]:
        """What a bound has cut short: (unit, in words)."""
        for key, instance in self.instances.items():
            if instance.cut_short is not None:
                caller, _, event = instance.cut_short
                functions = caller.binding.unit.functions
                at = site_of(event, caller.key.function, functions).place
                yield key.unit, f"{at}: entry states of {key.function}, which tail calls lead to"
            for event in instance.events():
                if isinstance(event.payload, Unsettled):
                    yield key.unit, f"{event.place}: {event.payload.what}"

    def _round(self, starts: list[InstanceKey]) -> list[tuple[Writer, MapStore]]:
        """Run all programs; the stores that told something new."""
        self.instances = {}
        self.unresolved = {}
        waiting: Worklist[InstanceKey] = Worklist()
        fresh: dict[InstanceKey, dict[Arrival, None]] = {}

        def arrive(key: InstanceKey, entry: EntryState, before: Before | None) -> None:
            arrival = self._instance(key).arrive(entry, before)
            if arrival is not None:
                fresh.setdefault(key, {})[arrival] = None
                waiting.push(key)

        for key in starts:
            arrive(key, entry_state(key.hook, self.interpreter.observers.follows), None)
        while waiting:
            key = waiting.pop()
            instance = self.instances[key]
            arrivals = fresh.pop(key)
            for arrival in arrivals:
                self._execute(instance, arrival)
            for arrival in arrivals:
                self._follow(instance, arrival, arrive)
        return [told for instance in self.instances.values() for told in self._store(instance)]

    def _instance(self, key: InstanceKey) -> Instance:
        found = self.instances.get(key)
        if found is None:
            found = Instance(
                key, self.bindings[key.unit], self._kernel, self.interpreter.observers.follows
            )
            self.instances[key] = found
        return found

    def _execute(self, instance: Instance, arrival: Arrival) -> None:
        answer = partial(instance.answer, entry=arrival.entry, shared=self.shared)
        arrival.outcome = self.interpreter.call(
            instance.binding.environment,
            instance.key.function,
            instance.parameters(),
            Frame(frozenset(), answer),
            State({}, {}),
        )

    def _follow(self, instance: Instance, arrival: Arrival, arrive: Arrive) -> None:
        """Tail calls of a program that has run: what they lead to, in which state."""
        entry = arrival.entry
        for event in arrival.outcome.events:
            call = event.payload
            if not isinstance(call, TailCall):
                continue
            targets = self.targets(instance.key.unit, call)
            if not targets:
                self.unresolved[instance.key.unit, event] = _describe(call)
            state = arriving(entry, call)
            for target in targets:
                key = InstanceKey(target.unit, target.function, instance.key.hook)
                arrive(key, state, (instance, arrival, event))

    def targets(self, unit: str, call: TailCall) -> tuple[Program, ...]:
        """Programs that a tail call of a unit can reach."""
        found: dict[Program, None] = {}
        for base in call.maps:
            name = base.name
            indexes = [a for a in call.slot if type(a) is int]
            if len(indexes) < len(call.slot) or not indexes:
                found.update(dict.fromkeys(self.arrays.targets(unit, name, None)))
            for index in sorted(indexes):
                found.update(dict.fromkeys(self.arrays.targets(unit, name, index)))
        return tuple(found)

    def _store(self, instance: Instance) -> Iterator[tuple[Writer, MapStore]]:
        """Put what an instance stored into the maps; the stores that were new."""
        hook: HookContext = instance.key.hook
        for event in instance.events():
            store = event.payload
            if isinstance(store, MapStore):
                writer = Writer(event, instance.key.unit, instance.key.function, hook)
                if store.base.kind is Kind.VARIABLE:
                    base = instance.binding.stored(store.base)
                    store = msgspec.structs.replace(store, base=base)
                if self.shared.store(store, writer):
                    yield writer, store


def _still_stored(writer: Writer, store: MapStore) -> tuple[str, str]:
    """A store that still told something new in the last round: (unit, in words)."""
    what = f"what {writer.function} stores in the map {store.base.name}"
    return writer.unit, f"{writer.event.place}: {what}"


def _describe(call: TailCall) -> str:
    slot = exact(call.slot)
    maps = ", ".join(base.text[2:] for base in call.maps) or "unknown map"
    return f"{maps}[{'?' if slot is None else slot}]"
