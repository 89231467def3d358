"""The coverage audit: what was executed and what was not, by program and hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from bpf_lint import ir
from bpf_lint.callgraph.calls import Calls
from bpf_lint.dataflow.engine.audit import Audit
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from bpf_lint.dataflow.system.system import System
from bpf_lint.ir.text import format_expr
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import Place

LineOf = Callable[[str, int], str]


class OneSided(msgspec.Struct, frozen=True, order=True):
    """A condition that only ever went one way: its line of source, and what its value was."""

    place: Place
    function: str
    condition: str
    always: bool
    because: str


class Unresolved(msgspec.Struct, frozen=True, order=True):
    """A tail call or callee without a target."""

    place: Place
    function: str
    text: str


class HookCoverage(msgspec.Struct, frozen=True):
    """One program under one hook.

    Args:
        reached, unreached: Names of functions of the program.
    """

    hook: HookContext
    program: str
    reached: tuple[str, ...]
    unreached: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True):
    """All of one system.

    Args:
        unattached: Entry functions, by program, that no hook and no tail call leads to.
        stable: False where shared maps did not settle.
    """

    mode: str
    configuration: str
    hooks: tuple[HookCoverage, ...]
    one_sided: tuple[OneSided, ...]
    never_return: tuple[tuple[str, str], ...]
    unresolved_tail_calls: tuple[Unresolved, ...]
    unknown_callees: tuple[Unresolved, ...]
    unattached: tuple[tuple[str, str], ...]
    stable: bool


def coverage(system: System, audit: Audit, line_of: LineOf | None = None) -> Coverage:
    """The audit of one system.

    Args:
        line_of: The text of a source line, by path and 1-based line; without it, conditions are
            told as they were compiled.
    """
    reached = _reached(system, audit)
    by_program: dict[str, set[str]] = {}
    for (program, _), names in reached.items():
        by_program.setdefault(program, set()).update(names)
    functions = {
        function.key: function
        for program, names in by_program.items()
        for name in names
        if (function := system.units[program].functions.get(name))
    }
    return Coverage(
        mode=system.job.mode,
        configuration=system.job.configuration,
        hooks=tuple(_hooks(system, reached)),
        one_sided=tuple(sorted(_one_sided(functions, audit, line_of))),
        never_return=tuple(
            sorted(
                (function.name, str(function.place))
                for key, function in functions.items()
                if key in audit.entered and key not in audit.returns
            )
        ),
        unresolved_tail_calls=_unresolved(system),
        unknown_callees=_unknown(system),
        unattached=tuple(_unattached(system, by_program)),
        stable=system.stable,
    )


def _reached(system: System, audit: Audit) -> dict[tuple[str, HookContext], set[str]]:
    """Functions of each program that run under each hook."""
    found: dict[tuple[str, HookContext], set[str]] = {}
    for key in system.instances:
        names = found.setdefault((key.unit, key.hook), set())
        names |= executed(system.units[key.unit], audit).reached(key.function)
    return found


def executed(unit: ir.Unit, audit: Audit) -> Calls:
    """The calls of a unit that were made."""
    return Calls({one.name: audit.calls.get(one.key, ()) for one in unit.functions.values()})


def _hooks(
    system: System, reached: dict[tuple[str, HookContext], set[str]]
) -> Iterator[HookCoverage]:
    for (program, hook), names in sorted(reached.items()):
        every = set(system.units[program].functions)
        yield HookCoverage(hook, program, tuple(sorted(names)), tuple(sorted(every - names)))


def _one_sided(
    functions: dict[str, ir.Function], audit: Audit, line_of: LineOf | None
) -> Iterator[OneSided]:
    for key, function in functions.items():
        for index, sides in audit.branches.get(key, {}).items():
            end = function.blocks[index].end
            if sides != 3 and isinstance(end, ir.Branch):
                line = line_of(end.place.path, end.place.line) if line_of else ""
                compiled = format_expr(end.condition, _names(function))
                yield OneSided(
                    place=end.place,
                    function=function.name,
                    condition=" ".join(line.split()) or compiled,
                    always=sides == 1,
                    because=" or ".join(sorted(audit.reasons.get((key, index), ()))),
                )


def _names(function: ir.Function) -> tuple[str, ...]:
    """Names of registers, for people: what has none is a result in between."""
    return tuple(name or "(result)" for name in function.reg_names)


def _unresolved(system: System) -> tuple[Unresolved, ...]:
    found = {
        Unresolved(event.place, event.function, text)
        for (_, event), text in system.unresolved.items()
    }
    return tuple(sorted(found))


def _unknown(system: System) -> tuple[Unresolved, ...]:
    found = set()
    for instance in system.instances.values():
        for event in instance.events():
            if isinstance(event.payload, Unfollowed):
                text = f"{event.payload.what} {event.payload.text}"
                found.add(Unresolved(event.place, event.function, text))
    return tuple(sorted(found))


def _unattached(system: System, reached: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Programs nothing leads to."""
    for name, unit in sorted(system.units.items()):
        for entry in unit.entries:
            if entry not in reached.get(name, ()):
                yield name, entry
