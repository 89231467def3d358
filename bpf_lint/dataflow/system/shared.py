"""Shared maps: what programs of a system store in them, and who did."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import ANY, DEVICE_NETNS, SKB_NETNS, Origin, Value, Via, origin
from bpf_lint.dataflow.domain.base import Base, Key, Kind, base, can_be, spelt
from bpf_lint.dataflow.domain.memory import Cell, Slice
from bpf_lint.dataflow.domain.values import capped, join, leq, origins
from bpf_lint.dataflow.engine.events import Event, MapStore
from bpf_lint.dataflow.engine.fixpoint import Fixpoint
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import NOWHERE

# Offset of the cell that stands for "somewhere in the value".
ANYWHERE = -1


class Writer(NamedTuple):
    """The first store seen of an origin into a map cell."""

    event: Event
    unit: str
    function: str
    hook: HookContext


class SharedMaps:
    """Origins held by map cells, joined over all programs of a system.

    Integers are not kept: which values were stored together is not known, and counters would
    never settle. A cell therefore reads as its origins or anything else.

    What is stored under keys that differ in a constant is kept apart: a lookup reads what was
    stored under the keys that can be its own.
    """

    def __init__(self) -> None:
        self._cells: dict[Base, dict[Key, dict[int, Cell]]] = {}
        # A cell holds origins, of which a program has finitely many: no bound is needed here.
        self._solved: Fixpoint[tuple[Base, Key, int], Cell] = Fixpoint(Cells(), sys.maxsize)
        self.writers: dict[tuple[Base, int, tuple[object, ...]], Writer] = {}

    @property
    def grown(self) -> int:
        """How often a store has told something new."""
        return self._solved.grown

    def store(self, store: MapStore, writer: Writer) -> bool:
        """Add what a program stored, its namespaces those of its hook; True where it is new."""
        offset = ANYWHERE if store.offset is None else store.offset
        value = ANY
        for atom in origins(store.value):
            fixed = at_hook(atom, writer.hook)
            if fixed.via is not None and fixed.via.base == store.base:
                # Read from the same map: it says nothing about where the number came from.
                value |= {_seen_through(fixed, None)}
                continue
            value |= {fixed}
            self.writers.setdefault((store.base, offset, root_key(fixed)), writer)
        entries = self._cells.setdefault(store.base, {})
        key = store.key if store.key in entries or len(entries) < limits.KEYS else ()
        cell = self._solved.arrive((store.base, key, offset), (store.bits, capped(value)))
        if cell is not None:
            entries.setdefault(key, {})[offset] = cell
        return cell is not None

    def telling(self, keys: Base) -> Value:
        """The keys that a map has entries with origins under, each as `spelt` writes it."""
        entries = self._cells.get(base(Kind.MAP, keys.owner, keys.name), {})
        return frozenset(spelt(key) for key in entries if key)

    def _entries(self, of: Base) -> Iterator[dict[int, Cell]]:
        """The cells of all entries that an address can be of."""
        for key, cells in self._cells.get(of.whole, {}).items():
            if can_be(key, of.key):
                yield cells

    def load(self, at: Base, offset: int, bits: int) -> Value:
        """A scalar of a map value."""
        found = ANY
        for cells in self._entries(at):
            for start in (offset, ANYWHERE) if offset != ANYWHERE else sorted(cells):
                cell = cells.get(start)
                if cell is not None and (cell[0] == bits or start == offset):
                    found |= self._seen(at.whole, start, cell[1])
        return found

    def take(self, at: Base, offset: int, bits: int) -> Slice:
        """The cells of a range of a map value."""
        found: dict[int, Cell] = {}
        for cells in self._entries(at):
            for start, cell in cells.items():
                if offset <= start and start + cell[0] <= offset + bits:
                    found[start] = Cells().join(found[start], cell) if start in found else cell
        return tuple(
            (start - offset, found[start][0], self._seen(at.whole, start, found[start][1]))
            for start in sorted(found)
        )

    def _seen(self, at: Base, offset: int, value: Value) -> Value:
        """Origins as a reader sees them: obtained through this map."""
        return frozenset(
            _seen_through(a, Via(at, offset, NOWHERE)) if type(a) is Origin else a for a in value
        )


class Cells:
    """The order of a map's cells: by their values; the widest store says how wide one is."""

    def leq(self, left: Cell, right: Cell) -> bool:
        """True where a cell says nothing that another does not allow."""
        return left[0] <= right[0] and leq(left[1], right[1])

    def join(self, left: Cell, right: Cell) -> Cell:
        """A cell that covers both."""
        return (max(left[0], right[0]), join(left[1], right[1]))

    def widen(self, known: Cell, joined: Cell, count: int) -> Cell:
        """Nothing to give up: a cell holds no integers but UNKNOWN, and no addresses."""
        return joined


def _seen_through(atom: Origin, via: Via | None) -> Origin:
    """An origin, obtained through a map."""
    return origin(atom.symbol, atom.netns, atom.place, via, atom.narrow, atom.device, atom.zero)


def root_key(atom: Origin) -> tuple[object, ...]:
    """What identifies an origin however it travelled."""
    return (atom.symbol, atom.netns, atom.place)


def at_hook(atom: Origin, hook: HookContext) -> Origin:
    """An origin whose relative namespace becomes that of the hook."""
    if atom.netns == SKB_NETNS:
        netns = hook.skb_netns
    elif atom.netns == DEVICE_NETNS:
        netns = hook.device_netns
    else:
        return atom
    return origin(atom.symbol, netns, atom.place, atom.via, atom.narrow, atom.device, atom.zero)
