"""A concrete evaluator of the IR: what a lowered function computes for given integers.

It holds the IR to its contract on the way: a register never takes a value that its width
cannot hold, and no undefined bits are read.
"""

from __future__ import annotations

from typing import Union

from bpf_lint.ir import nodes as ir
from bpf_lint.model.integers import wrap

Pointer = tuple[str, int]
Value = Union[int, Pointer]


class Machine:
    """Memory and functions of one unit."""

    def __init__(self, unit: ir.Unit) -> None:
        self.unit = unit
        self.bits: dict[str, dict[int, int]] = {}
        self.pointers: dict[Pointer, Pointer] = {}
        self.frames = 0
        self.steps = 0
        for variable in unit.variables.values():
            object_ = self.bits[variable.name] = dict.fromkeys(range(variable.bits), 0)
            for initial in variable.initial:
                if initial.address:
                    self.pointers[variable.name, initial.offset] = (initial.address, 0)
                for bit in range(initial.bits):
                    object_[initial.offset + bit] = initial.value >> bit & 1

    def call(self, name: str, arguments: list[Value]) -> Value:
        """Run a function and return its result; of a record, its address."""
        function = self.unit.functions[name]
        self.frames += 1
        run = Run(self, function, f"{name}/{self.frames}")
        for parameter, argument in zip(function.parameters, arguments, strict=True):
            if parameter.reg >= 0:
                run.regs[parameter.reg] = argument
            else:
                assert isinstance(argument, tuple)
                self.copy((run.base(parameter.local), 0), argument, parameter.bits)
        return run.run()

    def symbol(self, node: ir.Symbol) -> int:
        """The value of a named constant."""
        return node.value

    def helper(self, node: ir.Call, arguments: list[Value]) -> Value:
        """Call a helper of the kernel, and return its result."""
        raise AssertionError(f"helper {node.helper}")

    def read(self, place: Pointer, bits: int, signed: bool) -> Value:
        """Load a scalar."""
        if bits == 64 and place in self.pointers:
            return self.pointers[place]
        name, offset = place
        if name.startswith("str:"):
            data = name[4:].encode().decode("unicode_escape").encode() + b"\0"
            assert bits == 8
            return wrap(data[offset // 8], 8, signed)
        value = sum(self.bits[name][offset + bit] << bit for bit in range(bits))
        return wrap(value, bits, signed)

    def write(self, place: Pointer, bits: int, value: Value) -> None:
        """Store a scalar."""
        name, offset = place
        self.pointers.pop(place, None)
        if isinstance(value, tuple):
            self.pointers[place] = value
            value = 0
        for bit in range(bits):
            self.bits[name][offset + bit] = value >> bit & 1

    def copy(self, to: Pointer, source: Pointer, bits: int) -> None:
        """Copy a record or array."""
        for offset in range(0, bits, 8):
            byte = (source[0], source[1] + offset)
            place = (to[0], to[1] + offset)
            moved = self.pointers.get(byte)
            self.write(place, 8, self.read(byte, 8, False))
            if moved is not None:
                self.pointers[place] = moved


class Run:
    """One call of a function."""

    def __init__(self, machine: Machine, function: ir.Function, frame: str) -> None:
        self.machine = machine
        self.function = function
        self.frame = frame
        self.regs: dict[int, Value] = {}
        for local in function.locals:
            machine.bits[self.base(local.name)] = {}

    def base(self, local: str) -> str:
        """Return the name of a local's memory in this call."""
        return f"{self.frame}.{local}"

    def run(self) -> Value:
        """Execute from block 0 to a return."""
        number = 0
        while True:
            self.machine.steps += 1
            assert self.machine.steps < 100_000
            block = self.function.blocks[number]
            for instruction in block.instructions:
                self.execute(instruction)
            match block.end:
                case ir.Jump(target):
                    number = target
                case ir.Branch(condition, then, otherwise):
                    number = then if self.value(condition) else otherwise
                case ir.Switch(subject, cases, default):
                    chosen = self.value(subject)
                    assert isinstance(chosen, int)
                    hits = [block for low, high, block in cases if low <= chosen <= high]
                    assert len(hits) <= 1
                    number = hits[0] if hits else default
                case ir.Return(value):
                    return 0 if value is None else self.value(value)
                case ir.Trap():
                    raise AssertionError("trap")

    def execute(self, node: ir.Instruction) -> None:
        """Execute one instruction."""
        match node:
            case ir.Set(reg, value):
                self.set(reg, self.value(value))
            case ir.Store(address, value, bits):
                self.machine.write(self.address(address), bits, self.value(value))
            case ir.Copy(target, source, bits):
                self.machine.copy(self.address(target), self.address(source), bits)
            case ir.Clear(address, bits, zero):
                name, offset = self.address(address)
                for bit in range(offset, offset + bits):
                    self.machine.bits[name].pop(bit, None)
                    if zero:
                        self.machine.bits[name][bit] = 0
            case ir.Call():
                self.call(node)
            case ir.Havoc():
                raise AssertionError(node.reason)

    def set(self, reg: int, value: Value) -> None:
        """Assign a register, which has to be wide enough."""
        if isinstance(value, int):
            assert wrap(value, *self.function.reg_widths[reg]) == value
        self.regs[reg] = value

    def call(self, node: ir.Call) -> None:
        """Call a function of the unit, by name or pointer."""
        callee = node.callee
        if callee.startswith("__builtin_bswap"):
            self.set(node.result, _swap(self.value(node.arguments[0]), node.bits))
            return
        arguments = [self.value(a) for a in node.arguments]
        if node.helper >= 0:
            returned = self.machine.helper(node, arguments)
            if node.result >= 0:
                self.set(node.result, self.cut(returned, *self.function.reg_widths[node.result]))
            return
        if node.pointer is not None:
            pointer = self.value(node.pointer)
            assert isinstance(pointer, tuple)
            callee = pointer[0]
        result = self.machine.call(callee, arguments)
        if node.result_address is not None:
            assert isinstance(result, tuple)
            self.machine.copy(self.address(node.result_address), result, node.bits)
        elif node.result >= 0:
            self.set(node.result, result)

    def cut(self, value: Value, bits: int, signed: bool) -> Value:
        """A value as an integer type has it: itself where nothing is lost."""
        if not isinstance(value, int):
            return value
        reduced = wrap(value, bits, signed)
        return value if reduced == value else reduced

    def address(self, node: ir.Expr) -> Pointer:
        """Return the value of an expression that has to be an address."""
        value = self.value(node)
        assert isinstance(value, tuple), node
        return value

    def value(self, node: ir.Expr) -> Value:
        """Return the value of an expression."""
        match node:
            case ir.Const(value):
                return value
            case ir.Symbol():
                return self.machine.symbol(node)
            case ir.Reg(index):
                return self.regs[index]
            case ir.Local(name):
                return (self.base(name), 0)
            case ir.Global(name) | ir.FunctionAddress(name):
                return (name, 0)
            case ir.Field(base, bits):
                name, offset = self.address(base)
                return (name, offset + bits)
            case ir.Index(base, index, stride):
                name, offset = self.address(base)
                position = self.value(index)
                assert isinstance(position, int)
                return (name, offset + position * stride)
            case ir.Load(address, bits, signed):
                return self.machine.read(self.address(address), bits, signed)
            case ir.Cast(operand, bits, signed):
                return self.cut(self.value(operand), bits, signed)
            case ir.Unary(op, operand, bits, signed):
                return _unary(op, self.value(operand), bits, signed)
            case ir.Binary(op, left, right, bits, signed):
                return _binary(op, self.value(left), self.value(right), bits, signed)
            case ir.Opaque(reason):
                raise AssertionError(reason)


def _swap(value: Value, bits: int) -> int:
    assert isinstance(value, int)
    return int.from_bytes(value.to_bytes(bits // 8, "little"), "big")


def _unary(op: str, value: Value, bits: int, signed: bool) -> int:
    if op == "!":
        return int(not value)
    if op == "constant_p":
        return 0
    assert isinstance(value, int)
    if op == "volatile":
        return value
    return wrap(-value if op == "-" else ~value, bits, signed)


def _binary(op: str, left: Value, right: Value, bits: int, signed: bool) -> int:
    if isinstance(left, tuple) and isinstance(right, tuple):
        if left[0] != right[0]:
            assert op in ("==", "!=")
            return int(op == "!=")
        if op == "-":
            return (left[1] - right[1]) // 8
        left, right = left[1], right[1]
    if isinstance(left, tuple) or isinstance(right, tuple):
        assert op in ("==", "!=")
        return int(op == "!=")
    match op:
        case "+":
            return wrap(left + right, bits, signed)
        case "-":
            return wrap(left - right, bits, signed)
        case "*":
            return wrap(left * right, bits, signed)
        case "/" | "%":
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return wrap(quotient if op == "/" else left - quotient * right, bits, signed)
        case "<<":
            return wrap(left << right, bits, signed)
        case ">>":
            return left >> right
        case "&":
            return wrap(left & right, bits, signed)
        case "|":
            return wrap(left | right, bits, signed)
        case "^":
            return wrap(left ^ right, bits, signed)
    return _compare(op, left, right)


def _compare(op: str, left: int, right: int) -> int:
    match op:
        case "==":
            return int(left == right)
        case "!=":
            return int(left != right)
        case "<":
            return int(left < right)
        case ">":
            return int(left > right)
        case "<=":
            return int(left <= right)
        case ">=":
            return int(left >= right)
    raise AssertionError(op)
