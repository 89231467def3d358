"""Units that are linked into one object: what one of them declares and another defines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from bpf_lint import ir

Thing = TypeVar("Thing")


def wanted_from(units: Iterable[ir.Unit]) -> dict[str, frozenset[str]]:
    """Functions of each unit, by its path, that others call and none of their own replaces."""
    every = list(units)
    wanted = {name for unit in every for name in unit.wanted}
    found = {unit.path: frozenset(wanted.intersection(unit.exports)) for unit in every}
    return {path: names for path, names in found.items() if names}


def linked(units: Mapping[str, ir.Unit]) -> dict[str, ir.Unit]:
    """The units of a system, each with the functions and variables that others define for it.

    What cannot be taken over, because names mean something else there, is left undefined: calls
    of it are counted as unknown.
    """
    variables = _linked_variables(units)
    result = {}
    for name, unit in units.items():
        unit = _with_variables(unit, variables)
        for function in unit.wanted:
            if givers := [u for u in units.values() if u is not unit and function in u.exports]:
                unit = _with_function(unit, function, givers)
        result[name] = unit
    return result


def _linked_variables(units: Mapping[str, ir.Unit]) -> dict[str, ir.Variable]:
    """Definitions of the variables that some unit only declares."""
    declared = {v.name for u in units.values() for v in u.variables.values() if not v.defined}
    return {
        name: variable
        for unit in units.values()
        for name, variable in unit.variables.items()
        if name in declared and variable.defined and not variable.internal
    }


def _with_variables(unit: ir.Unit, linked: Mapping[str, ir.Variable]) -> ir.Unit:
    own = {
        name: msgspec.structs.replace(linked[name], linked=True)
        for name, variable in unit.variables.items()
        if name in linked and not variable.internal
    }
    return msgspec.structs.replace(unit, variables={**unit.variables, **own}) if own else unit


def _with_function(unit: ir.Unit, name: str, givers: list[ir.Unit]) -> ir.Unit:
    """A unit whose function of this name is the one that another unit defines."""
    others = {one: f for one, f in unit.functions.items() if one != name}
    bare = msgspec.structs.replace(unit, functions=others)
    bodies = {giver.functions[name].key for giver in givers if name in giver.functions}
    giver = givers[0]
    if len(bodies) != 1 or name not in giver.functions:
        return bare
    functions = _below(giver, name)
    names = {one for function in functions.values() for one in function.globals}
    if any(one in others and others[one].key != f.key for one, f in functions.items()):
        return bare
    if any(_clashes(unit, giver, one) for one in names):
        return bare
    return msgspec.structs.replace(
        bare,
        functions={**others, **functions},
        variables={**_named(giver.variables, names), **unit.variables},
        maps={**_named(giver.maps, names), **unit.maps},
    )


def _below(unit: ir.Unit, name: str) -> dict[str, ir.Function]:
    """A function and all that it leads to."""
    found: dict[str, ir.Function] = {}
    left = [name]
    while left:
        function = unit.functions.get(left.pop())
        if function is not None and function.name not in found:
            found[function.name] = function
            left += function.calls
    return found


def _clashes(unit: ir.Unit, giver: ir.Unit, name: str) -> bool:
    """True for a variable that is another one in each of two units."""
    own, other = unit.variables.get(name), giver.variables.get(name)
    return own is not None and other is not None and (own.internal or other.internal)


def _named(things: Mapping[str, Thing], names: set[str]) -> dict[str, Thing]:
    return {name: thing for name, thing in things.items() if name in names}
