"""Functions that can call each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def cycles(calls: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """Each function that can call itself, with all others it can do so through, sorted.

    Args:
        calls: What each function calls; what is no key is left out.
    """
    # Imported here: most programs have no recursion, and it takes a fifth of a second.
    import networkx as nx

    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(calls)
    graph.add_edges_from((n, one) for n, called in calls.items() for one in called if one in calls)
    found: dict[str, tuple[str, ...]] = {}
    for component in nx.strongly_connected_components(graph):
        members = tuple(sorted(component))
        if len(members) > 1 or graph.has_edge(members[0], members[0]):
            found.update(dict.fromkeys(members, members))
    return found
