"""State while one function is lowered."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from bpf_lint.frontend.declarations import Context
from bpf_lint.frontend.lowering.graph import Graph
from bpf_lint.frontend.lowering.printed import Printed
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place


class Cases:
    """Labels met so far in the body of a switch on a value of (bits, signed)."""

    __slots__ = ("cases", "default", "width")

    def __init__(self, width: tuple[int, bool]) -> None:
        self.width = width
        self.cases: list[tuple[int, int, int]] = []
        self.default = -1


class Cleanup(NamedTuple):
    """A call of a function with the address of a local, at the end of its scope."""

    function: str
    local: str
    place: Place


class Scope(NamedTuple):
    """A statement around the current one, and the calls that it ends with."""

    identity: int | None
    cleanups: list[Cleanup]


class Exit(NamedTuple):
    """Where `break` or `continue` goes: a block, and how many scopes are around it."""

    block: int
    scopes: int


class Lowering:
    """A function being lowered: its graph, registers, locals and open scopes."""

    def __init__(self, context: Context, name: str, printed: Printed) -> None:
        self.context = context
        self.name = name
        self.printed = printed
        self.graph = Graph()
        self.reg_names: list[str] = []
        self.reg_widths: list[tuple[int, bool]] = []
        self.locals: dict[str, int] = {}
        self.in_memory: set[int | None] = set()
        self.volatile: set[int | None] = set()
        self.variables: dict[int | None, int | str] = {}
        self.labels: dict[int | None, int] = {}
        self.assembly_labels: dict[int | None, dict[str, int | None]] = {}
        self.labels_taken: set[int | None] = set()
        self.breaks: list[Exit] = []
        self.continues: list[Exit] = []
        self.scopes: list[Scope] = []
        self.around_label: dict[int | None, frozenset[int | None]] = {}
        self.switches: list[Cases] = []
        self.positions: dict[int | None, int] = {}
        self.holds_label: set[int | None] = set()
        self.literals: set[int | None] = set()  # integers that `value` was asked for

    def new_reg(self, type_: CType, name: str = "") -> int:
        """Return a fresh register for a scalar."""
        self.reg_names.append(name)
        self.reg_widths.append((type_.bits or 64, type_.signed))
        return len(self.reg_names) - 1

    def new_local(self, bits: int, name: str) -> ir.Local:
        """Return a fresh local in memory."""
        unique, number = name, 1
        while unique in self.locals:
            number += 1
            unique = f"{name}#{number}"
        self.locals[unique] = bits
        return ir.Local(unique)

    def label_block(self, identity: int | None) -> int:
        """Return the block of a label."""
        if identity not in self.labels:
            self.labels[identity] = self.graph.new()
        return self.labels[identity]

    def place(self, tree: Syntax) -> Place:
        """Return the place of a tree."""
        return self.context.places.of(tree.cursor)

    def emit(self, instruction: ir.Instruction) -> None:
        """Append an instruction to the current block."""
        self.graph.current.instructions.append(instruction)

    def set(self, reg: int, value: ir.Expr, place: Place) -> None:
        """Assign a register; a call just made for it takes it as its result."""
        instructions = self.graph.current.instructions
        if isinstance(value, ir.Reg) and instructions:
            call = instructions[-1]
            if (
                isinstance(call, ir.Call)
                and call.result == value.index == len(self.reg_names) - 1
                and not self.reg_names[value.index]
                and self.reg_widths[value.index] == self.reg_widths[reg]
            ):
                instructions[-1] = msgspec.structs.replace(call, result=reg)
                self.reg_names.pop()
                self.reg_widths.pop()
                return
        self.emit(ir.Set(reg, value, place))

    def set_new(self, type_: CType, value: ir.Expr, place: Place) -> ir.Reg:
        """Put a value into a fresh register."""
        reg = self.new_reg(type_)
        self.emit(ir.Set(reg, value, place))
        return ir.Reg(reg)

    def stable(self, value: ir.Expr, type_: CType, place: Place) -> ir.Expr:
        """Return `value` so that it can be used again after later instructions."""
        if isinstance(
            value, ir.Const | ir.Symbol | ir.Local | ir.Global | ir.FunctionAddress | ir.Opaque
        ):
            return value
        if isinstance(value, ir.Reg) and not self.reg_names[value.index]:
            return value
        return self.set_new(type_, value, place)

    def refer_global(self, name: str) -> ir.Global:
        """Return the address of a file-scope variable and note the reference."""
        self.graph.current.globals.append(name)
        return ir.Global(name)

    def refer_function(self, name: str) -> ir.FunctionAddress:
        """Return the address of a function and note the reference."""
        self.graph.current.calls.append(name)
        return ir.FunctionAddress(name)
