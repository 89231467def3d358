"""Call graphs as text and dot."""

from __future__ import annotations

from collections.abc import Iterable

from bpf_lint.callgraph.graph import Edge, HookGraph, Node, tree
from bpf_lint.model.printable import safe

_MARKS = {
    "call": "",
    "callback": "callback ",
    "tail_call": "tail call ",
    "helper": "helper ",
    "unresolved": "unresolved ",
}


def text(graphs: Iterable[HookGraph]) -> str:
    """A tree for each hook."""
    lines = []
    for graph in graphs:
        lines.append(safe(title(graph)))
        for depth, edge, node, again in tree(graph):
            more = " (see above)" if again else ""
            lines.append("  " * (depth + 1) + safe(label(edge, node, graph.entry.program)) + more)
        lines.append("")
    return "\n".join(lines)


def title(graph: HookGraph) -> str:
    """The attachment, and the namespace it means."""
    mode = f"{graph.mode}: " if graph.mode else ""
    return (
        f"{mode}{graph.name} ({graph.entry.program}) at {graph.hook} of {graph.device}, "
        f"skb->dev in the {graph.skb_netns} namespace"
    )


def label(edge: Edge | None, node: Node, program: str) -> str:
    """A node as it is called."""
    if edge is None:
        return node.name
    where = f"  [{edge.place.path}:{edge.place.line}]"
    away = f" ({node.program})" if node.program not in ("", program) else ""
    slot = f" {edge.label}" if edge.label else ""
    return f"{_MARKS[edge.kind]}{node.name}{away}{slot}{where}"


def dot(graphs: Iterable[HookGraph]) -> str:
    """Graphviz: a cluster for each hook, named after the namespace of `skb->dev`."""
    lines = ["digraph bpf {", "  rankdir=LR; node [shape=box, fontname=monospace];"]
    for number, graph in enumerate(graphs):
        lines.append(f"  subgraph cluster_{number} {{ label={_quoted(title(graph))};")
        names: dict[Node, str] = {}
        for node in sorted({graph.entry, *(n for e in graph.edges for n in (e.source, e.target))}):
            names[node] = f"n{number}_{len(names)}"
            shape = ", shape=ellipse" if node.kind != "function" else ""
            lines.append(f"    {names[node]} [label={_quoted(node.name)}{shape}];")
        for edge in graph.edges:
            style = ' [style=bold, label="tail call"]' if edge.kind == "tail_call" else ""
            lines.append(f"    {names[edge.source]} -> {names[edge.target]}{style};")
        lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + safe(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
