"""Rules that can say something of the programs at hand: the others need not be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.callgraph.jumps import calls_in
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.hooks import attached
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.pipeline.parse import Parsed, unit_key


class _Object(NamedTuple):
    """What can happen in an object: its types of programs, none where not known, and helpers."""

    types: frozenset[str]
    helpers: frozenset[int]


class Applicable:
    """Which rules the objects of a run can break: a rule that none can costs nothing."""

    def __init__(
        self, systems: Sequence[SystemJob], parsed: Parsed, profile: Profile, kernel: KernelModel
    ) -> None:
        self._kernel = kernel
        self._objects = set(_objects(systems, parsed, profile, kernel))

    def of(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules that some object can break, in their order."""
        return [rule for rule in rules if any(self._can(one, rule) for one in self._objects)]

    def _can(self, found: _Object, rule: Rule) -> bool:
        types = set(rule.program_types)
        any_of, all_of = self._numbers(rule.helpers), self._numbers(rule.calls)
        return (
            (not types or not found.types or not types.isdisjoint(found.types))
            and (not any_of or not any_of.isdisjoint(found.helpers))
            and all_of <= found.helpers
        )

    def _numbers(self, names: Sequence[str]) -> set[int]:
        return {self._kernel.helpers[name].number for name in names}


def _objects(
    systems: Sequence[SystemJob], parsed: Parsed, profile: Profile, kernel: KernelModel
) -> Iterator[_Object]:
    called: dict[str, frozenset[int]] = {}
    types: dict[str, set[str]] = {}  # by program: what it is in one system it is in all
    helpers: dict[tuple[str, frozenset[int]], None] = {}
    for job in systems:
        units = {unit_key(one): one for one in job.units}
        for key in units.keys() & parsed.units.keys() - called.keys():
            called[key] = _called(parsed.units[key])
        linked = _linked({key: parsed.units[key] for key in units if key in called}, called)
        for key, one in units.items():
            if key in called:
                hooks = attached(job, one, parsed.units[key], profile, kernel)
                types.setdefault(one.program, set()).update(h.program_type for h, _ in hooks)
                helpers[one.program, called[key] | linked] = None
    for program, numbers in helpers:
        yield _Object(frozenset(types[program]), numbers)


def _linked(units: Mapping[str, ir.Unit], called: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """Helpers of all objects of a system, where some are linked with others."""
    if not any(unit.wanted for unit in units.values()):
        return frozenset()
    return frozenset().union(*(called[key] for key in units))


def _called(unit: ir.Unit) -> frozenset[int]:
    """Numbers of the helpers that the functions of an object call."""
    return frozenset(
        call.helper
        for function in unit.functions.values()
        for call in calls_in(function)
        if call.helper >= 0
    )
