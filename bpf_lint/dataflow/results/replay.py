"""Runs the programs of one path again, each from the state in which the one before has left it.

In the analysis, states in which a program can start are joined with others: a path through several
programs can have taken something from one packet, and something from another. Here nothing is
joined between programs, only inside of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import Origin
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.system.instance import Arrival, Instance
from bpf_lint.dataflow.system.received import EntryState, arriving, entry_state
from bpf_lint.dataflow.system.shared import root_key
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.errors import InputError

# The tail calls of a path, the first one first.
Way = tuple[tuple[Instance, Arrival, Event], ...]


class Replay:
    """Replays paths of one system that has been analysed."""

    def __init__(self, system: System) -> None:
        self._shared = system.shared
        self._interpreter = system.interpreter
        self._known: dict[tuple[int, int, Event, Origin | None], Way | None] = {}
        self._starts: dict[int, list[tuple[EntryState, Way]]] = {}

    def way(
        self, instance: Instance, arrival: Arrival, event: Event, atom: Origin | None
    ) -> Way | None:
        """The tail calls of a path that leads to an event alone, None where none is found.

        Args:
            atom: A number that the event is given, where it is about one.
        """
        key = (id(instance), id(arrival), event, atom)
        if key not in self._known:
            try:
                self._known[key] = self._way(instance, arrival, event, atom)
            except InputError:  # more work than an analysis may take
                self._known[key] = None
        return self._known[key]

    def _way(
        self, instance: Instance, arrival: Arrival, event: Event, atom: Origin | None
    ) -> Way | None:
        for entry, way in self._entries(instance, arrival):
            for made in self._events(instance, entry):
                if _is_same(event, made) and (atom is None or _is_given(made, atom)):
                    return way
        return None

    def _entries(self, instance: Instance, arrival: Arrival) -> list[tuple[EntryState, Way]]:
        """The states in which paths start a program, as far as the limit goes."""
        found = self._starts.get(id(arrival))
        if found is None:
            self._starts[id(arrival)] = []  # for a path that leads back to where it was
            found = []
            for entry, way in self._arriving(instance, arrival):
                if all(entry != known for known, _ in found):
                    found.append((entry, way))
                if len(found) >= limits.REPLAYED:
                    break
            self._starts[id(arrival)] = found
        return found

    def _arriving(self, instance: Instance, arrival: Arrival) -> Iterator[tuple[EntryState, Way]]:
        for before in arrival.ways:
            if before is None:
                follows = self._interpreter.observers.follows
                yield entry_state(instance.key.hook, follows), ()
                continue
            caller, its, event = before
            for entry, way in self._entries(caller, its):
                for made in self._events(caller, entry):
                    if isinstance(made.payload, TailCall) and _is_same(event, made):
                        yield arriving(entry, made.payload), (*way, before)

    def _events(self, instance: Instance, entry: EntryState) -> tuple[Event, ...]:
        answer = partial(instance.answer, entry=entry, shared=self._shared)
        return self._interpreter.call(
            instance.binding.environment,
            instance.key.function,
            instance.parameters(),
            Frame(frozenset(), answer),
            State({}, {}),
        ).events


def _is_same(event: Event, other: Event) -> bool:
    """True for what happens at the same place, by the same calls."""
    return (
        event.place == other.place
        and event.chain == other.chain
        and type(event.payload) is type(other.payload)
    )


def _is_given(event: Event, atom: Origin) -> bool:
    """True for a call that is given a number of this origin."""
    payload = event.payload
    if not isinstance(payload, Aimed):
        return True
    return any(root_key(one) == root_key(atom) for one in origins(payload.target))
