"""Analyses all programs of one mode and configuration together.

Programs start at their hooks; tail calls lead to further programs with the packet's scratch
space; stores into shared maps lead to values that others read. Rounds repeat until the maps
hold nothing new; only the last round's events count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial

from bpf_lint import ir
from bpf_lint.callgraph.tailcalls import Program, ProgramArrays
from bpf_lint.config.schema import KernelModel, Profile
from bpf_lint.contexts.hooks import attached
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.dataflow import path
from bpf_lint.dataflow.binding import Binding, helper_models
from bpf_lint.dataflow.events import Event, MapStore, TailCall
from bpf_lint.dataflow.instance import (
    Arrival,
    Entry,
    Instance,
    InstanceKey,
    packet_facts,
    variable,
)
from bpf_lint.dataflow.interpreter import Interpreter
from bpf_lint.dataflow.joining import merge
from bpf_lint.dataflow.shared import SharedMaps, Writer
from bpf_lint.dataflow.state import Frame, State
from bpf_lint.dataflow.values import exact
from bpf_lint.model.context import HookContext

# Rounds after which maps that still change are left as they are (and reported).
_ROUNDS = 6


class System:
    """The programs of one job and what running them showed.

    After `run`: `instances` holds every program under every hook it can run at, with its
    outcome; `entries` the function that each hook starts at; `unresolved` the tail calls that no
    program answers; `stable` whether the maps settled.
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
        self.entries: dict[HookContext, Program] = {}
        self._kernel = kernel
        self._interpreter = interpreter
        helpers = helper_models(kernel, job.kernel)
        self.bindings = {
            unit_job.name: Binding(job, unit_job, units[unit_job.name], kernel, profile, helpers)
            for unit_job in job.units
            if unit_job.name in units
        }
        self.arrays = ProgramArrays(
            units, {name: b.job.program for name, b in self.bindings.items()}, profile
        )

    def run(self) -> None:
        """Run rounds until the shared maps settle."""
        starts = list(self._starts())
        self.entries = {key.hook: Program(key.unit, key.function) for key in starts}
        for _ in range(_ROUNDS):
            version = self.shared.version
            self._round(starts)
            if self.shared.version == version:
                self.stable = True
                return

    def _starts(self) -> Iterator[InstanceKey]:
        for name, binding in self.bindings.items():
            for hook, function in attached(
                self.job, binding.job, binding.unit, self.profile, self._kernel
            ):
                yield InstanceKey(name, function, hook)

    def _round(self, starts: list[InstanceKey]) -> None:
        self.instances = {}
        self.unresolved = {}
        waiting: deque[InstanceKey] = deque()
        for key in starts:
            self._instance(key).arrive({path.BASE: packet_facts(key.hook)})
            waiting.append(key)
        while waiting:
            key = waiting.popleft()
            instance = self.instances[key]
            self._execute(instance)
            for target in self._tail_calls(instance):
                if target not in waiting:
                    waiting.append(target)
        for instance in self.instances.values():
            self._store(instance)

    def _instance(self, key: InstanceKey) -> Instance:
        found = self.instances.get(key)
        if found is None:
            found = Instance(key, self.bindings[key.unit], self._kernel)
            self.instances[key] = found
        return found

    def _execute(self, instance: Instance) -> None:
        for arrival in instance.arrivals:
            answer = partial(instance.answer, entry=arrival.entry, shared=self.shared)
            root = Frame(frozenset(), answer)
            arrival.outcome = self._interpreter.call(
                instance.binding.environment,
                instance.key.function,
                instance.parameters(),
                root,
                State({}, {}),
            )

    def _tail_calls(self, instance: Instance) -> Iterator[InstanceKey]:
        """Programs that have to run (again) because of an instance's tail calls."""
        for arrival in list(instance.arrivals):
            for event in arrival.outcome.events:
                if isinstance(event.payload, TailCall):
                    yield from self._tail_call(instance, arrival, event, event.payload)

    def _tail_call(
        self, instance: Instance, arrival: Arrival, event: Event, call: TailCall
    ) -> Iterator[InstanceKey]:
        targets = self.targets(instance.key.unit, call)
        if not targets:
            self.unresolved[instance.key.unit, event] = _describe(call)
        entry = _arriving(arrival.entry, call)
        for target in targets:
            key = InstanceKey(target.unit, target.function, instance.key.hook)
            if self._instance(key).arrive(entry, (instance, arrival, event)):
                yield key

    def targets(self, unit: str, call: TailCall) -> tuple[Program, ...]:
        """Programs that a tail call of a unit can reach."""
        found: dict[Program, None] = {}
        for base in call.maps:
            name = base[2:].rsplit("/", 1)[-1]
            indexes = [a for a in call.slot if type(a) is int]
            if len(indexes) < len(call.slot) or not indexes:
                found.update(dict.fromkeys(self.arrays.targets(unit, name, None)))
            for index in sorted(indexes):
                found.update(dict.fromkeys(self.arrays.targets(unit, name, index)))
        return tuple(found)

    def _store(self, instance: Instance) -> None:
        hook: HookContext = instance.key.hook
        device = self.profile.devices.get(hook.device)
        netns = device.netns if device else hook.skb_netns
        for event in instance.events():
            store = event.payload
            if isinstance(store, MapStore):
                writer = Writer(event, instance.key.unit, instance.key.function, hook)
                if store.base.startswith("G:"):
                    store = store._replace(base=variable(instance.key.unit, store.base))
                self.shared.store(store, writer, netns)


def _arriving(entry: Entry, call: TailCall) -> Entry:
    """Context and scratch memory that the called program starts with."""
    regions: Entry = dict(entry)
    for base, cells in call.scratch:
        above = {start: (width, value) for start, width, value in cells}
        regions[base] = merge(regions.get(base), above)
    return regions


def _describe(call: TailCall) -> str:
    slot = exact(call.slot)
    maps = ", ".join(base[2:] for base in call.maps) or "unknown map"
    return f"{maps}[{'?' if slot is None else slot}]"
