"""What one attachment leads to: calls, tail calls and helpers, as the source or a run has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import networkx as nx

from bpf_lint.model.place import Place


class Node(msgspec.Struct, frozen=True, order=True):
    """A function of a program, a helper ("" program), or an unresolved tail call."""

    program: str
    name: str
    kind: str = "function"


class Edge(msgspec.Struct, frozen=True, order=True):
    """A call: `kind` is "call", "callback", "tail_call", "helper" or "unresolved"."""

    source: Node
    target: Node
    kind: str
    place: Place
    label: str = ""


class HookGraph(msgspec.Struct, frozen=True):
    """What one attachment can execute.

    Args:
        hook, device, skb_netns, mode: Its context, in the words of the profile.
        name: What its entry is called: function or section.
        entry: Its function.
    """

    mode: str
    hook: str
    device: str
    skb_netns: str
    name: str
    entry: Node
    edges: tuple[Edge, ...]


def union(graphs: Iterable[HookGraph]) -> list[HookGraph]:
    """Graphs of the same attachment in several configurations, put together."""
    found: dict[tuple[str, str, str, str, str, Node], set[Edge]] = {}
    for graph in graphs:
        key = (graph.mode, graph.hook, graph.device, graph.skb_netns, graph.name, graph.entry)
        found.setdefault(key, set()).update(graph.edges)
    return [HookGraph(*key, tuple(sorted(edges))) for key, edges in sorted(found.items())]


def directed(graph: HookGraph) -> nx.MultiDiGraph:
    """The graph in networkx's form, nodes `Node`, edge attribute `edge`."""
    result: nx.MultiDiGraph = nx.MultiDiGraph()
    result.add_node(graph.entry)
    for edge in graph.edges:
        result.add_edge(edge.source, edge.target, edge=edge)
    return result


def leading_to(graph: HookGraph, name: str) -> HookGraph:
    """Only the edges on a path to a helper whose name contains `name`, or to that function."""
    whole = directed(graph)
    wanted = {
        node
        for node in whole
        if node.name == name or (node.kind != "function" and name in node.name)
    }
    keep = set(wanted)
    for node in wanted:
        keep |= nx.ancestors(whole, node)
    edges = tuple(e for e in graph.edges if e.source in keep and e.target in keep)
    return msgspec.structs.replace(graph, edges=edges)


def tree(graph: HookGraph) -> Iterator[tuple[int, Edge | None, Node, bool]]:
    """(depth, edge, node, shown before), depth first; a node's calls are shown once."""
    following: dict[Node, list[Edge]] = {}
    for one in graph.edges:
        following.setdefault(one.source, []).append(one)
    seen: set[Node] = set()
    stack: list[tuple[int, Edge | None, Node]] = [(0, None, graph.entry)]
    while stack:
        depth, edge, node = stack.pop()
        again = node in seen and node in following
        yield depth, edge, node, again
        if again:
            continue
        seen.add(node)
        ordered = sorted(following.get(node, ()), key=lambda e: (e.place, e.target))
        stack.extend((depth + 1, e, e.target) for e in reversed(ordered))
