"""Traces: from the hook to the event, and from an ifindex's source to its use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.dataflow.results.result import (
    ANYWHERE,
    KINDS,
    Arrival,
    Assign,
    Call,
    Event,
    Instance,
    Kind,
    MapStore,
    Origin,
    Site,
    System,
    TailCall,
    Way,
    at_hook,
    exact,
    limits,
    origins,
    root_key,
    site_of,
)
from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Step, Target
from bpf_lint.model.place import NOWHERE, Place
from bpf_lint.rules.facts import describe


class Tracer:
    """Tells paths of one system."""

    def __init__(self, system: System) -> None:
        self.system = system

    def to_program(self, instance: Instance, way: Way) -> tuple[Step, ...]:
        """From the hook to the start of a program, by some tail calls."""
        hops = _hops(instance, way)
        steps = [self._entry(hops[0].caller if hops else instance)]
        for hop in hops:
            steps += calls(hop.site.chain)
            steps.append(self._tail(hop.event, hop.site.place, hop.target))
        return tuple(steps)

    def crossed(
        self, instance: Instance, way: Way, site: Site
    ) -> Iterator[tuple[Instance, str, Place]]:
        """Every call on the way from the hook to a site: program, function, place."""
        for hop in _hops(instance, way):
            yield from made(hop.caller, hop.site)
        yield from made(instance, site)

    def _entry(self, instance: Instance) -> Step:
        hook = instance.key.hook
        function = instance.key.function
        place = instance.binding.unit.functions[function].place
        name = hook.entry if hook.entry == function else f"{hook.entry} ({function})"
        return step("entry", place, f"{name} at {attachment(hook)}")

    def _tail(self, event: Event, place: Place, target: Instance) -> Step:
        payload = event.payload
        assert isinstance(payload, TailCall)
        slot = exact(payload.slot)
        names = {base.name for base in payload.maps}
        # Which numbers stand for objects is up to user space: those of the profile are made up.
        made_up = names & {
            one.map.rpartition(":")[2] for one in self.system.profile.prog_arrays if not one.own
        }
        where = "" if made_up else f"[{'?' if slot is None else slot}]"
        text = f"tail call {', '.join(sorted(names))}{where} to {target.key.function}"
        return step("tail_call", place, text)

    def target(self, instance: Instance, event: Event, atom: Origin, netns: str) -> Target:
        """Where an ifindex comes from, and how it got here."""
        root = atom.place
        steps = tuple(self._travel(instance, atom, limits.TRACED_MAPS))
        return Target(
            netns=netns,
            origin=describe(atom),
            path=root.path,
            line=root.line,
            steps=(*steps, *self._assigned(instance, atom, event)),
            symbol=atom.symbol,
            device=at_hook(atom, instance.key.hook).device,
            kept=atom.via.base.name if atom.via else "",
        )

    def _travel(self, instance: Instance, atom: Origin, depth: int) -> Iterator[Step]:
        """From the source to the last map, and out of it."""
        if atom.via is None:
            text = f"{atom.symbol}, {_named(at_hook(atom, instance.key.hook))}"
            yield step("assign", atom.place, text + _kept(instance, atom, atom.place))
            return
        base, offset, read_at = atom.via
        writer = self.system.shared.writers.get(
            (base, ANYWHERE if offset is None else offset, root_key(atom))
        )
        name = base.name
        if writer is not None and depth:
            at = next(
                i
                for k, i in self.system.instances.items()
                if (k.unit, k.function, k.hook) == (writer.unit, writer.function, writer.hook)
            )
            store = writer.event
            assert isinstance(store.payload, MapStore)
            stored = [
                o
                for o in origins(store.payload.value)
                if root_key(at_hook(o, writer.hook)) == root_key(atom)
            ]
            if stored:
                yield from self._travel(at, stored[0], depth - 1)
                yield from self._assigned(at, stored[0], store)
            yield step(
                "map_store",
                store.place,
                f"stored in the map {name} by {writer.hook.entry} at {attachment(writer.hook)}",
            )
        if read_at is not NOWHERE:
            text = f"read from the map {name} in {instance.key.hook.skb_netns}"
            yield step("map_load", read_at, text + _kept(instance, atom, read_at))

    def _assigned(self, instance: Instance, atom: Origin, on: Event) -> Iterator[Step]:
        """Stores of the number into memory that can be read where it is used, by `on`."""
        read_at = atom.place if atom.via is None else atom.via.place
        seen = {(read_at.path, read_at.line)}
        running = {instance.key.function, *(call.callee for call in on.chain)}
        for event in instance.events():
            payload = event.payload
            if not isinstance(payload, Assign) or payload.atom is not atom:
                continue
            held = payload.base
            local = held and held.kind is Kind.LOCAL and held.owner == event.function
            gone = local and event.function not in running
            at = (event.place.path, event.place.line)
            if not gone and at not in seen:
                seen.add(at)
                where = f"stored in {payload.name}" if payload.name else "passed on"
                yield step("assign", event.place, f"{where} ({event.function})")


def _kept(instance: Instance, atom: Origin, place: Place) -> str:
    """What the line that reads a number stores it in, as the source names it."""
    for event in instance.events():
        payload = event.payload
        here = (event.place.path, event.place.line) == (place.path, place.line)
        if here and isinstance(payload, Assign) and payload.atom is atom and payload.name:
            return f", stored in {payload.name}"
    return ""


def _named(atom: Origin) -> str:
    device = f"of {atom.device} " if atom.device else ""
    return f"a number {device}in {atom.netns}"


def attachment(hook: HookContext) -> str:
    """Where a program is attached, in words."""
    return f"{hook.hook} of {hook.device}, in {hook.skb_netns}"


class Hop(NamedTuple):
    """A tail call from one program to another."""

    caller: Instance
    event: Event
    site: Site
    target: Instance


def first_way(arrival: Arrival) -> Way:
    """The tail calls by which the first packet has come in a state, whether or not alone."""
    way: list[tuple[Instance, Arrival, Event]] = []
    seen: set[int] = set()
    while arrival.before is not None and id(arrival) not in seen:
        seen.add(id(arrival))
        way.append(arrival.before)
        arrival = arrival.before[1]
    return tuple(way[::-1])


def _hops(instance: Instance, way: Way) -> list[Hop]:
    """The tail calls that lead to a program, the first one first."""
    targets = [*(caller for caller, _, _ in way), instance][1:]
    return [
        Hop(caller, event, site_of(event, caller.key.function, _functions(caller)), target)
        for (caller, _, event), target in zip(way, targets, strict=True)
    ]


def _functions(instance: Instance) -> dict[str, ir.Function]:
    return instance.binding.unit.functions


def made(instance: Instance, site: Site) -> Iterator[tuple[Instance, str, Place]]:
    """Every call of one program on the way to a site: program, function, place."""
    functions = [instance.key.function, *(call.callee for call in site.chain)]
    places = [*(call.place for call in site.chain), site.place]
    for function, place in zip(functions, places, strict=True):
        yield instance, function, place


def calls(chain: tuple[Call, ...]) -> list[Step]:
    """One step for each call."""
    return [step("call", call.place, f"calls {call.callee}") for call in chain]


def happens(event: Event) -> Step:
    """The last step: the event itself."""
    kind, text = KINDS[event.payload.kind].words(event)
    return step(kind, event.place, text)


def step(kind: str, place: Place, text: str) -> Step:
    """A step at a place."""
    return Step(kind=kind, path=place.path, line=place.line, column=place.column, text=text)
