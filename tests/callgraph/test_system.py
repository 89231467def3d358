"""The call graph of a system, from its source alone."""

from __future__ import annotations

import pytest

from bpf_lint.callgraph.calls import Calls
from bpf_lint.callgraph.graph import Edge, HookGraph
from bpf_lint.contexts.reached import Attached
from bpf_lint.dataflow import Engine, hook_graphs
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, attach, job, profile

ENTRY = attach("a.c", "entry", "tc-ingress", "lxc")
OTHER = 'SEC("calls/%d") int next%d(struct __sk_buff *c) { return 0; }\n'
JUMP = "inline_ void jump(struct __sk_buff *c, u32 at) { bpf_tail_call(c, &calls, at); }\n"


def attached(source: str) -> Attached:
    return Attached(job({"a.c": source}), {"a.c": compile_c(source)}, KERNEL, profile(ENTRY))


def edges(source: str, kind: str) -> set[str]:
    """Targets of edges of a kind, from the entry on."""
    (graph,) = attached(source).hook_graphs()
    return {edge.target.name for edge in graph.edges if edge.kind == kind}


def entry(body: str, before: str = "") -> str:
    return (
        PROG_ARRAY
        + "".join(OTHER % (at, at) for at in (1, 2, 3))
        + before
        + f'SEC("tc") int entry(struct __sk_buff *c) {{ {body} return 0; }}'
    )


def test_components_come_callees_first_and_recursion_together() -> None:
    calls = Calls({"a": ["b", "gone"], "b": ["c", "d"], "c": ["b"], "d": ["d"], "e": []})
    order = [one for one in calls.components if one != ("e",)]
    assert order == [("d",), ("b", "c"), ("a",)]
    assert calls.cycle("c") == ("b", "c")
    assert calls.cycle("d") == ("d",)
    assert calls.cycle("a") == ()
    assert calls.reached("b") == {"b", "c", "d"}
    assert calls.reached("gone") == set()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("bpf_tail_call(c, &calls, 1);", {"next1"}),
        ("u32 at = c->mark ? 1 : 2; bpf_tail_call(c, &calls, at);", {"next1", "next2"}),
        ("bpf_tail_call(c, &calls, c->mark);", {"next1", "next2", "next3"}),
        ("jump(c, 2);", {"next2"}),
        ("further(c, 3);", {"next3"}),
        ("jump(c, 1); jump(c, 2);", {"next1", "next2"}),
    ],
)
def test_tail_calls_lead_to_what_is_in_their_slots(body: str, names: set[str]) -> None:
    before = JUMP + "inline_ void further(struct __sk_buff *c, u32 at) { jump(c, at); }\n"
    assert edges(entry(body, before), "tail_call") == names


def test_a_tail_call_stands_where_its_slot_is_named() -> None:
    (graph,) = attached(entry("jump(c, 2);", JUMP)).hook_graphs()
    (edge,) = [one for one in graph.edges if one.kind == "tail_call"]
    assert (edge.source.name, edge.label) == ("entry", "calls[2]")


def test_wrappers_that_call_each_other_end() -> None:
    before = """static int odd(struct __sk_buff *c, u32 at);
    static int even(struct __sk_buff *c, u32 at) {
        bpf_tail_call(c, &calls, at); return odd(c, at); }
    static int odd(struct __sk_buff *c, u32 at) { return even(c, at) + even(c, at); }\n"""
    assert edges(entry("even(c, 1); odd(c, 3);", before), "tail_call") == {"next1", "next3"}


def test_a_slot_that_holds_nothing_is_unresolved() -> None:
    assert edges(entry("bpf_tail_call(c, &calls, 7);"), "unresolved") == {"calls[7]"}
    assert edges(entry("bpf_tail_call(c, (void *)c->mark, 7);"), "unresolved") == {"unknown map[7]"}


def test_helpers_calls_and_callbacks_are_told_apart() -> None:
    before = """static __attribute__((noinline)) int add(int a) { return a + 1; }
    static long turn(u32 at, void *c) { return 0; }\n"""
    source = entry("c->mark = add(1); bpf_loop(4, turn, c, 0); return bpf_redirect(1, 0);", before)
    assert edges(source, "call") == {"add"}
    assert edges(source, "callback") == {"turn"}
    assert edges(source, "helper") == {"bpf_loop", "bpf_redirect"}


def test_what_nothing_leads_to_is_known() -> None:
    led_to = attached(entry("jump(c, 2);", JUMP)).led_to()
    assert {one.function for one, is_led_to in led_to.items() if is_led_to} == {"entry", "next2"}
    assert {one.function for one, is_led_to in led_to.items() if not is_led_to} == {
        "next1",
        "next3",
    }


def test_what_ran_is_part_of_what_the_source_says() -> None:
    source = entry(
        "if (c->mark == 1) jump(c, 2); if (c->mark == 2 && c->mark == 3) jump(c, 3); send(c);",
        JUMP + "static __attribute__((noinline)) int send(struct __sk_buff *c)"
        " { return bpf_redirect(c->mark, 0); }\n",
    )
    whole = attached(source)
    engine = Engine(KERNEL)
    units = {"a.c": compile_c(source)}
    system = engine.analyse(job({"a.c": source}), units, profile(ENTRY))
    (ran,), (static,) = hook_graphs(system, engine.audit), whole.hook_graphs()

    def pairs(graph: HookGraph) -> set[tuple[object, ...]]:
        return {_pair(edge) for edge in graph.edges}

    assert pairs(ran) <= pairs(static)
    assert "next3" in {edge.target.name for edge in static.edges}
    assert "next3" not in {edge.target.name for edge in ran.edges}


def _pair(edge: Edge) -> tuple[object, ...]:
    return (edge.source, edge.target, edge.kind)
