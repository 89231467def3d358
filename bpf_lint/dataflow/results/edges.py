"""The call graph that an analysis saw: only calls that some path takes.

Thin wrappers are left out: a tail call or a redirect is drawn where the wrapper is called, so that
programs which share a wrapper do not seem to lead to each other's targets.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint import ir
from bpf_lint.callgraph.calls import Calls
from bpf_lint.callgraph.graph import Edge, HookGraph, Node
from bpf_lint.callgraph.jumps import calls_in
from bpf_lint.dataflow.engine.audit import Audit
from bpf_lint.dataflow.engine.events import Event, TailCall
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.system.instance import Instance
from bpf_lint.dataflow.system.site import site_of
from bpf_lint.dataflow.system.system import System
from bpf_lint.ir.wrappers import is_thin
from bpf_lint.model.context import HookContext


def hook_graphs(system: System, audit: Audit) -> list[HookGraph]:
    """One graph for each attachment of a system."""
    edges: dict[HookContext, set[Edge]] = {}
    for instance in system.instances.values():
        found = edges.setdefault(instance.key.hook, set())
        found.update(_direct(system, instance, audit))
        found.update(_happenings(system, instance))
    return [
        HookGraph(
            hook.mode,
            hook.hook,
            hook.device,
            hook.skb_netns,
            hook.entry,
            Node(*system.entries[hook]),
            tuple(sorted(found)),
        )
        for hook, found in sorted(edges.items())
    ]


def _direct(system: System, instance: Instance, audit: Audit) -> Iterator[Edge]:
    unit = instance.key.unit
    functions = system.units[unit].functions
    made = {
        one.name: {c for c in audit.calls.get(one.key, ()) if not _hidden(functions, c)}
        for one in functions.values()
    }
    for name in Calls(made).reached(instance.key.function):
        for call in calls_in(functions[name]):
            if call.callee in made[name]:
                yield Edge(Node(unit, name), Node(unit, call.callee), "call", call.place)


def _hidden(functions: dict[str, ir.Function], name: str) -> bool:
    """True for thin wrappers, also of tail calls."""
    return is_thin(functions.get(name), stores=True)


def _happenings(system: System, instance: Instance) -> Iterator[Edge]:
    """Tail calls, redirects and FIB lookups."""
    for event in instance.events():
        site = site_of(event, instance.key.function, instance.binding.unit.functions)
        source = Node(instance.key.unit, site.function)
        payload = event.payload
        if isinstance(payload, Aimed):
            helper = Node("", f"bpf_{payload.helper}", "helper")
            yield Edge(source, helper, "helper", site.place)
        elif isinstance(payload, TailCall):
            for target, kind in _targets(system, instance, event, payload):
                yield Edge(source, target, kind, site.place)


def _targets(
    system: System, instance: Instance, event: Event, call: TailCall
) -> Iterator[tuple[Node, str]]:
    unit = instance.key.unit
    targets = system.targets(unit, call)
    for target in targets:
        yield Node(target.unit, target.function), "tail_call"
    if not targets:
        text = system.unresolved.get((unit, event), "?")
        yield Node("", text, "unresolved"), "unresolved"
