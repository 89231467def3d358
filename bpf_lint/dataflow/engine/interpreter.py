"""Runs calls of functions in their contexts, memoized by what they read.

A call runs the callee with a fresh frame; what it reads of its caller's memory becomes a path
in a trie, so a later call that reads the same values replays the result (see `memo`).
"""

from __future__ import annotations

from collections.abc import Sequence

from bpf_lint import ir
from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.memory import Slice
from bpf_lint.dataflow.domain.state import Frame, Read, State
from bpf_lint.dataflow.engine.activation import Activation
from bpf_lint.dataflow.engine.context import Observer, Observers
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.flow import Flow
from bpf_lint.dataflow.engine.memo import Memo, Outcome, Recorded
from bpf_lint.ir.wrappers import is_thin
from bpf_lint.model.errors import InputError

# Functions run by a call that is worth keeping, more than this. In the trees measured, calls that
# run fewer are half of the work, and would be three quarters of what is kept.
WORTH_KEEPING = 2


class Interpreter:
    """Runs functions of any unit; one per process, so that the memo is shared.

    Args:
        observers: Make events of what happens; outcomes in the memo are right for these alone.
        keeping: False where nobody keeps calls for later: `ran` stays empty.

    Attributes:
        runs: Functions run, not replayed, since whoever counts set it to 0.
        ran: Calls that were run and are worth keeping, and where.
    """

    def __init__(self, observers: Sequence[Observer] = (), *, keeping: bool = True) -> None:
        self.observers = Observers(observers)
        self.memo = Memo()
        self._flows: dict[str, Flow] = {}
        self._thin: dict[tuple[str, bool], bool] = {}
        self.depth = 0
        self.runs = 0
        self.keeping = keeping
        self.ran: list[tuple[Environment, Recorded]] = []

    def flow(self, function: ir.Function) -> Flow:
        """Control-flow facts of a function, made once for each content key."""
        found = self._flows.get(function.key)
        if found is None:
            found = self._flows[function.key] = Flow(function)
        return found

    def is_thin(self, function: ir.Function, stores: bool = False) -> bool:
        """True for a thin wrapper (see `ir.wrappers`)."""
        key = (function.key, stores)
        found = self._thin.get(key)
        if found is None:
            found = self._thin[key] = is_thin(function, stores)
        return found

    def call(
        self,
        environment: Environment,
        name: str,
        arguments: tuple[Value, ...],
        outer: Frame,
        state: State,
    ) -> Outcome:
        """The outcome of a call of a function of the unit, from the memo or by running it."""
        key = (environment.deep_key(name), arguments)
        if self.depth + environment.height(name) > limits.DEPTH:  # it may end early, here
            key = (f"{key[0]}@{self.depth}", arguments)

        def answer(read: Read) -> Value | Slice:
            return outer.answer(state, read)

        outcome = self.memo.find(key, answer)
        if outcome is None:
            before = self.runs
            self.runs += 1
            if self.runs > limits.RUNS:
                raise InputError(f"is too complex: its calls take more than {limits.RUNS} forms")
            function = environment.functions[name]
            flow = self.flow(function)
            frame = Frame(flow.own, answer, name)
            self.depth += 1
            try:
                outcome = Activation(self, environment, function, flow, frame).run(arguments)
            finally:
                self.depth -= 1
            self.memo.add(key, frame.reads, outcome)
            if self.keeping and self.runs - before > WORTH_KEEPING:
                self.ran.append((environment, Recorded(key, frame.reads, outcome)))
        return outcome
