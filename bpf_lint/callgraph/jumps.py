"""Tail calls in the source: which map and slot each names, seen through wrappers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.config.cexpr import prototype
from bpf_lint.config.effects import TailCallEffect
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.model.place import Place


class Parameter(NamedTuple):
    """A parameter of the function, by position: its callers say what it is."""

    position: int


# What an argument can be: constants, names of maps, parameters; None for anything else.
Found = frozenset[int | str | Parameter | None]


# What a register is given: a value, the result of a call, None for what is not known.
Put = ir.Expr | ir.Call | None


class Jump(NamedTuple):
    """A tail call, at the place where map and slot are named.

    Args:
        maps, slots: What they can be; None among them where that is not known.
    """

    function: str
    place: Place
    maps: frozenset[str | None]
    slots: frozenset[int | None]


def jumps(unit: ir.Unit, kernel: KernelModel) -> Iterator[Jump]:
    """All tail calls of a unit."""
    helpers = {
        helper.number: (helper.prototype, helper.effect)
        for helper in kernel.helpers.values()
        if isinstance(helper.effect, TailCallEffect)
    }
    seen = Arguments(unit)
    for function in unit.functions.values():
        for call in calls_in(function):
            if call.helper in helpers:
                text, effect = helpers[call.helper]
                names = [one.name for one in prototype(text).parameters]
                at = [names.index(effect.map), names.index(effect.index)]
                given = tuple(
                    seen.found(function, call.arguments[i]) if i < len(call.arguments) else _ANY
                    for i in at
                )
                yield from seen.jumps(function, call.place, given)


class Arguments:
    """What the functions of a unit hand to each other."""

    def __init__(self, unit: ir.Unit) -> None:
        self._unit = unit
        self._callers: dict[str, list[tuple[ir.Function, ir.Call]]] = {}
        for function in unit.functions.values():
            for call in calls_in(function):
                self._callers.setdefault(call.callee, []).append((function, call))
        self._values: dict[str, Mapping[int, list[Put]]] = {}

    def jumps(
        self, function: ir.Function, place: Place, given: tuple[Found, ...]
    ) -> Iterator[Jump]:
        """A tail call, told in the callers of the function where these name map or slot."""
        waiting = [(function, place, given)]
        seen: set[tuple[str, tuple[Found, ...]]] = set()
        while waiting:
            function, place, given = waiting.pop()
            callers = self.callers(function.name)
            if not callers or not any(isinstance(one, Parameter) for f in given for one in f):
                yield _jump(function, place, *given)
            elif (function.name, given) not in seen:
                seen.add((function.name, given))
                for caller, call in callers:
                    handed = tuple(self._handed(caller, call, found) for found in given)
                    waiting.append((caller, call.place, handed))

    def _handed(self, caller: ir.Function, call: ir.Call, found: Found) -> Found:
        handed: Found = frozenset()
        for one in found:
            if not isinstance(one, Parameter):
                handed |= {one}
            elif one.position < len(call.arguments):
                handed |= self.found(caller, call.arguments[one.position])
            else:
                handed |= _ANY
        return handed

    def found(self, function: ir.Function, expression: ir.Expr | None) -> Found:
        """What an expression of a function can be."""
        found: Found = frozenset()
        waiting: list[Put] = [expression]
        seen = set[int]()
        while waiting:
            match waiting.pop():
                case ir.Const(value):
                    found |= {value}
                case ir.Symbol() as one:
                    found |= {one.value}
                case ir.Global(name) if name in self._unit.maps:
                    found |= {name}
                case ir.Cast(operand):
                    waiting.append(operand)
                case ir.Reg(index):
                    if index not in seen:
                        seen.add(index)
                        waiting += self.assigned(function).get(index, ())
                        found |= {
                            Parameter(at)
                            for at, one in enumerate(function.parameters)
                            if one.reg == index
                        }
                case _:
                    found |= _ANY
        return found or _ANY

    def callers(self, name: str) -> Sequence[tuple[ir.Function, ir.Call]]:
        """The calls of a function, each with the function that makes it."""
        return self._callers.get(name, ())

    def assigned(self, function: ir.Function) -> Mapping[int, list[Put]]:
        """What is put into each register of a function."""
        known = self._values.get(function.name)
        if known is not None:
            return known
        values: dict[int, list[Put]] = {}
        for block in function.blocks:
            for instruction in block.instructions:
                match instruction:
                    case ir.Set():
                        values.setdefault(instruction.reg, []).append(instruction.value)
                    case ir.Call():
                        values.setdefault(instruction.result, []).append(instruction)
                    case ir.Havoc():
                        for reg in instruction.regs:
                            values.setdefault(reg, []).append(None)
        self._values[function.name] = values
        return values


_ANY: Found = frozenset([None])


def _jump(function: ir.Function, place: Place, maps: Found, slots: Found) -> Jump:
    return Jump(
        function.name,
        place,
        frozenset(one if isinstance(one, str) else None for one in maps),
        frozenset(one if isinstance(one, int) else None for one in slots),
    )


def calls_in(function: ir.Function) -> Iterator[ir.Call]:
    """All call instructions of a function."""
    for block in function.blocks:
        for instruction in block.instructions:
            if isinstance(instruction, ir.Call):
                yield instruction
