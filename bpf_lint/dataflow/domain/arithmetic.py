"""C operators on abstract values."""

from __future__ import annotations

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    EITHER,
    MACHINE,
    MARKS,
    NEGATIVE,
    NETWORK,
    NONZERO,
    ONE,
    POSITIVE,
    PROTOCOL,
    PROTOCOLS,
    UNKNOWN,
    ZERO,
    Atom,
    Content,
    Origin,
    Pointer,
    Value,
    number,
    pointer,
)
from bpf_lint.dataflow.domain.base import CONTEXT
from bpf_lint.dataflow.domain.values import capped, exact
from bpf_lint.model import integers
from bpf_lint.model.integers import COMPARISONS, calculate, wrap

# The comparison that holds exactly when the other does not.
NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
# The comparison with its sides exchanged.
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

# The mark of a negated number.
_OPPOSITE: dict[Atom, Atom] = {NEGATIVE: POSITIVE, POSITIVE: NEGATIVE, NONZERO: NONZERO}
# The order of a number whose bytes have been turned round.
_TURNED: dict[Atom, Atom] = {NETWORK: MACHINE, MACHINE: NETWORK}


def binary(op: str, left: Value, right: Value, bits: int, signed: bool) -> Value:
    """The value of `left op right`."""
    if op in COMPARISONS:
        return comparison(op, left, right, signed, bits)
    a, b = exact(left), exact(right)
    if a is not None and b is not None:
        result = calculate(op, a, b, bits, signed)
        return ANY if result is None else number(result)
    if op in ("&", "*") and (a == 0 or b == 0):
        return ZERO
    if op in ("|", "+", "^", "-", "<<", ">>") and b == 0:
        return left
    if op in ("|", "+", "^") and a == 0:
        return right
    if op == "&" and (mask := b if a is None else a) is not None:
        return masked(left if a is None else right, mask)
    return pairwise(op, left, right, bits, signed)


def pairwise(op: str, left: Value, right: Value, bits: int, signed: bool) -> Value:
    """All results of two small sets; UNKNOWN if more than integers and addresses is in them."""
    if len(left) * len(right) > limits.PAIRS:
        return ANY
    results: set[Atom] = set()
    for a in left:
        for b in right:
            if type(b) is not int:
                return ANY
            if type(a) is Pointer and op in ("+", "-"):
                results.add(_moved(a, b if op == "+" else -b))
                continue
            if type(a) is not int:
                return ANY
            result = calculate(op, a, b, bits, signed)
            results.add(UNKNOWN if result is None else result)
    return capped(frozenset(results))


def _moved(address: Pointer, count: int) -> Pointer:
    """An address kept in an integer, moved by so many bytes."""
    return pointer(address.base, None if address.offset is None else address.offset + 8 * count)


def masked(value: Value, mask: int) -> Value:
    """`value & mask`: a mask as wide as an ifindex keeps its origin."""
    results: set[Atom] = set()
    for atom in value:
        whole = 0xFFFFFFFF if type(atom) is Origin else 0xFFFF if atom is PROTOCOL else 0
        if type(atom) is int:
            results.add(atom & mask)
        elif whole and mask & whole == whole:
            results.add(atom)
        elif type(atom) is Content and atom.base is CONTEXT:
            results |= {UNKNOWN, atom}  # bits of it
        else:
            results.add(UNKNOWN)
    return capped(frozenset(results))


def comparison(op: str, left: Value, right: Value, signed: bool, bits: int) -> Value:
    """{0}, {1} or both."""
    if len(left) * len(right) > limits.PAIRS:
        return EITHER
    can_hold = can_fail = False
    for a in left:
        for b in right:
            outcome = compare(op, a, b, signed, bits)
            can_hold |= outcome is not False
            can_fail |= outcome is not True
            if can_hold and can_fail:
                return EITHER
    return ONE if can_hold else ZERO


def compare(op: str, a: Atom, b: Atom, signed: bool, bits: int = 64) -> bool | None:
    """Whether `a op b` holds; None where it can go either way."""
    if type(a) is Origin and a.zero:
        a = 0
    if type(b) is Origin and b.zero:
        b = 0
    if type(a) is int and type(b) is int:
        return integers.compare(op, a, b, bits, signed)
    if type(b) is int:
        return _against(op, a, wrap(b, bits, signed), signed)
    if type(a) is int:
        return _against(MIRRORED[op], b, wrap(a, bits, signed), signed)
    if type(a) is Origin and type(b) is Origin and _differ(a, b):
        return {"==": False, "!=": True}.get(op)
    if a is b and not isinstance(a, (str, Origin, Content)):
        return COMPARISONS[op](0, 0)
    return None


def _differ(a: Origin, b: Origin) -> bool:
    """True for numbers of two devices of one namespace; a text with spaces names no device."""
    return (
        a.netns == b.netns
        and a.device != b.device
        and all(device and " " not in device for device in (a.device, b.device))
        and min(a.narrow, b.narrow) == 32
    )


def _against(op: str, atom: Atom, bound: int, signed: bool) -> bool | None:
    """Whether an atom that is not an integer compares so with an integer."""
    if type(atom) is Content or (type(atom) is str and atom not in MARKS):
        return None
    if atom is NEGATIVE and signed:
        return _ordered(op, bound >= 0, below=True)
    if atom is NONZERO and signed:
        return op == "!=" if bound == 0 and op in ("==", "!=") else None
    # As unsigned numbers, all others are above zero; so are origins, addresses and POSITIVE.
    return _ordered(op, bound <= 0, below=False)


def _ordered(op: str, decided: bool, below: bool) -> bool | None:
    if not decided:
        return None
    return COMPARISONS[op](0, 1) if below else COMPARISONS[op](1, 0)


def turned(value: Value) -> Value:
    """A number that is not known, its bytes turned round."""
    return frozenset(_TURNED.get(atom, UNKNOWN) for atom in value) or ANY


def unary(op: str, value: Value, bits: int, signed: bool) -> Value:
    """The value of `op value`."""
    results: set[Atom] = set()
    for atom in value:
        if type(atom) is int:
            results.add(_unary_int(op, atom, bits, signed))
        elif op == "!":
            if atom is UNKNOWN or atom in PROTOCOLS:
                return EITHER
            results.add(int(type(atom) is Origin and atom.zero))
        elif op == "-" and atom in _OPPOSITE:
            results.add(_OPPOSITE[atom] if signed else NONZERO)
        else:
            return ANY
    return frozenset(results)


def _unary_int(op: str, a: int, bits: int, signed: bool) -> int:
    if op == "!":
        return int(not a)
    return wrap(-a if op == "-" else ~a, bits, signed)
