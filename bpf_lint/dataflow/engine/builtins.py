"""The compiler's own functions that fill, copy, compare or turn round bytes.

Where C spells their length as a constant, the front end has made them copies already; here it is
a value: a constant of the caller, or of some path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.dataflow.domain import memory, protocol
from bpf_lint.dataflow.domain.arithmetic import turned
from bpf_lint.dataflow.domain.atoms import ANY, Value, number
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.model.place import Place


class Made(NamedTuple):
    """A call of a builtin about to happen."""

    activation: Context
    call: ir.Call
    arguments: tuple[Value, ...]
    state: State


def run(made: Made, name: str) -> bool:
    """Do what a builtin of this name does; False where there is none."""
    does, arguments = _RUN.get(name, (None, 0))
    if does is None or len(made.arguments) != arguments:
        return False
    made.activation.give(made.call, does(made), made.state)
    return True


def copy(
    activation: Context,
    target: Value,
    source: Value,
    bits: int,
    place: Place,
    state: State,
    overlaps: bool = False,
) -> None:
    """Copy memory; `overlaps`: see `ir.Copy`."""
    for tell in activation.observers.copied:
        tell(activation, target, source, bits, place, state)
    activation.effects.copy(target, source, bits, place, state, overlaps)


def _move(made: Made) -> Value:
    return _copy(made, True)


def _copy(made: Made, overlaps: bool = False) -> Value:
    target, source, length = made.arguments
    bits = _bits(length)
    if bits is None:
        made.activation.effects.havoc(target, memory.ALL, made.state)
    elif bits:
        copy(made.activation, target, source, bits, made.call.place, made.state, overlaps)
    return target


def _fill(made: Made) -> Value:
    target, byte, length = made.arguments
    bits, known = _bits(length), exact(byte)
    if bits and known is not None and known & 0xFF == 0:
        made.activation.effects.clear(target, bits, True, made.call.place, made.state)
    elif bits != 0:
        made.activation.effects.havoc(target, bits or memory.ALL, made.state)
    return target


def _bits(length: Value) -> int | None:
    """A length in bits, None where it is not known."""
    known = exact(length)
    return None if known is None or not 0 <= known * 8 <= memory.ALL else known * 8


def _compare(made: Made) -> Value:
    return ANY


def _swap(made: Made) -> Value:
    known = exact(made.arguments[0])
    if protocol.is_read(made.arguments[0]) and made.call.bits == protocol.BITS:
        return protocol.READ if made.arguments[0] == protocol.READ_TURNED else protocol.READ_TURNED
    if known is None:
        return turned(made.arguments[0])
    size = made.call.bits // 8
    data = (known & ((1 << made.call.bits) - 1)).to_bytes(size, "little")
    return number(int.from_bytes(data, "big"))


# What does it, and how many arguments it has.
_RUN: dict[str, tuple[Callable[[Made], Value], int]] = {
    "__builtin_memcpy": (_copy, 3),
    "__builtin_memmove": (_move, 3),
    "__builtin_memset": (_fill, 3),
    "__builtin_memcmp": (_compare, 3),
    "__builtin_bcmp": (_compare, 3),
    "__builtin_bswap16": (_swap, 1),
    "__builtin_bswap32": (_swap, 1),
    "__builtin_bswap64": (_swap, 1),
}

__all__ = ["Made", "copy", "run"]
