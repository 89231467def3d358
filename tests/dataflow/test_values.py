"""Abstract values: joins, caps, conversions, truth."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import (
    ANY,
    NEGATIVE,
    NONE,
    NONZERO,
    POSITIVE,
    UNKNOWN,
    Origin,
    Value,
    Via,
    number,
    origin,
    pointer,
    pointing,
)
from bpf_lint.dataflow.domain.limits import ATOMS
from bpf_lint.dataflow.domain.values import (
    capped,
    convert,
    exact,
    functions,
    join,
    origins,
    pattern,
    pointers,
    sign,
    truth,
)
from bpf_lint.model.integers import wrap
from bpf_lint.model.place import Place
from tests.dataflow.bases import at
from tests.dataflow.harness import HOST, POD, run, values

PLACE = Place("a.c", 3, 1)


@pytest.mark.parametrize(
    ("declared", "value"),
    [("volatile u32 x = 5", {"?"}), ("u32 x = 5", {5}), ("volatile u32 x = i", {HOST})],
)
def test_a_volatile_number_may_be_another(declared: str, value: set[object]) -> None:
    assert run(f"u32 f(u32 i) {{ {declared}; return x; }}", HOST).value == value
    through = f"u32 f(u32 i) {{ {declared}; u32 *p = (u32 *)&x; unknown(); return x; }}"
    assert run(through, HOST).value == value


def test_equal_origins_and_addresses_are_one_object() -> None:
    assert origin("A", "host", PLACE) is origin("A", "host", PLACE)
    assert origin("A", "host", PLACE) is not origin("A", "pod", PLACE)
    assert pointer(at("ctx"), 32) is pointer(at("ctx"), 32)
    assert number(7) is number(7)


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        (values(1), values(1), values(1)),
        (values(1), values(2), values(1, 2)),
        (values(HOST), values(0), values(HOST, 0)),
        (ANY, values(HOST), values(UNKNOWN, HOST)),
        (NONE, values(3), values(3)),
    ],
)
def test_a_join_holds_both_sides(left: Value, right: Value, joined: Value) -> None:
    assert join(left, right) == joined
    assert join(right, left) == joined


def test_many_integers_become_marks_of_their_signs() -> None:
    many = frozenset(range(-3, ATOMS + 5))
    assert capped(many) == values(NEGATIVE, 0, POSITIVE)


def test_a_large_unsigned_integer_is_not_called_positive() -> None:
    many = frozenset([1 << 31, *range(1, ATOMS + 1)])
    assert capped(many) == values(NONZERO, POSITIVE)


def test_few_integers_stay_beside_many_origins() -> None:
    many = [origin("A", "host", Place("a.c", line, 1)) for line in range(ATOMS)]
    capped_value = capped(values(*many, 1, 2))
    assert {1, 2} <= capped_value
    assert {a.netns for a in origins(capped_value)} == {"host"}


def test_origins_beyond_the_cap_lose_their_places_not_their_namespaces() -> None:
    places = [Place("a.c", line, 1) for line in range(ATOMS)]
    many = values(*(origin("A", n, place) for n in ("host", "pod") for place in places))
    assert capped(many) == values(origin("A", "host"), origin("A", "pod"))


def test_a_value_within_the_cap_is_unchanged() -> None:
    few = frozenset(range(ATOMS))
    assert capped(few) is few


@pytest.mark.parametrize(
    ("value", "bits", "signed", "wrapped"),
    [
        (-1, 32, False, 0xFFFFFFFF),
        (0xFFFFFFFF, 32, True, -1),
        (0x80, 8, True, -128),
        (0x1FF, 8, False, 0xFF),
        (5, 0, False, 5),
        (-5, 64, True, -5),
    ],
)
def test_integers_wrap_as_in_c(value: int, bits: int, signed: bool, wrapped: int) -> None:
    assert wrap(value, bits, signed) == wrapped
    if bits:
        assert convert(number(value), bits, signed) == number(wrapped)


@pytest.mark.parametrize(
    ("before", "bits", "signed", "after"),
    [
        (NEGATIVE, 32, True, NEGATIVE),
        (NEGATIVE, 32, False, NONZERO),
        (NEGATIVE, 16, True, UNKNOWN),
        (POSITIVE, 32, True, POSITIVE),
        (POSITIVE, 32, False, POSITIVE),
        (POSITIVE, 8, False, UNKNOWN),
        (NONZERO, 32, True, NONZERO),
        (NONZERO, 16, False, UNKNOWN),
        (UNKNOWN, 8, True, UNKNOWN),
    ],
)
def test_marks_are_converted_to_what_still_holds(
    before: str, bits: int, signed: bool, after: str
) -> None:
    assert convert(values(before), bits, signed) == values(after)


def test_an_origin_remembers_the_narrowest_type_it_went_through() -> None:
    (narrow,) = convert(convert(values(HOST), 16, False), 32, False)
    assert isinstance(narrow, Origin)
    assert (narrow.symbol, narrow.netns, narrow.narrow) == ("HOST_IFINDEX", "host", 16)
    assert convert(values(HOST), 32, True) == values(HOST)
    assert convert(values(HOST), 1, False) == ANY


def test_memory_keeps_the_sign_of_marks() -> None:
    assert pattern(values(NEGATIVE, -1, HOST), 32) == values(NEGATIVE, 0xFFFFFFFF, HOST)
    assert pattern(values(NEGATIVE), 16) == ANY


@pytest.mark.parametrize(
    ("value", "sides"),
    [
        (values(0), (False, True)),
        (values(5), (True, False)),
        (values(-1), (True, False)),
        (values(0, 5), (True, True)),
        (ANY, (True, True)),
        (values(NEGATIVE), (True, False)),
        (values(POSITIVE), (True, False)),
        (values(NONZERO), (True, False)),
        (values(HOST), (True, False)),
        (values(HOST, 0), (True, True)),
        (pointing(at("ctx")), (True, False)),
        (NONE, (False, False)),
    ],
)
def test_truth(value: Value, sides: tuple[bool, bool]) -> None:
    assert truth(value) == sides


def test_exact_is_for_single_integers_only() -> None:
    assert exact(values(4)) == 4
    assert exact(values(4, 5)) is None
    assert exact(values(HOST)) is None
    assert exact(NONE) is None


def test_origins_and_addresses_come_in_a_stable_order() -> None:
    first, second = origin("A", "host", PLACE), origin("B", "host", PLACE, Via(at("M:m"), 0, PLACE))
    assert origins(values(second, 3, POD, first)) == [first, second, POD]
    assert pointers(
        values(pointer(at("R:b"), 0), pointer(at("R:a"), None), pointer(at("R:a"), 8))
    ) == [
        pointer(at("R:a"), None),
        pointer(at("R:a"), 8),
        pointer(at("R:b"), 0),
    ]
    assert functions(values(pointer(at("F:g")), pointer(at("ctx")), pointer(at("F:f")), 0)) == [
        "f",
        "g",
    ]


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        (0, 0),
        (1, POSITIVE),
        ((1 << 31) - 1, POSITIVE),
        (1 << 31, NONZERO),
        ((1 << 32) - 1, NONZERO),
        (1 << 32, UNKNOWN),
        (-1, NEGATIVE),
        (-(1 << 31), NEGATIVE),
        (-(1 << 31) - 1, UNKNOWN),
    ],
)
def test_the_mark_of_a_number_is_about_32_bits(value: int, mark: object) -> None:
    assert sign(value) == mark
