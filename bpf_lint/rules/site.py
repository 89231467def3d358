"""The call site that a finding is about.

A thin wrapper around a helper, such as Cilium's `ctx_redirect()`, is not where a mistake is
made: the site is the call of the wrapper. A wrapper is thin when it makes one call only and
hands its own parameter on as the number (or the slot) in question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.dataflow.events import Call, Event
from bpf_lint.model.place import Place


class Site(NamedTuple):
    """Where it is, in which function, and the calls that lead to that function."""

    place: Place
    function: str
    chain: tuple[Call, ...]


def site_of(event: Event, program: str, functions: Mapping[str, ir.Function]) -> Site:
    """The site of an event that happened below `program`."""
    chain = event.chain
    place = event.place
    function = chain[-1].callee if chain else program
    while chain and is_thin(functions.get(function)):
        place = chain[-1].place
        chain = chain[:-1]
        function = chain[-1].callee if chain else program
    return Site(place, function, chain)


def is_thin(function: ir.Function | None) -> bool:
    """True for a function that only hands its parameters to one call."""
    if function is None:
        return False
    calls = [
        instruction
        for block in function.blocks
        for instruction in block.instructions
        if isinstance(instruction, ir.Call)
    ]
    if len(calls) != 1:
        return False
    # The first parameter is the context; one more has to be handed on.
    parameters = {p.reg for p in function.parameters if p.bits <= 64 and p.reg >= 0}
    first = function.parameters[0].reg if function.parameters else -1
    passed = {register(argument) for argument in calls[0].arguments}
    given = passed & parameters
    return bool(given - {first}) or (len(function.parameters) > 0 and first in passed and
                                     calls[0].helper >= 0 and len(parameters) == 1)


def register(expression: ir.Expr) -> int:
    """The register that an expression is, conversions aside; -1 for anything else."""
    while isinstance(expression, ir.Cast):
        expression = expression.operand
    return expression.index if isinstance(expression, ir.Reg) else -1
