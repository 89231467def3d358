"""Conversions of an ifindex to a narrower type."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import Origin, Value
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment, Whole
from bpf_lint.ir.shapes import uncast
from bpf_lint.ir.text import stored_in
from bpf_lint.model.place import Place

# What identifies a number here: where the program reads what.
Number = tuple[str, Place]


class Narrow(Payload, frozen=True):
    """An ifindex was put into a type with fewer bits.

    Args:
        name: Member or variable, as the source names it; "" where it does not.
    """

    kind: ClassVar[str] = "narrowing"
    atom: Origin
    bits: int
    name: str


class Narrowings(EventKind):
    """Ifindexes that lose bits, by a conversion or by where they are put."""

    name = "narrowing"
    plural = "conversions of an ifindex to a narrower type"
    described = {"cut": "where the ifindex lost bits, in words"}

    def assigned(
        self, activation: Context, instruction: ir.Set, bits: int, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        _narrowed(activation, instruction, bits, "", state)

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        name = stored_in(instruction.address)
        _narrowed(activation, instruction, instruction.bits, name, state)

    def matters(self, moment: Moment) -> bool:
        """See `EventKind`: the number is later a target."""
        payload = moment.event.payload
        assert isinstance(payload, Narrow)
        return (payload.atom.symbol, payload.atom.place) in moment.whole.of(truncated)

    def targets(self, payload: Narrow) -> list[Origin]:
        """See `EventKind`."""
        return [payload.atom]

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Narrow)
        return {"cut": f"when it is stored in {payload.name}" if payload.name else "here"}

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Narrow)
        return {"target.bits": payload.bits}

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        payload = event.payload
        assert isinstance(payload, Narrow)
        into = f" into {payload.name}" if payload.name else ""
        return "narrowing", f"cut to {payload.bits} bits{into}"


def _narrowed(
    activation: Context, instruction: ir.Set | ir.Store, bits: int, name: str, state: State
) -> None:
    if not 8 <= bits < 32:
        return
    whole = uncast(instruction.value)
    for atom in origins(activation.evaluator.value(whole, state)):
        if atom.narrow > bits:
            activation.effects.emit(instruction.place, Narrow(atom, bits, name))


def truncated(whole: Whole) -> frozenset[Number]:
    """Numbers that are given to a helper with fewer bits than they had."""
    return frozenset(
        (atom.symbol, atom.place)
        for payload in whole.payloads()
        if isinstance(payload, Aimed)
        for atom in origins(payload.target)
        if atom.narrow < 32
    )


def cut(whole: Whole) -> frozenset[Number]:
    """Numbers that lose bits where a program stores or converts them, where rules look at that."""
    return frozenset(
        (payload.atom.symbol, payload.atom.place)
        for payload in (whole.payloads() if Narrowings.name in whole.looked_at else ())
        if isinstance(payload, Narrow)
    )


def bits_told(whole: Whole, atom: Origin | None) -> Facts:
    """The bits of a target, where the loss of some is told at another place."""
    if atom is None or (atom.symbol, atom.place) not in whole.of(cut):
        return {}
    return {"target.bits": 32}
