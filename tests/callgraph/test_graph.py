"""Call graphs: put together, narrowed to what leads somewhere, walked as a tree."""

from __future__ import annotations

import json

from bpf_lint.callgraph import render
from bpf_lint.callgraph.graph import Edge, HookGraph, Node, leading_to, tree, union
from bpf_lint.model.place import Place
from bpf_lint.reporters.jsontext import json_text

ENTRY, LEFT, RIGHT = Node("a.c", "entry"), Node("a.c", "left"), Node("a.c", "right")
TAIL = Node("b.c", "tail")
REDIRECT, LOST = Node("", "bpf_redirect", "helper"), Node("", "calls[9]", "unresolved")


def edge(source: Node, target: Node, line: int, kind: str = "call") -> Edge:
    return Edge(source, target, kind, Place("a.c", line, 1))


EDGES = (
    edge(ENTRY, RIGHT, 3),
    edge(ENTRY, LEFT, 2),
    edge(LEFT, TAIL, 5, "tail_call"),
    edge(RIGHT, LEFT, 7),
    edge(RIGHT, LOST, 8, "unresolved"),
    edge(TAIL, REDIRECT, 9, "helper"),
    edge(TAIL, ENTRY, 10, "tail_call"),
)


def graph(*edges: Edge, device: str = "lxc") -> HookGraph:
    return HookGraph("veth", "tc-ingress", device, "host", "entry", ENTRY, edges)


def test_graphs_of_one_attachment_become_one() -> None:
    both = union([graph(*EDGES[:2]), graph(*EDGES[1:]), graph(EDGES[0], device="other")])
    assert [(one.device, one.edges) for one in both] == [
        ("lxc", tuple(sorted(EDGES))),
        ("other", EDGES[:1]),
    ]


def test_only_edges_that_lead_to_a_helper_are_kept() -> None:
    kept = leading_to(graph(*EDGES), "redirect")
    assert set(kept.edges) == set(EDGES) - {EDGES[4]}
    assert leading_to(graph(*EDGES), "clone").edges == ()
    assert set(leading_to(graph(*EDGES), "right").edges) == {
        e for e in EDGES if e.target not in (REDIRECT, LOST)
    }


def test_a_tree_shows_calls_in_source_order_and_each_node_once() -> None:
    rows = [(depth, node.name, again) for depth, _, node, again in tree(graph(*EDGES))]
    assert rows == [
        (0, "entry", False),
        (1, "left", False),
        (2, "tail", False),
        (3, "bpf_redirect", False),
        (3, "entry", True),
        (1, "right", False),
        (2, "left", True),
        (2, "calls[9]", False),
    ]


def test_text_marks_kinds_programs_and_places() -> None:
    text = render.text([graph(*EDGES)])
    assert "skb->dev in the host namespace" in text.splitlines()[0]
    assert "    left  [a.c:2]" in text.splitlines()
    assert "      tail call tail (b.c)  [a.c:5]" in text.splitlines()
    assert "        helper bpf_redirect  [a.c:9]" in text.splitlines()
    assert "      unresolved calls[9]  [a.c:8]" in text.splitlines()


def test_dot_names_every_node_and_edge() -> None:
    dot = render.dot([graph(*EDGES)])
    assert dot.count("->") == len(EDGES) + 1  # and "skb->dev" in the title
    assert dot.count("style=bold") == 2
    for node in (ENTRY, LEFT, RIGHT, TAIL, REDIRECT, LOST):
        assert f'label="{node.name}"' in dot


def test_json_holds_the_edges() -> None:
    (one,) = json.loads(json_text([graph(*EDGES)]))
    assert one["skb_netns"] == "host"
    assert len(one["edges"]) == len(EDGES)
    assert one["edges"][2]["kind"] == "tail_call"
