"""What was executed: the raw figures behind `doctor --coverage`.

Keys are content keys of functions, so figures gathered in one configuration hold for the
same function in another.
"""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import Value
from bpf_lint.dataflow.engine.context import Context, Observer


class Audit(Observer):
    """Which calls, branches and returns were ever taken."""

    def __init__(self) -> None:
        self.calls: dict[str, set[str]] = {}
        self.branches: dict[str, dict[int, int]] = {}
        self.reasons: dict[tuple[str, int], str] = {}
        self.entered: set[str] = set()
        self.returns: set[str] = set()

    def called(
        self,
        activation: Context,
        call: ir.Call,
        name: str,
        arguments: tuple[Value, ...],
        state: State,
    ) -> None:
        """See `Observer`."""
        self.calls.setdefault(activation.function.key, set()).add(name)

    def branched(
        self, activation: Context, block: int, then: bool, otherwise: bool, value: Value
    ) -> None:
        """See `Observer`."""
        function = activation.function
        sides = self.branches.setdefault(function.key, {})
        known = sides.get(block, 0)
        if not known:
            self.reasons[function.key, block] = "{" + ", ".join(sorted(map(str, value))) + "}"
        sides[block] = known | then | (otherwise << 1)

    def left(self, activation: Context) -> None:
        """See `Observer`."""
        self.entered.add(activation.function.key)
        if activation.returned:
            self.returns.add(activation.function.key)
