"""The fixpoint solver: states that grow along an order until nothing new arrives.

Blocks of a function, turns of a callback, programs that tail calls lead to and the cells of shared
maps are all solved by it. Each says what a key is, and in what order keys are visited.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)
State = TypeVar("State")


class Lattice(Protocol[State]):
    """The order of states, and how they are put together."""

    def leq(self, left: State, right: State) -> bool:
        """True where a state says nothing that another does not allow."""
        ...

    def join(self, left: State, right: State) -> State:
        """An upper bound of both."""
        ...

    def widen(self, known: State, joined: State, count: int) -> State:
        """An upper bound of a state that has grown `count` times, whose chains end."""
        ...


class Fixpoint(Generic[Key, State]):
    """What is known at each key; it only ever grows.

    Args:
        lattice: Of the states.
        bound: Times that the state of a key may grow.

    Attributes:
        known: The state at each key.
        grown: Times that any state has grown or come to be.
        unsettled: Keys that met the bound: more arrives there than `known` says.
    """

    def __init__(self, lattice: Lattice[State], bound: int) -> None:
        self._lattice = lattice
        self._bound = bound
        self._counts: dict[Key, int] = {}
        self.known: dict[Key, State] = {}
        self.grown = 0
        self.unsettled: set[Key] = set()

    def arrive(self, key: Key, state: State) -> State | None:
        """The state to go on from, None where nothing new arrives."""
        known = self.known.get(key)
        if known is None:
            self.known[key] = state
            self.grown += 1
            return state
        joined = self._lattice.join(known, state)
        if self._lattice.leq(joined, known):
            return None
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count > self._bound:
            self.unsettled.add(key)
            return None
        joined = self._lattice.widen(known, joined, count)
        self.known[key] = joined
        self.grown += 1
        return joined


class Worklist(Generic[Key]):
    """Keys to visit, each once until it is visited: by rank, else first come first served."""

    def __init__(self, rank: Callable[[Key], int] | None = None) -> None:
        self._rank = rank
        self._heap: list[tuple[int, int, Key]] = []
        self._waiting: set[Key] = set()
        self._count = 0

    def push(self, key: Key) -> None:
        """Visit a key, some time from now on."""
        if key not in self._waiting:
            self._waiting.add(key)
            self._count += 1
            rank = self._rank(key) if self._rank else 0
            heapq.heappush(self._heap, (rank, self._count, key))

    def pop(self) -> Key:
        """The next key."""
        _, _, key = heapq.heappop(self._heap)
        self._waiting.discard(key)
        return key

    def __bool__(self) -> bool:
        return bool(self._heap)
