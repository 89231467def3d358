"""Where the ifindex of a redirect comes from, as the source says it.

What the analysis does not know is traced to something that a person can give a meaning to: a slice
backwards through assignments, calls and memory of the function, which looks at no order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

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


Local = frozenset[Source | Parameter]  # as its function sees it
Handed = tuple[str, int]  # a function and the position of a parameter
Found = frozenset[Source | Handed]
NOTHING: frozenset[Any] = frozenset()
DEEPEST = 40  # results of functions, and memory of locals, that are looked through


def sources(unit: ir.Unit, redirects: Mapping[int, int]) -> dict[Place, frozenset[Source]]:
    """What the numbers of redirects come from, by the place of the call.

    A call of a function that makes a redirect with its parameter counts as well.

    Args:
        redirects: Number of a helper -> position of its ifindex.
    """
    slicer = _Slicer(unit)
    given: dict[Place, Found] = {}
    for function in unit.functions.values():
        for call in calls_in(function):
            at = redirects.get(call.helper, -1)
            if 0 <= at < len(call.arguments):
                value = slicer.value(function, call.arguments[at])
                given[call.place] = given.get(call.place, NOTHING) | _of(function, value)
    calls = slicer.hand_on(given)
    return {place: _resolved(value, calls) for place, value in given.items()}


def _resolved(value: Found, calls: Mapping[Handed, Found]) -> frozenset[Source]:
    """A value with what callers hand over in place of parameters."""
    found, waiting, seen = set[Source](), list(value), set[Handed]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Source):
            found.add(one)
        elif one not in seen:
            seen.add(one)
            waiting += calls.get(one, ())
    return frozenset(found)


class _Slicer:
    """One unit, and what its functions hand to each other."""

    def __init__(self, unit: ir.Unit) -> None:
        self.unit = unit
        self.arguments = Arguments(unit)
        self._open: list[tuple[str, object]] = []
        self._known: dict[tuple[str, object], Local] = {}

    def hand_on(self, given: dict[Place, Found]) -> dict[Handed, Found]:
        """What callers give for the parameters that end in a redirect; their calls are added."""
        calls: dict[Handed, Found] = {}
        waiting = [one for value in given.values() for one in value if not isinstance(one, Source)]
        while waiting:
            name, position = waiting.pop()
            if (name, position) in calls:
                continue
            calls[name, position] = NOTHING
            for caller, call in self.arguments.callers(name):
                if position < len(call.arguments):
                    value = _of(caller, self.value(caller, call.arguments[position]))
                    calls[name, position] |= value
                    given[call.place] = given.get(call.place, NOTHING) | value
                    waiting += [one for one in value if not isinstance(one, Source)]
        return calls

    def value(self, function: ir.Function, expression: ir.Expr | None) -> Local:
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
                return self._once((function.name, index), lambda: self._register(function, index))
        return NOTHING

    def _once(self, key: tuple[str, object], find: Callable[[], Local]) -> Local:
        """What something holds, found once; nothing more while it is looked for."""
        if key not in self._known:
            if key in self._open or len(self._open) > DEEPEST:
                return NOTHING
            self._open.append(key)
            self._known[key] = find()
            self._open.pop()
        return self._known[key]

    def _register(self, function: ir.Function, index: int) -> Local:
        """What a register can hold: what was put into it, results of calls, a parameter."""
        found: Local = frozenset(
            Parameter(at) for at, one in enumerate(function.parameters) if one.reg == index
        )
        for put in self.arguments.assigned(function).get(index, ()):
            if isinstance(put, ir.Call):
                found |= self._result(function, put)
            else:
                found |= self.value(function, put)
        return found

    def _result(self, function: ir.Function, call: ir.Call) -> Local:
        """What a function of the unit returns, as its caller sees it."""
        callee = self.unit.functions.get(call.callee)
        if callee is None:
            return NOTHING
        returned = self._all(self.value(callee, one) for one in returned_values(callee))
        return self._handed(function, call, returned)

    def _handed(self, caller: ir.Function, call: ir.Call, given: Local) -> Local:
        """The same with the arguments of a call in place of the parameters."""
        return self._all(
            frozenset([one])
            if isinstance(one, Source)
            else self.value(caller, call.arguments[one.position])
            for one in given
            if isinstance(one, Source) or one.position < len(call.arguments)
        )

    def _loaded(self, function: ir.Function, address: ir.Expr) -> Local:
        """What memory at an address holds."""
        root, at = _place_in(address)
        if isinstance(root, ir.Local):
            stored = list(self._stored(function, root.name, at))
            if stored or not self._filled(function, root.name):
                key = (function.name, (root.name, at))
                return self._once(key, lambda: self._all(self.value(function, v) for v in stored))
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

    def _filled(self, function: ir.Function, name: str) -> bool:
        """True where something is copied into a local variable, or a call is given its address."""
        for block in function.blocks:
            for one in block.instructions:
                given = one.arguments if isinstance(one, ir.Call) else ()
                given = (one.target,) if isinstance(one, ir.Copy) else given
                roots = [_place_in(address)[0] for address in given]
                if any(isinstance(root, ir.Local) and root.name == name for root in roots):
                    return True
        return False

    def _maps(self, function: ir.Function, pointer: ir.Expr) -> set[str]:
        """Maps that a pointer is of, or into a value of; a lookup is given its map first."""
        found, waiting, seen = set[str](), [(function, pointer)], set[tuple[str, int]]()
        while waiting:
            function, pointer = waiting.pop()
            if isinstance(pointer, ir.Global):
                found |= {pointer.name} & self.unit.maps.keys()
            if not isinstance(pointer, ir.Reg) or (function.name, pointer.index) in seen:
                continue
            seen.add((function.name, pointer.index))
            for put in self.arguments.assigned(function).get(pointer.index, ()):
                if not isinstance(put, ir.Call):
                    waiting += [(function, put)] if put is not None else []
                elif callee := self.unit.functions.get(put.callee):
                    waiting += [(callee, one) for one in returned_values(callee)]
                elif put.arguments:
                    waiting.append((function, put.arguments[0]))
            for at, one in enumerate(function.parameters):
                if one.reg == pointer.index:
                    calls = self.arguments.callers(function.name)
                    waiting += [(f, c.arguments[at]) for f, c in calls if at < len(c.arguments)]
        return found

    def _all(self, found: Iterable[Local]) -> Local:
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


def _of(function: ir.Function, value: Local) -> Found:
    """A value with parameters as those of their function."""
    return frozenset(
        one if isinstance(one, Source) else (function.name, one.position) for one in value
    )
