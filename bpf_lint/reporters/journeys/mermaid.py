"""Journeys as a Mermaid flowchart for each mode: namespaces as boxes, broken steps in red."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from bpf_lint.model.journey import Hop, Journey
from bpf_lint.reporters.common import flat
from bpf_lint.reporters.journeys import words
from bpf_lint.reporters.mermaid import LOST, label

Node = tuple[str, str, str]  # lane, kind, text


def render(journeys: Iterable[Journey]) -> str:
    """A flowchart for each mode, in blocks of Markdown."""
    blocks = []
    for mode, members in groupby(journeys, key=lambda one: one.mode):
        title = f"### {label_text(mode)}\n\n" if mode else ""
        blocks.append(f"{title}```mermaid\n{_chart(list(members))}```\n")
    return "\n".join(blocks)


def label_text(text: str) -> str:
    """A name in a heading, in which nothing is markup."""
    return "".join(c if c.isalnum() or c in " -_.,()" else "?" for c in flat(text))


def _chart(journeys: list[Journey]) -> str:
    names: dict[Node, str] = {}
    edges: dict[tuple[str, str, str, bool], None] = {}
    for one in journeys:
        nodes = [_node(hop) for hop in one.hops]
        for node in nodes:
            names.setdefault(node, f"n{len(names)}")
        for hop, node, after in zip(one.hops, nodes, nodes[1:], strict=False):
            edges[names[node], names[after], flat(hop.leaves), bool(hop.broken)] = None
    lines = ["flowchart LR"]
    for number, lane in enumerate(words.lanes(journeys)):
        lines.append(f"  subgraph lane{number}[{label(lane)}]")
        lines += [f"    {name}{_box(node)}" for node, name in names.items() if node[0] == lane]
        lines.append("  end")
    for source, target, text, broken in edges:
        arrow = "-. " if broken else "-- "
        lines.append(f"  {source} {arrow}{label(text)} {'.->' if broken else '-->'} {target}")
    lines += [f"  style {name} {LOST}" for (_, kind, _), name in names.items() if kind == "lost"]
    return "".join(f"{line}\n" for line in lines)


def _node(hop: Hop) -> Node:
    text = hop.leaves if hop.kind == "lost" else words.what(hop)
    return (words.lane(hop), hop.kind, flat(text))


def _box(node: Node) -> str:
    _, kind, text = node
    begin, end = {"program": ("[", "]"), "stack": ("{{", "}}"), "outer": ("{{", "}}")}.get(
        kind, ("([", "])")
    )
    return f"{begin}{label(text)}{end}"
