"""Stores of an ifindex in memory of the run, for the path that a finding shows."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import Origin, Value
from bpf_lint.dataflow.domain.base import Base
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import origins, pointers
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.observers.kind import EventKind
from bpf_lint.ir.text import stored_in


class Assign(Payload, frozen=True):
    """An origin was stored in memory of the run.

    Args:
        base: The memory it was stored in, None where it is not known.
        name: Member or variable, as the source names it; "" where it does not.
    """

    kind: ClassVar[str] = "assignment"
    atom: Origin
    base: Base | None
    name: str


class Assignments(EventKind):
    """Stores of an ifindex, which traces tell."""

    name = "assignment"

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        if instruction.bits < 16:
            return
        found = pointers(address)
        base = found[0].base if len(found) == 1 else None
        for atom in origins(value):
            told = Assign(atom, base, stored_in(instruction.address))
            activation.effects.emit(instruction.place, told)
