"""What the attachments of a system lead to."""

from __future__ import annotations

from collections.abc import Mapping

from bpf_lint import ir
from bpf_lint.callgraph.graph import HookGraph
from bpf_lint.callgraph.system import SystemGraph
from bpf_lint.callgraph.tailcalls import Program
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.hooks import attached
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.model.context import HookContext


class Attached:
    """The call graph of a system, and where the kernel enters it."""

    def __init__(
        self, job: SystemJob, units: Mapping[str, ir.Unit], kernel: KernelModel, profile: Profile
    ) -> None:
        self._units = units
        programs = {one.name: one.program for one in job.units if one.name in units}
        self.graph = SystemGraph(units, programs, kernel, profile)
        self.entries: list[tuple[HookContext, Program]] = [
            (hook, Program(one.name, function))
            for one in job.units
            if one.name in units
            for hook, function in attached(job, one, units[one.name], profile, kernel)
        ]

    def hook_graphs(self) -> list[HookGraph]:
        """What each attachment leads to."""
        return [self.graph.below(hook, entry) for hook, entry in sorted(self.entries)]

    def led_to(self) -> dict[Program, bool]:
        """Functions with a program section, and whether something leads to them."""
        reached = self.graph.reached(entry for _, entry in self.entries)
        sections = (Program(name, f) for name, unit in self._units.items() for f in unit.entries)
        return {one: one in reached for one in sections}
