"""The value of an IR expression in a state."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from bpf_lint import ir
from bpf_lint.dataflow.domain import arithmetic, layout, protocol
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    EITHER,
    LAID,
    MARKS,
    NETWORK,
    NONZERO,
    ONE,
    PROTOCOLS,
    UNKNOWN,
    UNSET,
    ZERO,
    Atom,
    Pointer,
    Value,
    number,
    pointer,
    pointing,
)
from bpf_lint.dataflow.domain.base import FRAME, local, symbol
from bpf_lint.dataflow.domain.header import ADDRESSES
from bpf_lint.dataflow.domain.memory import is_unknown
from bpf_lint.dataflow.domain.places import placed, with_place
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.tested import agrees, has_flag, known, meet
from bpf_lint.dataflow.domain.values import capped, convert, elsewhere, exact, join, pointers, union
from bpf_lint.dataflow.engine.environment import Environment, Meaning
from bpf_lint.ir.shapes import uncast
from bpf_lint.model.integers import COMPARISONS

_NOT_SET: Value = frozenset([UNSET])


class Evaluator:
    """Evaluates expressions of one activation.

    Args:
        function: Name of the function, prefix of its locals' bases.
        environment: The unit.
        frame: Memory of the activation.
        loaded: Are told of every read of memory, with the address and what is read.
        ordered: Members ("record.member") of which it is followed that they are in network order.
        laid: Numbers that are made of what the packet holds are followed.
    """

    __slots__ = ("environment", "frame", "function", "laid", "loaded", "ordered")

    def __init__(
        self,
        function: str,
        environment: Environment,
        frame: Frame,
        loaded: tuple[Callable[[ir.Load, Value, Value], None], ...],
        ordered: Collection[str],
        laid: bool,
    ) -> None:
        self.laid = laid
        self.loaded = loaded
        self.ordered = ordered
        self.function = function
        self.environment = environment
        self.frame = frame

    def value(self, expression: ir.Expr, state: State) -> Value:
        """The value of an expression."""
        if type(expression) is ir.Reg:  # by far the most frequent
            return state.regs.get(expression.index, ANY)
        return _EVALUATE[type(expression)](self, expression, state)

    def _const(self, expression: ir.Const, state: State) -> Value:
        return number(expression.value)

    def _symbol(self, expression: ir.Symbol, state: State) -> Value:
        for name in (expression.name, *expression.also):
            if name in self.environment.symbols:
                known = self.frame.read(symbol(name), 0, 32)
                if known:
                    return placed(known, expression.place)
        return number(expression.value)

    def _reg(self, expression: ir.Reg, state: State) -> Value:
        return state.regs.get(expression.index, ANY)

    def _local(self, expression: ir.Local, state: State) -> Value:
        return _own(self.function, expression.name)

    def _global(self, expression: ir.Global, state: State) -> Value:
        return frozenset([self.environment.address(expression.name)])

    def _function(self, expression: ir.FunctionAddress, state: State) -> Value:
        return frozenset([self.environment.address_of_function(expression.name)])

    def _field(self, expression: ir.Field, state: State) -> Value:
        return shifted(self.value(expression.base, state), expression.bits)

    def _index(self, expression: ir.Index, state: State) -> Value:
        base = self.value(expression.base, state)
        index = exact(self.value(expression.index, state))
        if index is not None:
            return shifted(base, index * expression.stride)
        copied = self.environment.copied
        return capped(
            frozenset(
                (a if a.base in copied else pointer(a.base, None))
                if type(a) is Pointer
                else UNKNOWN
                for a in base
            )
        )

    def _load(self, expression: ir.Load, state: State) -> Value:
        address = self.value(expression.address, state)
        bits = expression.bits
        result: Value | None = None
        if len(address) == 1:
            (atom,) = address
            result = self._load_at(atom, bits, state)
        else:
            for atom in sorted_pointers(address):
                found = self._load_at(atom, bits, state)
                result = found if result is None else join(result, found)
            if result is None or elsewhere(address):
                result = ANY if result is None else join(result, ANY)
        if is_unknown(result):
            meaning = self._meaning(expression, address, state)
            if meaning is not None:
                found = frozenset(with_place(atom, expression.place) for atom in meaning)
                return self._as_tested(expression, address, found, state)
            if type(expression.address) is ir.Field:
                member = self.environment.members.get(expression.address.name)
                if member is not None:
                    return number(member)
        if self.ordered and self._is_ordered(expression.address, result):
            result |= {NETWORK}
        if expression.signed or not MARKS.isdisjoint(result):
            loaded = convert(result - {NONZERO}, bits, expression.signed)
            result = loaded | {NONZERO} if NONZERO in result else loaded
        if protocol.is_read(result):
            result = protocol.known(self.frame, state, result)
        result = self._as_tested(expression, address, placed(result, expression.place), state)
        for tell in self.loaded:
            tell(expression, address, result)
        return result

    def _is_ordered(self, address: ir.Expr, found: Value) -> bool:
        """True for a number in network order of which nothing else is known."""
        return (
            type(address) is ir.Field
            and address.name in self.ordered
            and is_unknown(found.difference(LAID))
        )

    def _meaning(self, load: ir.Load, address: Value, state: State) -> Value | None:
        """What user space stores in a member, or in a map whose value has none."""
        if type(load.address) is ir.Field:
            name = load.address.name
            if name in self.environment.depending:
                return self._depending(name, address, state)
            return self.environment.fields.get(name)
        if not self.environment.values or len(address) != 1:
            return None
        (atom,) = address
        if type(atom) is not Pointer or atom.offset != 0:
            return None
        return self.environment.values.get(atom.base.whole)

    def _depending(self, name: str, address: Value, state: State) -> Value | None:
        """What user space stores in a member, by what is known of the others of the value."""
        targets = pointers(address)
        at = targets[0] if len(targets) == 1 and targets[0].base.shared else None
        found = [
            one.value
            for one in self.environment.depending[name]
            if at is None or elsewhere(address) or self._agrees(one, name, at, state)
        ]
        return union(found) or None

    def _agrees(self, meaning: Meaning, name: str, at: Pointer, state: State) -> bool:
        """True where nothing that the path has tested of an entry says otherwise."""

        def told(member: str, mask: int = 0) -> Value:
            here, there = layouts.get(name), layouts.get(member)
            if at.offset is None or here is None or there is None:
                return ANY
            place = pointer(at.base, at.offset - here[0] + there[0])
            return known(self.frame, state, place, there[1], mask)

        layouts = self.environment.unit.layouts
        return (
            all(agrees(told(one), numbers) for one, numbers in meaning.under)
            and all(has_flag(told(m), bits, told(m, bits))[0] for m, bits in meaning.flags)
            and all(has_flag(told(m), bits, told(m, bits))[1] for m, bits in meaning.without)
        )

    def _as_tested(self, load: ir.Load, address: Value, found: Value, state: State) -> Value:
        """What a member is, by what the path has tested of it."""
        at = self.member(load, address)
        return found if at is None else meet(found, known(self.frame, state, at, load.bits))

    def member(self, load: ir.Load, address: Value) -> Pointer | None:
        """Where a member of shared memory lies that conditions read, None for anything else."""
        if type(load.address) is not ir.Field or load.address.name not in self.environment.tested:
            return None
        targets = pointers(address)
        # What was read is not at address 0, which the verifier would refuse.
        if len(targets) != 1 or not targets[0].base.shared or elsewhere(address):
            return None
        return targets[0]

    def bits_tested(self, expression: ir.Expr) -> tuple[ir.Load, int] | None:
        """`member & bits` as the load and the bits."""
        if type(expression) is not ir.Binary or expression.op != "&":
            return None
        load, bits = uncast(expression.left), uncast(expression.right)
        if not isinstance(load, ir.Load) or not isinstance(bits, (ir.Const, ir.Symbol)):
            return None
        return (load, bits.value) if bits.value > 0 else None

    def _load_at(self, atom: Atom, bits: int, state: State) -> Value:
        if type(atom) is not Pointer:
            return ANY
        if atom.base is FRAME and (atom.offset is None or atom.offset + bits > ADDRESSES):
            found = ANY
            if atom.offset is not None:
                found = protocol.in_header(self.frame, state, atom.offset, bits)
            return layout.now(self.frame, state) if self.laid and found == ANY else found
        if atom.offset is None:
            # Of all that is there, most is not read: that is no use of what a lookup has not set.
            return self.frame.load_anywhere(state, atom.base, bits) - _NOT_SET
        found = self.frame.load(state, atom.base, atom.offset, bits)
        if self.laid and atom.base is FRAME and found == ANY:
            return layout.now(self.frame, state)
        return found

    def _unary(self, expression: ir.Unary, state: State) -> Value:
        operand = self._number(self.value(expression.operand, state), state)
        if expression.op == "constant_p":
            if exact(operand) is not None:
                return ONE
            if not PROTOCOLS.isdisjoint(operand):
                return ZERO if len(operand) == 1 else EITHER
            return EITHER if is_unknown(operand) or len(operand) > 1 else ONE
        if expression.op == "volatile":
            return frozenset(UNKNOWN if type(a) is int or a in MARKS else a for a in operand)
        return arithmetic.unary(expression.op, operand, expression.bits, expression.signed)

    def _binary(self, expression: ir.Binary, state: State) -> Value:
        left = self._number(self.value(expression.left, state), state)
        right = self._number(self.value(expression.right, state), state)
        found = arithmetic.binary(expression.op, left, right, expression.bits, expression.signed)
        if self.laid and expression.op not in COMPARISONS:
            found = layout.calculated(self.frame, state, expression.op, left, right, found)
        of = self.bits_tested(expression)
        if of is None or (len(found) == 1 and UNKNOWN not in found):
            return found
        at = self.member(of[0], self.value(of[0].address, state))
        return found if at is None else meet(found, known(self.frame, state, at, of[0].bits, of[1]))

    def _cast(self, expression: ir.Cast, state: State) -> Value:
        value = self.value(expression.operand, state)
        number = self._number(value, state)
        if number is not value:
            number = placed(number, expression.place)
        return convert(number, expression.bits, expression.signed)

    def _number(self, value: Value, state: State) -> Value:
        """A value used as a number: where a loader patches addresses, what is behind them."""
        patched = self.environment.patched
        if not patched or len(value) != 1:
            return value
        (atom,) = value
        if type(atom) is not Pointer or atom.base not in patched:
            return value
        return self.frame.load(state, atom.base, 0, patched[atom.base])

    def _opaque(self, expression: ir.Opaque, state: State) -> Value:
        return ANY


_EVALUATE: dict[type, Callable[[Evaluator, Any, State], Value]] = {
    ir.Const: Evaluator._const,
    ir.Symbol: Evaluator._symbol,
    ir.Reg: Evaluator._reg,
    ir.Local: Evaluator._local,
    ir.Global: Evaluator._global,
    ir.FunctionAddress: Evaluator._function,
    ir.Field: Evaluator._field,
    ir.Index: Evaluator._index,
    ir.Load: Evaluator._load,
    ir.Unary: Evaluator._unary,
    ir.Binary: Evaluator._binary,
    ir.Cast: Evaluator._cast,
    ir.Opaque: Evaluator._opaque,
}


@cache
def _own(function: str, name: str) -> Value:
    """The address of a local."""
    return pointing(local(function, name))


def shifted(value: Value, bits: int) -> Value:
    """Addresses moved by `bits`; anything else stays what it is."""
    if bits == 0:
        return value
    if len(value) == 1:
        (atom,) = value
        if type(atom) is Pointer and atom.offset is not None:
            return pointing(atom.base, atom.offset + bits)
    return frozenset(
        pointer(a.base, a.offset + bits) if type(a) is Pointer and a.offset is not None else a
        for a in value
    )


def sorted_pointers(value: Value) -> list[Atom]:
    """Addresses in a stable order (origins of memory reads depend on it)."""
    return list(pointers(value))


__all__ = ["ZERO", "Evaluator", "shifted"]
