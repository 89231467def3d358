"""Where the ifindex of a redirect comes from, as the source says it.

What the analysis does not know is traced to something that a person can give a meaning to: a slice
backwards through assignments, calls and memory of the function, which looks at no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from bpf_lint import ir
from bpf_lint.callgraph.jumps import Arguments, Parameter, calls_in
from bpf_lint.ir.shapes import returned_values
from bpf_lint.model.place import Place


class Source(NamedTuple):
    """What a number comes from.

    Args:
        kind: "symbol" (macro, enumerator, variable), "member" (of a record), "map" (whose value is
            the number itself), or "number" (that has no name).
        name: Its name; "record.member" for a member, digits for a number.
    """

    kind: Literal["symbol", "member", "map", "number"]
    name: str


Found = frozenset[Source | Parameter]
NOTHING: Found = frozenset()


def sources(unit: ir.Unit, redirects: Mapping[int, int]) -> dict[Place, frozenset[Source]]:
    """What the numbers of redirects come from, by the place of the call.

    A call of a function that makes a redirect with its parameter counts as well.

    Args:
        redirects: Number of a helper -> position of its ifindex.
    """
    found: dict[Place, frozenset[Source]] = {}
    slicer = _Slicer(unit)
    for function in unit.functions.values():
        for call in calls_in(function):
            at = redirects.get(call.helper, -1)
            if 0 <= at < len(call.arguments):
                given = slicer.value(function, call.arguments[at])
                slicer.tell(function, (call.place,), given, found)
    return found


class _Slicer:
    """One unit, and what its functions hand to each other."""

    def __init__(self, unit: ir.Unit) -> None:
        self.unit = unit
        self.arguments = Arguments(unit)
        self._open: set[tuple[str, int]] = set()

    def tell(
        self,
        function: ir.Function,
        places: tuple[Place, ...],
        given: Found,
        found: dict[Place, frozenset[Source]],
    ) -> None:
        """Note a value at a call, and at calls of functions that were handed it."""
        for place in places:
            own = frozenset(one for one in given if isinstance(one, Source))
            found[place] = found.get(place, frozenset()) | own
        waiting = [one for one in given if isinstance(one, Parameter)]
        for caller, call in self.arguments.callers(function) if waiting else ():
            if call.place not in places:
                handed = self._handed(caller, call, given) - given
                self.tell(caller, (*places, call.place), handed, found)

    def value(self, function: ir.Function, expression: ir.Expr | None) -> Found:
        """What the value of an expression comes from."""
        match expression:
            case ir.Const(value) if value > 0:
                return frozenset([Source("number", str(value))])
            case ir.Symbol(name):
                return frozenset([Source("symbol", name)])
            case ir.Cast(operand) | ir.Unary(_, operand):
                return self.value(function, operand)
            case ir.Binary(_, left, right):
                both = self.value(function, left) | self.value(function, right)
                return frozenset(one for one in both if not _is_number(one))
            case ir.Load(address):
                return self._loaded(function, address)
            case ir.Reg(index):
                return self._register(function, index)
        return NOTHING

    def _register(self, function: ir.Function, index: int) -> Found:
        """What a register can hold: what was put into it, results of calls, a parameter."""
        if (function.name, index) in self._open:
            return NOTHING
        self._open.add((function.name, index))
        found = frozenset[Source | Parameter](
            Parameter(at) for at, one in enumerate(function.parameters) if one.reg == index
        )
        for put in self.arguments.assigned(function).get(index, ()):
            if isinstance(put, ir.Call):
                found |= self._result(function, put)
            else:
                found |= self.value(function, put)
        self._open.discard((function.name, index))
        return found

    def _result(self, function: ir.Function, call: ir.Call) -> Found:
        """What a function of the unit returns, as its caller sees it."""
        callee = self.unit.functions.get(call.callee)
        if callee is None:
            return NOTHING
        returned = self._all(self.value(callee, one) for one in returned_values(callee))
        return self._handed(function, call, returned)

    def _handed(self, caller: ir.Function, call: ir.Call, given: Found) -> Found:
        """The same with the arguments of a call in place of the parameters."""
        return self._all(
            frozenset([one])
            if isinstance(one, Source)
            else self.value(caller, call.arguments[one.position])
            for one in given
            if isinstance(one, Source) or one.position < len(call.arguments)
        )

    def _loaded(self, function: ir.Function, address: ir.Expr) -> Found:
        """What memory at an address holds."""
        root, at = _place_in(address)
        if isinstance(root, ir.Local):
            stored = list(self._stored(function, root.name, at))
            if stored:
                return self._all(self.value(function, one) for one in stored)
        if isinstance(address, ir.Field):
            return frozenset([Source("member", address.name)])
        if isinstance(root, ir.Global):
            return frozenset([Source("symbol", root.name)])
        return frozenset(Source("map", name) for name in self._maps(function, root))

    def _stored(self, function: ir.Function, name: str, at: int) -> Iterator[ir.Expr]:
        """What the function stores in a local variable at a bit offset."""
        for block in function.blocks:
            for one in block.instructions:
                if isinstance(one, ir.Store):
                    root, offset = _place_in(one.address)
                    if isinstance(root, ir.Local) and (root.name, offset) == (name, at):
                        yield one.value

    def _maps(self, function: ir.Function, pointer: ir.Expr) -> set[str]:
        """Maps that a pointer into a map's value can have been looked up in."""
        found, waiting, seen = set[str](), [(function, pointer)], set[tuple[str, int]]()
        while waiting:
            function, pointer = waiting.pop()
            if not isinstance(pointer, ir.Reg) or (function.name, pointer.index) in seen:
                continue
            seen.add((function.name, pointer.index))
            for put in self.arguments.assigned(function).get(pointer.index, ()):
                if not isinstance(put, ir.Call):
                    waiting += [(function, put)] if put is not None else []
                elif callee := self.unit.functions.get(put.callee):
                    waiting += [(callee, one) for one in returned_values(callee)]
                elif put.arguments and isinstance(put.arguments[0], ir.Global):
                    found |= {put.arguments[0].name} & self.unit.maps.keys()
            for at, one in enumerate(function.parameters):
                if one.reg == pointer.index:
                    calls = self.arguments.callers(function)
                    waiting += [(f, c.arguments[at]) for f, c in calls if at < len(c.arguments)]
        return found

    def _all(self, found: Iterable[Found]) -> Found:
        return NOTHING.union(*found)


def _place_in(address: ir.Expr) -> tuple[ir.Expr, int]:
    """What an address lies in, and how many bits from its start; elements count as the first."""
    bits = 0
    while isinstance(address, (ir.Field, ir.Index)):
        bits += address.bits if isinstance(address, ir.Field) else 0
        address = address.base
    return address, bits


def _is_number(one: Source | Parameter) -> bool:
    return isinstance(one, Source) and one.kind == "number"
