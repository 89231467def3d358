"""What was executed: the raw figures behind `doctor --coverage`.

Keys are content keys of functions, so figures gathered in one configuration hold for the
same function in another.
"""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.dataflow.domain.values import Value


class Audit:
    """Which calls, branches and returns were ever taken."""

    def __init__(self) -> None:
        self.calls: dict[str, set[str]] = {}
        self.branches: dict[str, dict[int, int]] = {}
        self.reasons: dict[tuple[str, int], str] = {}
        self.entered: set[str] = set()
        self.returns: set[str] = set()
        self.traps: set[str] = set()

    def called(self, caller: ir.Function, callee: str) -> None:
        """A call was made."""
        self.calls.setdefault(caller.key, set()).add(callee)

    def branched(
        self, function: ir.Function, block: int, then: bool, otherwise: bool, value: Value
    ) -> None:
        """A branch was taken to one side or both; `value` is what its condition was."""
        sides = self.branches.setdefault(function.key, {})
        known = sides.get(block, 0)
        if not known:
            self.reasons[function.key, block] = "{" + ", ".join(sorted(map(str, value))) + "}"
        sides[block] = known | then | (otherwise << 1)

    def left(self, function: ir.Function, returned: bool) -> None:
        """A run of a function ended, with or without a way back to its caller."""
        self.entered.add(function.key)
        if returned:
            self.returns.add(function.key)

    def trapped(self, function: ir.Function) -> None:
        """A path ended in a trap."""
        self.traps.add(function.key)
