"""The entrance of the dataflow layer: one engine per process, many systems."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bpf_lint import ir
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.dataflow.engine.audit import Audit
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Recorded
from bpf_lint.dataflow.keeping.calls import decode, encode
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.system.system import System


class Engine:
    """Keeps the memo of all calls, so that configurations share the work.

    Args:
        events: Names of the kinds of events that are wanted, None for all: others are not observed.
        audit: False where nobody asks what was executed: `audit` stays empty.
    """

    def __init__(
        self, kernel: KernelModel, events: Collection[str] | None = None, *, audit: bool = True
    ) -> None:
        self.kernel = kernel
        self.audit = Audit()
        self.interpreter = Interpreter([*observers_of(events), *([self.audit] if audit else ())])
        self._learnt: dict[str, list[Recorded]] = {}

    def analyse(self, job: SystemJob, units: Mapping[str, ir.Unit], profile: Profile) -> System:
        """Run the programs of one mode and configuration to a fixpoint."""
        system = System(job, units, self.kernel, profile, self.interpreter)
        self.interpreter.runs = 0
        self.interpreter.whole.clear()
        system.run()
        return system

    def recall(self, data: bytes) -> None:
        """Know the calls of `learnt`, of an engine with the same kernel and events."""
        for one in decode(data):
            self.interpreter.memo.add(*one)

    def learn(self, units: Mapping[str, ir.Unit]) -> None:
        """Take the calls of whole programs that the last system has run as these units'."""
        keys = {id(unit): key for key, unit in units.items()}
        for unit, one in self.interpreter.whole:
            self._learnt.setdefault(keys[id(unit)], []).append(one)
        self.interpreter.whole.clear()

    def learnt(self) -> dict[str, bytes]:
        """All calls that were taken, by unit."""
        return {key: encode(calls) for key, calls in self._learnt.items()}


def analyse(
    job: SystemJob, units: Mapping[str, ir.Unit], kernel: KernelModel, profile: Profile
) -> System:
    """Analyse one system with an engine of its own."""
    return Engine(kernel).analyse(job, units, profile)
