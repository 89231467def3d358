"""The call graph that an analysis saw: only calls that some path takes."""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint import ir
from bpf_lint.callgraph.graph import Edge, HookGraph, Node
from bpf_lint.dataflow.audit import Audit
from bpf_lint.dataflow.events import Event, TailCall
from bpf_lint.dataflow.instance import Instance
from bpf_lint.dataflow.system import System
from bpf_lint.model.context import HookContext


def hook_graphs(system: System, audit: Audit) -> list[HookGraph]:
    """One graph for each attachment of a system."""
    edges: dict[HookContext, set[Edge]] = {}
    for instance in system.instances.values():
        found = edges.setdefault(instance.key.hook, set())
        found.update(_direct(system, instance, audit))
        found.update(_tail(system, instance))
    return [
        HookGraph(
            hook.mode,
            hook.hook,
            hook.device,
            hook.skb_netns,
            Node(*system.entries[hook]),
            tuple(sorted(found)),
        )
        for hook, found in sorted(edges.items())
    ]


def _direct(system: System, instance: Instance, audit: Audit) -> Iterator[Edge]:
    unit = instance.key.unit
    functions = system.units[unit].functions
    stack, seen = [instance.key.function], set()
    while stack:
        name = stack.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        function = functions[name]
        taken = audit.calls.get(function.key, set())
        stack.extend(taken)
        for call in calls_in(function):
            target = _target(instance, call, taken)
            if target is not None:
                kind = "call" if target.kind == "function" else "helper"
                yield Edge(Node(unit, name), target, kind, call.place)


def calls_in(function: ir.Function) -> Iterator[ir.Call]:
    """All call instructions of a function."""
    for block in function.blocks:
        for instruction in block.instructions:
            if isinstance(instruction, ir.Call):
                yield instruction


def _target(instance: Instance, call: ir.Call, taken: set[str]) -> Node | None:
    if call.helper >= 0:
        model = instance.binding.environment.helpers.get(call.helper)
        if model is None or model.data.effect.kind in ("", "write", "tail_call"):
            return None
        return Node("", f"bpf_{model.name}", "helper")
    return Node(instance.key.unit, call.callee) if call.callee in taken else None


def _tail(system: System, instance: Instance) -> Iterator[Edge]:
    unit = instance.key.unit
    for event in instance.events():
        if not isinstance(event.payload, TailCall):
            continue
        source = Node(unit, caller(event, instance.key.function))
        targets = system.targets(unit, event.payload)
        for target in targets:
            yield Edge(source, Node(target.unit, target.function), "tail_call", event.place)
        if not targets:
            text = system.unresolved.get((unit, event), "?")
            yield Edge(source, Node("", text, "unresolved"), "unresolved", event.place)


def caller(event: Event, program: str) -> str:
    """The function that an event happened in."""
    return event.chain[-1].callee if event.chain else program
