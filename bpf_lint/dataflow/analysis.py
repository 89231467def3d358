"""The entrance of the dataflow layer: one engine per process, many systems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from bpf_lint import ir
from bpf_lint.cache.moved import Lines
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.dataflow.engine.audit import Audit
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Recorded
from bpf_lint.dataflow.keeping.calls import DeepKeys, Kept, encode
from bpf_lint.dataflow.keeping.functions import Digests
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.system.system import System


class Engine:
    """Keeps the memo of all calls, so that configurations share the work.

    Args:
        events: Names of the kinds of events that are wanted, None for all: others are not observed.
        audit: False where nobody asks what was executed: `audit` stays empty.
        keeping: False where nobody keeps calls for later: there is nothing to `learn`.
    """

    def __init__(
        self,
        kernel: KernelModel,
        events: Collection[str] | None = None,
        *,
        audit: bool = True,
        keeping: bool = True,
    ) -> None:
        self.kernel = kernel
        self.audit = Audit()
        observers = [*observers_of(events), *([self.audit] if audit else ())]
        self.interpreter = Interpreter(observers, keeping=keeping)
        self._kept: list[Kept] = []
        self._deep: set[str] = set()
        self._digests = Digests({})
        self._recalled: list[tuple[str, Recorded]] = []
        self._learnt: list[tuple[str, Recorded]] = []

    def analyse(self, job: SystemJob, units: Mapping[str, ir.Unit], profile: Profile) -> System:
        """Run the programs of one mode and configuration to a fixpoint."""
        system = System(job, units, self.kernel, profile, self.interpreter)
        if self._kept:
            self._remember([one.environment for one in system.bindings.values()])
        self.interpreter.runs = 0
        self.interpreter.ran.clear()
        system.run()
        return system

    def recall(self, data: bytes, lines: Lines = MappingProxyType({})) -> None:
        """Know the calls of `learnt`, of an engine with the same kernel and events.

        Args:
            lines: Where lines of code are now, by file: of the files that have changed since.
        """
        self._kept.append(Kept(data, lines, self._deep))

    def learn(self) -> None:
        """Take the calls that the last system has run."""
        known: dict[int, dict[str, str]] = {}
        for environment, call in self.interpreter.ran:
            if id(environment) not in known:
                known[id(environment)] = environment.lasting_keys(self._digests.of)
            self._learnt.append((_lasting(known[id(environment)], call), call))
        self.interpreter.ran.clear()

    def learnt(self, *, recalled: bool = False) -> bytes | None:
        """All calls that were taken, and those that were recalled if wanted; None for none."""
        calls = [*(self._recalled if recalled else ()), *self._learnt]
        return encode(calls) if calls else None

    def _remember(self, environments: Sequence[Environment]) -> None:
        """Put what was kept of the functions of a system into the memo."""
        keys = [one.lasting_keys(self._digests.of) for one in environments]
        for now in keys:
            self._deep.update(now)
        for kept in self._kept:
            for one, now in zip(environments, keys, strict=True):
                for call in kept.calls(one, now):
                    self.interpreter.memo.add(*call)
                    self._recalled.append((_lasting(now, call), call))


def _lasting(keys: DeepKeys, call: Recorded) -> str:
    """The lasting key of a call."""
    return keys[call.key[0].partition("@")[0]]


def analyse(
    job: SystemJob, units: Mapping[str, ir.Unit], kernel: KernelModel, profile: Profile
) -> System:
    """Analyse one system with an engine of its own."""
    return Engine(kernel).analyse(job, units, profile)
