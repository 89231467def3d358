"""Inline assembly of BPF: what can be read becomes instructions, the rest a havoc."""

from __future__ import annotations

import re

from bpf_lint.frontend import bpf_asm, clang, kinds, types
from bpf_lint.frontend.lowering import folding
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.lvalues import load, store
from bpf_lint.frontend.lowering.printed import Assembly, Operand
from bpf_lint.frontend.lowering.registry import effect_of, locate, value
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import wrap
from bpf_lint.model.place import Place

_REGISTER = re.compile(r"[rw]\d+")
_COMPARISONS = {"&": "&", "s>": ">", "s<": "<", "s>=": ">=", "s<=": "<="}


@effect_of(kinds.ASM)
def assembly(low: Lowering, tree: Syntax) -> None:
    """An assembly statement; operands are matched with the printed text by order."""
    operands = [child for child in tree.children if kinds.is_expression(child.kind)]
    written = low.printed.assembly(low.positions[tree.cursor.d1])
    if written is None or len(written.outputs) + len(written.inputs) != len(operands):
        _unknown(low, tree, operands, "call")
        return
    if not written.template.strip() and all("=" not in o.constraint for o in written.outputs):
        return
    labels = _label_blocks(low, tree, written)
    lines = bpf_asm.parse(written.template)
    targets = bpf_asm.jump_targets(lines) if lines is not None else None
    in_memory = any("m" in o.constraint for o in (*written.outputs, *written.inputs))
    if lines is None or targets is None or in_memory or not _are_known(lines, labels):
        _unknown(low, tree, operands, written.template, len(written.outputs))
        _anywhere(low, tree, labels)
        return
    _Machine(low, tree, written, operands, targets, labels).run(lines)


def _label_blocks(low: Lowering, tree: Syntax, written: Assembly) -> dict[str, int]:
    """Return the blocks of the labels that an assembly statement names, by their spellings."""
    known = low.assembly_labels.get(tree.cursor.d1, {})
    blocks: dict[str, int] = {}
    for number, name in enumerate(written.labels, len(written.outputs) + len(written.inputs)):
        if name in known:
            block = low.label_block(known[name])
            blocks |= {f"%l[{name}]": block, f"%l{number}": block}
    return blocks


def _register_of(low: Lowering, tree: Syntax) -> str:
    """Return the register that `register … asm("r1")` keeps a variable in, or ""."""
    while tree.kind in (kinds.PAREN, kinds.UNEXPOSED_EXPR) and len(tree.children) == 1:
        tree = tree.children[0]
    if tree.kind != kinds.DECL_REF:
        return ""
    for child in clang.children(low.context.declared(tree.cursor).cursor):
        if child.kind == kinds.ASM_LABEL:
            return clang.text(low.context.lib.clang_getCursorSpelling(child))
    return ""


def _are_known(lines: list[bpf_asm.Line], labels: dict[str, int]) -> bool:
    return all(line.parts[-1] in labels for line in lines if bpf_asm.jumps_out(line))


def _unknown(
    low: Lowering, tree: Syntax, operands: list[Syntax], template: str, outputs: int | None = None
) -> None:
    """Lower what is not understood: it sets its outputs, may write to inputs, and may call."""
    regs, addresses = [], []
    for output in operands[:outputs]:
        where = locate(low, output)
        if where.reg >= 0:
            regs.append(where.reg)
        else:
            addresses.append((where.address, where.bits))
    given = () if outputs is None else tuple(value(low, tree) for tree in operands[outputs:])
    place = low.place(tree)
    if bpf_asm.can_write(template):
        addresses += [(one, 0) for one in given]
    low.emit(ir.Havoc(tuple(regs), tuple(addresses), "inline assembly", place))
    if bpf_asm.can_call(template):
        callee = ir.Opaque("inline assembly")
        low.emit(ir.Call(-1, "", -1, callee, given, 0, False, place))


def _anywhere(low: Lowering, tree: Syntax, labels: dict[str, int]) -> None:
    """Go on behind the statement, or at any of the labels that it names."""
    following = low.graph.new()
    if labels:
        cases = tuple((n, n, block) for n, block in enumerate(sorted(set(labels.values()))))
        opaque = ir.Opaque("inline assembly")
        low.graph.end(ir.Switch(opaque, cases, following, low.place(tree)))
    low.graph.start(following)


class _Machine:
    """Registers and operands while a template is lowered.

    They are expressions, put together where they are used; only in templates with jumps,
    what the lines assign is kept in IR registers, because several lines may assign it.
    """

    def __init__(
        self,
        low: Lowering,
        tree: Syntax,
        written: Assembly,
        operands: list[Syntax],
        targets: dict[int, int],
        labels: dict[str, int],
    ) -> None:
        self.low = low
        self.place: Place = low.place(tree)
        self.operands = operands
        self.written = written
        self.targets = targets
        self.labels = labels
        self.values: dict[str, ir.Expr] = {}
        self.regs: dict[str, int] = {}
        self.pointers: set[str] = set()
        self.names: dict[str, str] = {}
        self.assigned: set[str] = set()
        self.mutable: set[str] = set()

    def run(self, lines: list[bpf_asm.Line]) -> None:
        """Lower all lines, then write the outputs back."""
        self._name_operands()
        if self.targets or self.labels:
            written = ("r0" if line.form == "call" else line.parts[0] for line in lines)
            self.mutable = {self._key(name) for name in written if name[:1] in "%rw"}
        self._bind()
        blocks = {line: self.low.graph.new() for line in set(self.targets.values())}
        for number, line in enumerate(lines):
            if number in blocks:
                self.low.graph.start(blocks[number])
            self._line(number, line, blocks)
        if len(lines) in blocks:
            self.low.graph.start(blocks[len(lines)])
        self._write_back()

    def _name_operands(self) -> None:
        """Name what operands are kept in: the register of their variable, if it has one."""
        all_operands = (*self.written.outputs, *self.written.inputs)
        for number, (operand, tree) in enumerate(zip(all_operands, self.operands, strict=True)):
            kept = _register_of(self.low, tree) or f"%{number}"
            self.names[f"%{number}"] = kept
            if operand.name:
                self.names[f"%[{operand.name}]"] = kept

    def _bind(self) -> None:
        all_operands = (*self.written.outputs, *self.written.inputs)
        for number, (operand, tree) in enumerate(zip(all_operands, self.operands, strict=True)):
            key = self.names[f"%{number}"]
            if tree.type.kind in (types.POINTER, types.ARRAY):
                self.pointers.add(key)
            if number >= len(self.written.outputs):
                self._bind_input(operand, key, tree)
            elif "+" in operand.constraint:
                self._write(key, load(self.low, locate(self.low, tree), self.place))

    def _bind_input(self, operand: Operand, key: str, tree: Syntax) -> None:
        tied = self.names.get(f"%{operand.constraint}")
        self._write(tied or key, value(self.low, tree))

    def _key(self, name: str) -> str:
        if name.startswith("%"):
            if name[1] in "wx":
                name = "%" + name[2:]
            return self.names.get(name, name)
        return f"r{name[1:]}"

    def _read(self, name: str) -> ir.Expr:
        if name[0] not in "%rw":
            return ir.Const(int(name.replace(" ", ""), 0))
        key = self._key(name)
        if key in self.regs:
            return ir.Reg(self.regs[key])
        return self.values.get(key, ir.Opaque("unset assembly register"))

    def _write(self, name: str, given: ir.Expr) -> None:
        key = self._key(name)
        self.assigned.add(key)
        if key not in self.mutable:
            self.values[key] = given
            return
        if key not in self.regs:
            self.low.reg_names.append("")
            self.low.reg_widths.append((64, False))
            self.regs[key] = len(self.low.reg_names) - 1
        self.low.emit(ir.Set(self.regs[key], given, self.place))

    def _line(self, number: int, line: bpf_asm.Line, blocks: dict[int, int]) -> None:
        parts = line.parts
        match line.form:
            case "address":
                self._write(parts[0], self.low.refer_global(parts[1]))
            case "wide" | "move":
                self._write(parts[0], self._read(parts[1]))
                self._copy_pointer(parts[0], parts[1])
            case "negate":
                given = folding.unary("-", self._read(parts[1]), *self._width(parts[0]))
                self._write(parts[0], given)
            case "load":
                place, sign, bits = parts[0], parts[1], int(parts[2])
                address = self._address(*parts[3:6])
                self._write(place, ir.Load(address, bits, sign == "s", self.place))
            case "store":
                address = self._address(*parts[2:5])
                stored = self._read(parts[5])
                self.low.emit(ir.Store(address, stored, int(parts[1]), self.place))
            case "change":
                self._write(parts[0], self._changed(*parts))
            case "if":
                self._branch(self._condition(*parts[:3]), self._target(number, line, blocks))
            case "may_goto":
                self._branch(ir.Opaque("may_goto"), self._target(number, line, blocks))
            case "goto":
                self.low.graph.jump(self._target(number, line, blocks))
            case "call":
                self._call(parts[0])
            case "exit":
                self.low.graph.end(ir.Return(self._read("r0"), self.place))

    def _width(self, name: str) -> tuple[int, bool]:
        return (32 if name.startswith(("w", "%w")) else 64, False)

    def _copy_pointer(self, to: str, source: str) -> None:
        if source[0] in "%rw" and self._key(source) in self.pointers:
            self.pointers.add(self._key(to))

    def _address(self, base: str, sign: str, offset: str) -> ir.Expr:
        position = self._read(offset) if offset else folding.ZERO
        if sign == "-":
            position = folding.unary("-", position, 64, True)
        return folding.index(self._read(base), position, 8)

    def _changed(self, name: str, operator: str, operand: str) -> ir.Expr:
        left, right = self._read(name), self._read(operand)
        if self._key(name) in self.pointers and operator in "+-":
            if operator == "-":
                right = folding.unary("-", right, 64, True)
            return folding.index(left, right, 8)
        bits, signed = self._width(name)
        if operator == "s>>":
            operator, signed = ">>", True
        return folding.binary(operator, left, right, bits, signed)

    def _target(self, number: int, line: bpf_asm.Line, blocks: dict[int, int]) -> int:
        """Return where a line jumps to; outputs are written on the way to a label of C, too."""
        if not bpf_asm.jumps_out(line):
            return blocks[self.targets[number]]
        label = self.labels[line.parts[-1]]
        if not self.written.outputs:
            return label
        after, here = self.low.graph.new(), self.low.graph.new()
        self.low.graph.jump(here)
        self.low.graph.start(after, label=True)
        self._write_back()
        self.low.graph.jump(label)
        self.low.graph.start(here)
        return after

    def _condition(self, name: str, operator: str, operand: str) -> ir.Expr:
        signed = operator.startswith("s")
        operator = _COMPARISONS.get(operator, operator)
        left, right = self._read(name), self._read(operand)
        return folding.binary(operator, left, right, self._width(name)[0], signed)

    def _branch(self, condition: ir.Expr, then: int) -> None:
        following = self.low.graph.new()
        self.low.graph.branch(condition, then, following, self.place)
        self.low.graph.start(following)

    def _call(self, callee: str) -> None:
        arguments = []
        for number in range(1, 6):
            if f"r{number}" not in self.assigned:
                break
            arguments.append(self._read(f"r{number}"))
        name, helper = callee, -1
        if callee.startswith("%") or _REGISTER.fullmatch(callee):
            known = self._read(callee)
            name = ""
            constant = folding.constant(known)
            if constant is not None:
                helper = constant
            elif isinstance(known, ir.FunctionAddress):
                name = known.name
        elif callee.isdigit():
            name, helper = "", int(callee)
        if name:
            self.low.graph.current.calls.append(name)
        pointer = None if name or helper >= 0 else self._read(callee)
        self.low.reg_names.append("")
        self.low.reg_widths.append((64, True))
        result = len(self.low.reg_names) - 1
        self.low.emit(
            ir.Call(result, name, helper, pointer, tuple(arguments), 64, True, self.place)
        )
        self._write("r0", ir.Reg(result))

    def _write_back(self) -> None:
        for number, tree in enumerate(self.operands[: len(self.written.outputs)]):
            given = self._read(f"%{number}")
            where = locate(self.low, tree)
            if where.bits < 64 and not isinstance(given, ir.Opaque):
                given = self._narrowed(given, where.bits, where.signed)
            store(self.low, where, given, self.place)

    def _narrowed(self, given: ir.Expr, bits: int, signed: bool) -> ir.Expr:
        if isinstance(given, ir.Const):
            return ir.Const(wrap(given.value, bits, signed))
        fits = isinstance(given, ir.Load) and folding.keeps_value(
            given.bits, given.signed, bits, signed
        )
        if fits:
            return given
        return ir.Cast(given, bits, signed, self.place)
