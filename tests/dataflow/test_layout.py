"""Numbers that are made of what the packet holds, and how far that has moved since."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpf_lint.dataflow.domain import layout
from bpf_lint.dataflow.domain.atoms import ANY, LAID, UNKNOWN, ZERO, Value, number
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import leq
from tests.dataflow import lattice

many = settings(max_examples=200, deadline=None, derandomize=True)
FRAME = Frame(frozenset(), lambda read: ZERO if read[1] == layout.CHANGES else ANY, "f")
FIRST, SECOND, THIRD = (frozenset([UNKNOWN, mark]) for mark in LAID)


def after(*sizes: int | None) -> State:
    """The state after changes by so many bytes."""
    state = State({}, {})
    for size in sizes:
        layout.change(FRAME, state, size)
    return state


def test_what_is_read_has_the_mark_of_the_changes_until_then() -> None:
    assert [layout.now(FRAME, after(*[4] * n)) for n in range(5)] == [
        FIRST,
        SECOND,
        THIRD,
        ANY,
        ANY,
    ]


@many
@given(st.lists(st.integers(-100, 100), max_size=3))
def test_what_moves_is_the_sum_of_the_changes_since(sizes: list[int]) -> None:
    state = after(*sizes)
    for count, mark in enumerate(LAID[: len(sizes) + 1]):
        assert layout.moved(FRAME, state, mark) == sum(sizes[count:])


@pytest.mark.parametrize("sizes", [(), (None,), (20, None), (None, 20), (20, -20)])
def test_what_has_not_moved_or_nobody_knows_how_far_is_not_told(sizes: tuple[int | None]) -> None:
    assert layout.moved(FRAME, after(*sizes), LAID[0]) == 0


@pytest.mark.parametrize(
    ("sizes", "op", "left", "right", "kept"),
    [
        ((), "+", FIRST, number(14), {LAID[0]}),
        ((), "+", number(14), FIRST, {LAID[0]}),
        ((), "+", FIRST, ANY, {LAID[0]}),
        ((20,), "+", FIRST, number(16), {LAID[0]}),  # to a member of the header
        ((20,), "+", FIRST, number(20), set()),
        ((20,), "+", FIRST, number(36), set()),  # and to a member of it
        ((20,), "+", number(20), FIRST, set()),
        ((20,), "-", FIRST, number(20), {LAID[0]}),
        ((20,), "-", FIRST, number(-20), set()),
        ((20,), "+", FIRST, number(4) | number(20), {LAID[0]}),
        ((20,), "+", FIRST, ANY, set()),
        ((20,), "<<", FIRST, number(2), {LAID[0]}),
        ((20,), "&", FIRST, ANY, {LAID[0]}),
        ((20,), "-", number(20), FIRST, {LAID[0]}),
        ((-20,), "-", FIRST, number(20), set()),
        ((-20,), "+", FIRST, number((1 << 32) - 20), set()),
        ((-20,), "+", FIRST, number(20), {LAID[0]}),
        ((None,), "+", FIRST, number(16), {LAID[0]}),
        ((20,), "+", SECOND, number(20), {LAID[1]}),
        ((20,), "+", FIRST, SECOND, {LAID[1]}),
        ((20, 4), "+", FIRST | SECOND, number(8), {LAID[0]}),
    ],
)
def test_a_number_that_takes_account_of_what_has_moved_has_no_mark(
    sizes: tuple[int | None, ...], op: str, left: Value, right: Value, kept: set[str]
) -> None:
    found = layout.calculated(FRAME, after(*sizes), op, left, right, ANY)
    assert found == {UNKNOWN, *kept}


@many
@given(lattice.values, lattice.values, lattice.values, st.sampled_from(["+", "-", "&", "<<"]))
def test_before_any_change_more_in_means_more_out(a: Value, b: Value, more: Value, op: str) -> None:
    state = after()
    known = layout.calculated(FRAME, state, op, a, b, ANY)
    assert leq(known, layout.calculated(FRAME, state, op, a | more, b, ANY))
    assert leq(known, layout.calculated(FRAME, state, op, a, b | more, ANY))


def test_where_paths_differ_in_how_often_it_changed_nothing_is_known() -> None:
    met = FRAME.join(after(20), after(20, 4))
    assert layout.changes(FRAME, met) is None
    assert layout.now(FRAME, met) == ANY
    assert layout.moved(FRAME, met, LAID[0]) == 0
    layout.change(FRAME, met, 14)  # what nobody knew is not known after one more
    assert layout.changes(FRAME, met) is None


def test_a_history_that_is_one_too_many_is_blurred() -> None:
    region = after(20, -20).memory[PACKET]
    assert layout.history(region) == (number(2), number(20), number(-20))
    unknown = State({}, {PACKET: layout.blurred(region)})
    assert layout.changes(FRAME, unknown) is None
    assert layout.moved(FRAME, unknown, LAID[0]) == 0
