"""The call graph of a system: calls, tail calls by map and slot, helpers, callbacks.

It is what the source says, before anything is analysed: a path in it need not be one that a packet
can take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import networkx as nx

from bpf_lint import ir
from bpf_lint.callgraph.calls import Calls
from bpf_lint.callgraph.graph import Edge, HookGraph, Node
from bpf_lint.callgraph.jumps import calls_in, jumps
from bpf_lint.callgraph.tailcalls import Program, ProgramArrays
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.model.context import HookContext


class SystemGraph:
    """The programs of one system, and what leads from one function to another.

    Attributes:
        calls: The calls of each unit, by its name.
        arrays: The contents of its prog arrays.
    """

    def __init__(
        self,
        units: Mapping[str, ir.Unit],
        programs: Mapping[str, str],
        kernel: KernelModel,
        profile: Profile,
    ) -> None:
        self._units = units
        self._kernel = kernel
        self.arrays = ProgramArrays(units, programs, profile)
        self.calls = {
            name: Calls({one.name: one.calls for one in unit.functions.values()})
            for name, unit in units.items()
        }

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """Every function and helper of the system: nodes `Node`, edge attribute `edge`."""
        result: nx.MultiDiGraph = nx.MultiDiGraph()
        for name, unit in self._units.items():
            result.add_nodes_from(Node(name, function) for function in unit.functions)
            for edge in sorted({*self._direct(name, unit), *self._jumps(name, unit)}):
                result.add_edge(edge.source, edge.target, edge=edge)
        return result

    def below(self, hook: HookContext, entry: Program) -> HookGraph:
        """What an attachment leads to."""
        node = Node(*entry)
        reached = self.graph.subgraph({node, *nx.descendants(self.graph, node)})
        edges = tuple(sorted(data["edge"] for _, _, data in reached.edges(data=True)))
        names = (hook.mode, hook.hook, hook.device, hook.skb_netns, hook.entry)
        return HookGraph(*names, node, edges)

    def reached(self, entries: Iterable[Program]) -> set[Program]:
        """Functions that some of these lead to, themselves included."""
        found: set[Node] = set()
        for node in sorted({Node(*entry) for entry in entries}):
            if node not in found:
                found |= {node, *nx.descendants(self.graph, node)}
        return {Program(node.program, node.name) for node in found if node.kind == "function"}

    @cached_property
    def _helpers(self) -> dict[int, str]:
        return {one.number: f"bpf_{name}" for name, one in self._kernel.helpers.items()}

    def _direct(self, name: str, unit: ir.Unit) -> Iterator[Edge]:
        """Calls, helpers, and callbacks: functions whose address is taken."""
        for function in unit.functions.values():
            source = Node(name, function.name)
            told: set[str] = set()
            for call in calls_in(function):
                if call.helper >= 0:
                    helper = self._helpers.get(call.helper, f"helper {call.helper}")
                    yield Edge(source, Node("", helper, "helper"), "helper", call.place)
                elif call.callee in unit.functions:
                    told.add(call.callee)
                    yield Edge(source, Node(name, call.callee), "call", call.place)
                for argument in call.arguments:
                    if isinstance(argument, ir.FunctionAddress) and argument.name in unit.functions:
                        told.add(argument.name)
                        yield Edge(source, Node(name, argument.name), "callback", call.place)
            for other in [*function.calls, *_in_tables(function, unit)]:
                if other in unit.functions and other not in told:
                    yield Edge(source, Node(name, other), "callback", function.place)

    def _jumps(self, name: str, unit: ir.Unit) -> Iterator[Edge]:
        for jump in jumps(unit, self._kernel):
            source = Node(name, jump.function)
            for map_name in jump.maps:
                for slot in jump.slots:
                    label = f"{map_name or 'unknown map'}[{'?' if slot is None else slot}]"
                    targets = self._targets(name, map_name, slot)
                    for target in targets:
                        yield Edge(source, Node(*target), "tail_call", jump.place, label)
                    if not targets:
                        yield Edge(source, Node("", label, "unresolved"), "unresolved", jump.place)

    def _targets(self, unit: str, name: str | None, slot: int | None) -> tuple[Program, ...]:
        return () if name is None else self.arrays.targets(unit, name, slot)


def _in_tables(function: ir.Function, unit: ir.Unit) -> Iterator[str]:
    """Functions whose address is in a variable that a function refers to."""
    for name in function.globals:
        if name in unit.variables:
            for initial in unit.variables[name].initial:
                yield initial.address
