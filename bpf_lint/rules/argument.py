"""The argument of a call that is wrong, as the call site spells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpf_lint import ir
from bpf_lint.config.cexpr import prototype
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.results.result import Event, Instance, Site
from bpf_lint.ir.wrappers import register
from bpf_lint.model.finding import Argument
from bpf_lint.model.place import Place
from bpf_lint.sources.spelling import spelt_call

Functions = Mapping[str, ir.Function]


def wrong_argument(
    rule: Rule,
    instance: Instance,
    event: Event,
    site: Site,
    kernel: KernelModel,
    statement: Callable[[str, int], str],
) -> Argument | None:
    """The argument that a rule is about; None where it says none, or a macro spells the call.

    Args:
        site: Where the finding stands: the event, or the call of a thin wrapper around it.
        statement: The text of a source line, by path and 1-based line.
    """
    helper = kernel.helpers.get(getattr(event.payload, "helper", ""))
    if not rule.argument or helper is None or site.place.spelling:
        return None
    parameters = [one.name for one in prototype(helper.prototype).parameters]
    if rule.argument not in parameters:
        return None
    functions = instance.binding.unit.functions
    at = _at_site(event, site, functions, parameters.index(rule.argument))
    if at is None:
        return None
    position, callee = at
    path = site.place.path
    call = spelt_call(lambda line: statement(path, line), site.place.line, site.place.column)
    # A name that is not the function's is a macro's, whose parameters nobody knows here.
    if call is None or callee not in ("", call.name) or position >= len(call.arguments):
        return None
    return Argument(path, *call.arguments[position])


def _at_site(
    event: Event, site: Site, functions: Functions, position: int
) -> tuple[int, str] | None:
    """Which argument of the call at the site it is, and which function that call names."""
    place, callee = event.place, ""
    for call in reversed(event.chain[len(site.chain) :]):
        wrapper = functions.get(call.callee)
        inner = _call_at(wrapper, place)
        if wrapper is None or inner is None or position >= len(inner.arguments):
            return None
        held = register(inner.arguments[position])
        positions = [at for at, one in enumerate(wrapper.parameters) if one.reg == held >= 0]
        if not positions:
            return None
        position, place, callee = positions[0], call.place, call.callee
    return (position, callee) if place == site.place else None


def _call_at(function: ir.Function | None, place: Place) -> ir.Call | None:
    """The call of a function at a place."""
    for block in function.blocks if function else ():
        for instruction in block.instructions:
            if isinstance(instruction, ir.Call) and instruction.place == place:
                return instruction
    return None
