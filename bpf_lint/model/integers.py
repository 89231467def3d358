"""C's arithmetic on integers of a width."""

from __future__ import annotations

import operator
from collections.abc import Callable

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PLAIN: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def wrap(value: int, bits: int, signed: bool) -> int:
    """An integer reduced to a C type of so many bits; 0 for one without bounds."""
    if bits <= 0:
        return value
    value &= (1 << bits) - 1
    if signed and value >> (bits - 1):
        value -= 1 << bits
    return value


def calculate(op: str, left: int, right: int, bits: int, signed: bool) -> int | None:
    """One operation that is no comparison; None where C leaves the result open."""
    if op in _PLAIN:
        return wrap(_PLAIN[op](left, right), bits, signed)
    if op in ("<<", ">>"):
        if not 0 <= right < max(bits, 1):
            return None
        left = wrap(left, bits, signed)
        return wrap(left << right if op == "<<" else left >> right, bits, signed)
    if op not in ("/", "%") or right == 0:
        return None
    towards_zero = quotient(left, right)
    return wrap(towards_zero if op == "/" else left - towards_zero * right, bits, signed)


def compare(op: str, left: int, right: int, bits: int, signed: bool) -> bool:
    """Whether a comparison of two integers of a type holds."""
    return COMPARISONS[op](wrap(left, bits, signed), wrap(right, bits, signed))


def quotient(left: int, right: int) -> int:
    """C's division, towards zero; the divisor is not 0."""
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size
