"""C operators on abstract values."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.arithmetic import binary, compare, turned, unary
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    EITHER,
    MACHINE,
    NEGATIVE,
    NETWORK,
    NONZERO,
    ONE,
    POSITIVE,
    PROTOCOL,
    UNKNOWN,
    ZERO,
    Value,
    number,
    origin,
    pointer,
)
from bpf_lint.dataflow.domain.values import convert
from tests.dataflow.bases import at
from tests.dataflow.harness import HOST, POD, values

MINUS_FIVE = 0xFFFFFFFB
LXC, UPLINK = (origin("a", "host", device=name) for name in ("lxc", "uplink"))


@pytest.mark.parametrize(
    ("op", "left", "right", "bits", "signed", "result"),
    [
        ("+", 3, 4, 32, True, 7),
        ("+", 0xFFFFFFFF, 1, 32, False, 0),
        ("-", 3, 4, 32, False, 0xFFFFFFFF),
        ("-", 3, 4, 32, True, -1),
        ("*", 6, 7, 32, True, 42),
        ("&", 0xFF0F, 0xF0, 32, False, 0),
        ("|", 1, 6, 32, False, 7),
        ("^", 5, 1, 32, False, 4),
        ("<<", 1, 31, 32, False, 1 << 31),
        ("<<", 1, 31, 32, True, -(1 << 31)),
        (">>", -8, 1, 32, True, -4),
        (">>", MINUS_FIVE, 28, 32, False, 15),
        ("/", -7, 2, 32, True, -3),
        ("%", -7, 2, 32, True, -1),
    ],
)
def test_integers(op: str, left: int, right: int, bits: int, signed: bool, result: int) -> None:
    assert binary(op, number(left), number(right), bits, signed) == number(result)


def test_what_c_leaves_open_is_unknown() -> None:
    assert binary("/", number(1), ZERO, 32, True) == ANY
    assert binary("<<", ONE, number(200), 32, True) == ANY


def test_small_sets_are_combined_pairwise() -> None:
    assert binary("+", values(1, 2), values(10, 20), 32, True) == values(11, 12, 21, 22)
    assert binary("+", values(1, UNKNOWN), number(1), 32, True) == ANY
    assert binary("+", frozenset(range(9)), frozenset(range(9)), 32, True) == ANY


def test_neutral_and_absorbing_elements() -> None:
    assert binary("&", ANY, ZERO, 32, False) == ZERO
    assert binary("*", ZERO, ANY, 32, False) == ZERO
    for op in ("+", "|", "^", "-", "<<", ">>"):
        assert binary(op, values(HOST), ZERO, 32, False) == values(HOST)
    for op in ("+", "|", "^"):
        assert binary(op, ZERO, values(HOST), 32, False) == values(HOST)
    assert binary("-", ZERO, values(HOST), 32, False) == ANY


def test_a_mask_keeps_an_origin_only_if_it_is_as_wide_as_an_ifindex() -> None:
    assert binary("&", values(HOST, 3), number(0xFFFFFFFF), 64, False) == values(HOST, 3)
    assert binary("&", number(0xFFFFFFFF), values(HOST), 64, False) == values(HOST)
    assert binary("&", values(HOST), number(0xFFFF), 32, False) == ANY
    assert binary("&", values(HOST), number(0xFFFFFFFE), 32, False) == ANY


def test_a_mask_keeps_the_protocol_only_if_it_is_as_wide() -> None:
    assert binary("&", values(PROTOCOL), number(0xFFFF), 32, False) == values(PROTOCOL)
    assert binary("&", values(PROTOCOL), number(0x1FFFF), 32, False) == values(PROTOCOL)
    assert binary("&", values(PROTOCOL), number(0xFF), 32, False) == ANY


@pytest.mark.parametrize(
    ("op", "left", "right", "signed", "holds"),
    [
        # Signedness decides how the same bits compare.
        ("<", -5, 0, True, True),
        ("<", MINUS_FIVE, 0, True, True),
        ("<", -5, 0, False, False),
        (">", MINUS_FIVE, 7, False, True),
        ("==", MINUS_FIVE, -5, True, True),
        ("==", MINUS_FIVE, -5, False, True),
        # Marks.
        ("<", NEGATIVE, 0, True, True),
        (">=", NEGATIVE, 0, True, False),
        ("<", NEGATIVE, -3, True, None),
        ("==", NEGATIVE, 0, False, False),
        (">", NEGATIVE, 7, False, None),
        (">", POSITIVE, 0, True, True),
        (">", POSITIVE, -1, False, None),
        ("<=", POSITIVE, -3, True, False),
        ("==", POSITIVE, 7, True, None),
        ("!=", NONZERO, 0, True, True),
        ("==", NONZERO, 0, True, False),
        ("<", NONZERO, 0, True, None),
        (">", NONZERO, 0, True, None),
        (">", NONZERO, 0, False, True),
        ("<=", NONZERO, 0, False, False),
        ("==", UNKNOWN, 0, True, None),
        # An ifindex is above zero; two of them may be the same.
        ("==", HOST, 0, False, False),
        (">", HOST, 0, False, True),
        ("==", HOST, 3, False, None),
        ("==", HOST, HOST, False, None),
        ("==", HOST, POD, False, None),
        # So is an address, and the same address is equal to itself.
        ("==", pointer(at("ctx")), 0, False, False),
        ("==", pointer(at("ctx")), pointer(at("ctx")), False, True),
        ("!=", pointer(at("ctx")), pointer(at("ctx")), False, False),
        ("==", pointer(at("ctx")), pointer(at("ctx"), 8), False, None),
        ("==", UNKNOWN, UNKNOWN, True, None),
        # Numbers of two devices of one namespace differ, unless bits of them were lost.
        ("==", LXC, UPLINK, False, False),
        ("!=", LXC, UPLINK, False, True),
        ("<", LXC, UPLINK, False, None),
        ("==", LXC, LXC, False, None),
        ("==", LXC, HOST, False, None),
        ("==", LXC, origin("a", "host", device="some device"), False, None),
        ("==", LXC, origin("a", "pod", device="uplink"), False, None),
        ("==", LXC, origin("a", "host", device="uplink", narrow=16), False, None),
    ],
)
def test_comparisons(op: str, left: object, right: object, signed: bool, holds: object) -> None:
    assert compare(op, left, right, signed, 32) is holds  # type: ignore[arg-type]
    mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(op, op)
    assert compare(mirrored, right, left, signed, 32) is holds  # type: ignore[arg-type]


def test_comparing_sets_says_which_outcomes_are_possible() -> None:
    assert binary("<", values(1, 2), number(5), 32, True) == ONE
    assert binary("<", values(7, 8), number(5), 32, True) == ZERO
    assert binary("<", values(1, 8), number(5), 32, True) == EITHER
    assert binary("<", values(MINUS_FIVE, 8), number(0), 32, True) == EITHER
    assert binary("==", frozenset(range(9)), frozenset(range(20, 29)), 32, True) == EITHER


@pytest.mark.parametrize(
    ("op", "operand", "result"),
    [
        ("-", values(5), values(-5)),
        ("-", values(NEGATIVE), values(POSITIVE)),
        ("-", values(POSITIVE), values(NEGATIVE)),
        ("-", values(NONZERO), values(NONZERO)),
        ("-", values(HOST), ANY),
        ("~", values(0), values(-1)),
        ("~", values(POSITIVE), ANY),
        ("!", values(0), ONE),
        ("!", values(3), ZERO),
        ("!", values(NEGATIVE), ZERO),
        ("!", values(HOST), ZERO),
        ("!", values(HOST, 0), EITHER),
        ("!", ANY, EITHER),
    ],
)
def test_unary(op: str, operand: Value, result: Value) -> None:
    assert unary(op, operand, 32, True) == result


@pytest.mark.parametrize("mark", [NEGATIVE, POSITIVE, NONZERO])
def test_a_negated_unsigned_number_has_no_sign(mark: str) -> None:
    assert unary("-", values(mark), 32, False) == values(NONZERO)


IN_NETWORK_ORDER, IN_MACHINE_ORDER = values(UNKNOWN, NETWORK), values(UNKNOWN, MACHINE)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (IN_NETWORK_ORDER, IN_MACHINE_ORDER),
        (IN_MACHINE_ORDER, IN_NETWORK_ORDER),
        (ANY, ANY),
        (values(UNKNOWN, POSITIVE), ANY),
        (IN_NETWORK_ORDER | IN_MACHINE_ORDER, IN_NETWORK_ORDER | IN_MACHINE_ORDER),
    ],
)
def test_bytes_turned_round_are_in_the_other_order(value: Value, result: Value) -> None:
    assert turned(value) == result


def test_what_is_computed_of_a_number_has_no_order() -> None:
    for op in ("+", "-", "*", "&", "|", ">>"):
        assert binary(op, IN_NETWORK_ORDER, number(3), 32, False) == ANY
    assert binary("+", IN_NETWORK_ORDER, ZERO, 32, False) == IN_NETWORK_ORDER
    assert convert(IN_NETWORK_ORDER, 8, False) == ANY
    assert convert(IN_NETWORK_ORDER, 16, False) == IN_NETWORK_ORDER
