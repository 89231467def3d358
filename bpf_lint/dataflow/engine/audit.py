"""What was executed: the raw figures behind `doctor --coverage`.

Keys are content keys of functions, so figures gathered in one configuration hold for the
same function in another.
"""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import Atom, Origin, Pointer, Value
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.engine.context import Context, Observer

MOST_WORDS = 4  # of what a condition was; the first ones of more


def _word(atom: Atom) -> str:
    """One thing that a value can be, in words of the source."""
    if isinstance(atom, int):
        return str(atom)
    if isinstance(atom, Origin):
        return atom.symbol
    return "an address" if isinstance(atom, Pointer) else "a number"


class Audit(Observer):
    """Which calls, branches and returns were ever taken."""

    def __init__(self) -> None:
        self.calls: dict[str, set[str]] = {}
        self.branches: dict[str, dict[int, int]] = {}
        self.reasons: dict[tuple[str, int], set[str]] = {}
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
        if known in (0, then | (otherwise << 1)):
            words = self.reasons.setdefault((function.key, block), set())
            if len(words) < MOST_WORDS:
                words.update(map(_word, value))
        sides[block] = known | then | (otherwise << 1)

    def left(self, activation: Context) -> None:
        """See `Observer`."""
        self.entered.add(activation.function.key)
        if activation.returned:
            self.returns.add(activation.function.key)
