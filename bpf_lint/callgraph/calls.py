"""Who calls whom among functions: order, recursion, reachability."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import networkx as nx


class Calls:
    """The calls of one unit, in the source or as they really happened.

    Args:
        calls: What each function refers to; what is no key itself is left out.
    """

    def __init__(self, calls: Mapping[str, Collection[str]]) -> None:
        self.graph: nx.DiGraph = nx.DiGraph()
        self.graph.add_nodes_from(calls)
        self.graph.add_edges_from(
            (name, one) for name, called in calls.items() for one in called if one in calls
        )

    @cached_property
    def components(self) -> tuple[tuple[str, ...], ...]:
        """Functions that can call each other together, sorted; callees before their callers."""
        condensed = nx.condensation(self.graph)
        order = reversed(list(nx.topological_sort(condensed)))
        return tuple(tuple(sorted(condensed.nodes[one]["members"])) for one in order)

    @cached_property
    def _cycles(self) -> dict[str, tuple[str, ...]]:
        return {
            name: members
            for members in self.components
            if len(members) > 1 or self.graph.has_edge(members[0], members[0])
            for name in members
        }

    def cycle(self, name: str) -> tuple[str, ...]:
        """Functions that can call each other and this one; none where it is not recursive."""
        return self._cycles.get(name, ())

    def reached(self, name: str) -> set[str]:
        """A function and all that it leads to; nothing where it is not there."""
        if name not in self.graph:
            return set()
        found: set[str] = nx.descendants(self.graph, name)
        return found | {name}
