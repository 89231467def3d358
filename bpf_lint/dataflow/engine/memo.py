"""Outcomes of calls, found again by the values that the call reads.

Execution is deterministic, so two runs of one function with equal arguments make the same
first read; its value decides the second read, and so on. The reads of all runs form a trie:
looking up a call walks it, one read a step, and ends at the recorded outcome or at a value
that was not seen before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.base import Base
from bpf_lint.dataflow.domain.memory import Region, Slice
from bpf_lint.dataflow.domain.state import Armed, Read
from bpf_lint.dataflow.engine.events import Event
from bpf_lint.model.place import Place


class Result(NamedTuple):
    """One class of returns: value, memory written, the redirect that waits, and the first place.

    Args:
        given: What is left of the arguments that tests were about; see `Flow.given`.
    """

    value: Value
    memory: dict[Base, Region]
    armed: Armed | None
    place: Place
    given: tuple[Value, ...] = ()


class Outcome(NamedTuple):
    """All a caller can see of a call."""

    results: tuple[Result, ...]
    events: tuple[Event, ...]


class Node:
    """After the reads so far: the next read and where each of its values leads."""

    __slots__ = ("children", "outcome", "read")

    def __init__(self) -> None:
        self.read: Read | None = None
        self.children: dict[Value | Slice, Node] = {}
        self.outcome: Outcome | None = None


CallKey = tuple[str, tuple[Value, ...]]


class Recorded(NamedTuple):
    """A call that was run: what it read, in this order, and its outcome."""

    key: CallKey
    reads: dict[Read, Value | Slice]
    outcome: Outcome


class Memo:
    """All outcomes of one process."""

    def __init__(self) -> None:
        self._roots: dict[CallKey, Node] = {}
        self.hits = 0
        self.misses = 0

    def find(self, key: CallKey, answer: Callable[[Read], Value | Slice]) -> Outcome | None:
        """The outcome recorded for these arguments and the caller's memory, if any."""
        node = self._roots.get(key)
        while node is not None:
            if node.outcome is not None:
                self.hits += 1
                return node.outcome
            if node.read is None:
                break
            node = node.children.get(answer(node.read))
        self.misses += 1
        return None

    def add(self, key: CallKey, reads: dict[Read, Value | Slice], outcome: Outcome) -> None:
        """Record the outcome of a run that made these reads, in this order."""
        node = self._roots.setdefault(key, Node())
        for read, value in reads.items():
            if node.outcome is not None:
                return
            if node.read is None:
                node.read = read
            elif node.read != read:
                return
            node = node.children.setdefault(value, Node())
        if node.read is None:
            node.outcome = outcome
