"""Runs one function of a C snippet abstractly, over a caller's memory that is given as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from bpf_lint import ir
from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import ANY, NONE, ZERO, Value, number, origin, pointing
from bpf_lint.dataflow.domain.base import HOOK, Base, Kind, symbol
from bpf_lint.dataflow.domain.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.domain.state import Frame, Read, State
from bpf_lint.dataflow.engine.environment import Environment
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Outcome
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.system.binding import fixed_members, helper_models, map_base
from bpf_lint.model.place import Place
from tests.dataflow.bases import at
from tests.dataflow.compiling import compile_c

KERNEL = Catalogue(data_folder()).kernel

NOTHING: Mapping[Any, Any] = MappingProxyType({})

# Memory of the caller: base -> bit offset -> (bits, value).
Memory = Mapping[Base, Mapping[int, tuple[int, Value]]]

Happened = TypeVar("Happened", bound=Payload)


def values(*atoms: object) -> Value:
    """A value from integers, marks, origins and addresses."""
    return frozenset(atoms)  # type: ignore[arg-type]


HOST = origin("HOST_IFINDEX", "host", Place("caller.c", 1, 1))
POD = origin("POD_IFINDEX", "pod", Place("caller.c", 2, 1))
LOCATION = at("L:caller:buffer")
BUFFER = pointing(LOCATION)


class Outside:
    """The memory of whoever calls; everything it does not hold is unknown."""

    def __init__(self, cells: Memory, program_type: str = "tc") -> None:
        self.regions: dict[Base, Region] = {base: dict(region) for base, region in cells.items()}
        self.program_type = program_type
        self.asked: list[Read] = []

    def answer(self, read: Read) -> Value | Slice:
        self.asked.append(read)
        base, offset, bits, ranged = read
        if base.kind is Kind.RUNNING:
            return ZERO
        if base is HOOK:
            return values(self.program_type)
        region = self.regions.get(base, EMPTY)
        if base.kind is Kind.SYMBOL:
            return region[0][1] if region else NONE
        if ranged:
            return memory.take(region, offset, bits)
        found = memory.anywhere(region, bits) if offset == -1 else memory.load(region, offset, bits)
        return ANY if found is None else found


@dataclass
class Ran:
    """What a call did."""

    outcome: Outcome
    interpreter: Interpreter
    environment: Environment
    asked: list[Read] = field(default_factory=list)

    @property
    def value(self) -> Value:
        """Everything that can be returned."""
        return frozenset().union(*(result.value for result in self.outcome.results))

    def cell(self, offset: int, bits: int = 32, base: Base = LOCATION) -> Value:
        """Everything that can be at an address afterwards, where every return wrote it."""
        found: Value = NONE
        for result in self.outcome.results:
            part = memory.load(result.memory.get(base, EMPTY), offset, bits)
            assert part is not None, f"a return leaves {base}+{offset} unwritten"
            found |= part
        return found

    def payloads(self, kind: type[Happened]) -> list[Happened]:
        """What happened, of one kind."""
        payloads = (event.payload for event in self.outcome.events)
        return [payload for payload in payloads if isinstance(payload, kind)]

    def events(self, kind: type[Payload]) -> list[Event]:
        """Events of one kind."""
        return [event for event in self.outcome.events if isinstance(event.payload, kind)]

    def lines(self, kind: type[Payload]) -> list[int]:
        """Lines at which something of a kind happened."""
        return sorted(event.place.line for event in self.events(kind))


def environment(
    unit: ir.Unit, symbols: Iterable[str] = (), fields: Mapping[str, Value] = NOTHING
) -> Environment:
    """The unit with its maps bound as in a program "unit.c"."""
    bases = {name: map_base(declared, "unit.c", KERNEL) for name, declared in unit.maps.items()}
    fixed = fixed_members(unit, KERNEL)
    return Environment(unit, helper_models(KERNEL), bases, frozenset(symbols), fields, fixed)


def run(
    source: str,
    *arguments: object,
    cells: Memory = NOTHING,
    symbols: Mapping[str, Value] = NOTHING,
    fields: Mapping[str, Value] = NOTHING,
    program_type: str = "tc",
    interpreter: Interpreter | None = None,
    roots: tuple[str, ...] = ("f",),
) -> Ran:
    """Call `f` of a snippet.

    Args:
        arguments: Integers, origins, or whole values.
        cells: Memory of the caller.
        symbols: Named constants with a meaning.
    """
    unit = compile_c(source, roots)
    bound = environment(unit, symbols, fields)
    named = {symbol(name): {0: (32, value)} for name, value in symbols.items()}
    outside = Outside({**cells, **named}, program_type)
    engine = interpreter or Interpreter(observers_of(None))
    given = tuple(as_value(argument) for argument in arguments)
    outcome = engine.call(bound, "f", given, Frame(frozenset(), outside.answer), State({}, {}))
    return Ran(outcome, engine, bound, outside.asked)


def as_value(argument: object) -> Value:
    """An argument as a value."""
    if isinstance(argument, int):
        return number(argument)
    return argument if isinstance(argument, frozenset) else values(argument)
