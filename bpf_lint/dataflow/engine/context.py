"""What transfer functions know of the run that they are part of."""

from __future__ import annotations

from typing import Protocol

from bpf_lint import ir
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import Value
from bpf_lint.dataflow.engine.audit import Audit
from bpf_lint.dataflow.engine.effects import Effects
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.evaluate import Evaluator
from bpf_lint.dataflow.engine.flow import Flow
from bpf_lint.dataflow.engine.memo import Outcome, Result


class Caller(Protocol):
    """Runs calls of functions; see `Interpreter`."""

    @property
    def depth(self) -> int:
        """Calls that are inside each other here."""
        ...

    @property
    def audit(self) -> Audit:
        """Where it is counted what was executed."""
        ...

    def is_thin(self, function: ir.Function, stores: bool = False) -> bool:
        """True for a thin wrapper."""
        ...

    def call(
        self,
        environment: Environment,
        name: str,
        arguments: tuple[Value, ...],
        outer: Frame,
        state: State,
    ) -> Outcome:
        """The outcome of a call of a function of the unit."""
        ...


class Context(Protocol):
    """One run of one function, as transfer functions see it; see `Activation`."""

    @property
    def interpreter(self) -> Caller:
        """Runs what the function calls."""
        ...

    @property
    def environment(self) -> Environment:
        """The unit."""
        ...

    @property
    def function(self) -> ir.Function:
        """The function that runs."""
        ...

    @property
    def frame(self) -> Frame:
        """Its memory."""
        ...

    @property
    def flow(self) -> Flow:
        """Facts of its control flow."""
        ...

    @property
    def evaluator(self) -> Evaluator:
        """Values of its expressions."""
        ...

    @property
    def effects(self) -> Effects:
        """Its writes to memory, and what its caller is told."""
        ...

    @property
    def returned(self) -> dict[tuple[object, ...], Result]:
        """Its results so far, by class."""
        ...

    def enter(self, block: int, state: State) -> None:
        """Queue a state at a block."""
        ...

    def give(self, instruction: ir.Call, value: Value, state: State) -> None:
        """Put a call's result where the instruction wants it."""
        ...
