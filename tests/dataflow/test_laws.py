"""Laws of the domain: orders, joins, widening, and transfer functions that respect them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpf_lint.dataflow.domain import arithmetic, limits, protocol
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    MARKS,
    NEGATIVE,
    NONE,
    NONZERO,
    POSITIVE,
    PROTOCOL,
    PROTOCOLS,
    TURNED,
    UNKNOWN,
    Content,
    Value,
    origin,
)
from bpf_lint.dataflow.domain.base import PACKET, Key, can_be, spelling, spelt
from bpf_lint.dataflow.domain.protocol import turned
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.tested import meet
from bpf_lint.dataflow.domain.values import capped, convert, join, leq, pattern, sign, vague, widen
from bpf_lint.dataflow.engine.fixpoint import Fixpoint, Worklist
from bpf_lint.dataflow.engine.refine import keep
from bpf_lint.dataflow.system.instance import EntryStates, leq_entry
from bpf_lint.dataflow.system.received import EntryState
from bpf_lint.model.integers import COMPARISONS, wrap
from bpf_lint.model.place import Place
from tests.dataflow import lattice

EXAMPLES = int(os.environ.get("BPF_LINT_EXAMPLES", "400"))
many = settings(max_examples=EXAMPLES, deadline=None, derandomize=True)


# --- values ----------------------------------------------------------------------------------


@many
@given(lattice.values, lattice.values, lattice.values)
def test_the_order_of_values_is_an_order(a: Value, b: Value, c: Value) -> None:
    assert leq(a, a)
    assert leq(NONE, a)
    if leq(a, b) and leq(b, c):
        assert leq(a, c)


@many
@given(lattice.values, lattice.values)
def test_a_join_of_values_is_an_upper_bound(a: Value, b: Value) -> None:
    joined = join(a, b)
    assert leq(a, joined)
    assert leq(b, joined)
    assert joined == join(b, a)
    assert leq(join(joined, b), joined)


@many
@given(lattice.values, lattice.values, lattice.values)
def test_up_to_the_cap_a_join_is_the_least_upper_bound(a: Value, b: Value, c: Value) -> None:
    if len(a | b) <= limits.ATOMS and leq(a, c) and leq(b, c):
        assert leq(join(a, b), c)
    if len(a | b | c) <= limits.ATOMS:
        assert join(join(a, b), c) == join(a, join(b, c))


@many
@given(lattice.values)
def test_a_cap_loses_signs_and_places_and_no_more(a: Value) -> None:
    coarsest = frozenset(vague(sign(atom) if type(atom) is int else atom) for atom in a)
    assert leq(capped(a), coarsest)
    assert leq(a, capped(a))
    assert leq(capped(capped(a)), capped(a))


@pytest.mark.parametrize("count", [13, 21, 40, 60])
def test_origins_of_many_places_are_covered_once_their_places_are_lost(count: int) -> None:
    places = [origin("A", "host", Place("a.c", line, 1)) for line in range(count)]
    known = NONE
    for atom in places:
        known = join(known, frozenset([atom]))
    for atom in places:
        assert leq(frozenset([atom]), known)


@many
@given(lattice.values, st.lists(lattice.values, max_size=40))
def test_widening_is_an_upper_bound_and_its_chains_end(start: Value, more: list[Value]) -> None:
    known, steps = start, 0
    for arriving in more * 2:
        joined = join(known, arriving)
        if leq(joined, known):
            continue
        wider = widen(known, joined, True)
        assert leq(joined, wider)
        known, steps = wider, steps + 1
    # What is left: ?, 0, 4 marks of bytes, 2 contents, 16 origins without place, three objects.
    assert steps <= 27


# --- numbers that a value stands for -----------------------------------------------------------

SAMPLE = (0, 1, 2, 3, 7, 19, 255, 256, 2**31 - 1, 2**31, 2**32 - 1, -1, -2, -129, -(2**31), 2**40)


def stands_for(value: Value, number: int) -> bool:
    """True where a number is one of those that a value allows."""
    if number in value or UNKNOWN in value:
        return True
    if number and NONZERO in value:
        return True
    # A mark says the sign of a number of 32 or 64 bits, taken as signed.
    signs = {wrap(number, 32, True) < 0, wrap(number, 64, True) < 0} if number else set()
    return (True in signs and NEGATIVE in value) or (False in signs and POSITIVE in value)


OPERATORS = ["+", "-", "*", "&", "|", "^", "<<", ">>", "/", "%", *COMPARISONS]


@many
@given(lattice.numbers, lattice.numbers, lattice.numbers, st.sampled_from(OPERATORS), st.booleans())
def test_operators_are_monotone(a: Value, more: Value, b: Value, op: str, signed: bool) -> None:
    check_monotone(lambda value: arithmetic.binary(op, value, b, 32, signed), a, more)
    check_monotone(lambda value: arithmetic.binary(op, b, value, 32, signed), a, more)


@many
@given(lattice.numbers, lattice.numbers, st.sampled_from([8, 16, 32, 64]), st.booleans())
def test_conversions_and_tests_are_monotone(a: Value, more: Value, bits: int, sign: bool) -> None:
    check_monotone(lambda value: convert(value, bits, sign), a, more)
    check_monotone(lambda value: pattern(value, bits), a, more)
    for op in ("-", "~", "!") if bits >= 32 else ():  # narrower operands are promoted first
        check_monotone(partial(unary, op, bits, sign), a, more)
    for op, bound in product(("==", "!=", "<", ">", "<=", ">="), (0, 1, 7)):
        check_monotone(partial(kept, op, bound, sign), a, more)


def unary(op: str, bits: int, signed: bool, value: Value) -> Value:
    return arithmetic.unary(op, value, bits, signed)


def kept(op: str, bound: int, signed: bool, value: Value) -> Value:
    return keep(value, op, bound, signed)


def check_monotone(transfer: Callable[[Value], Value], below: Value, more: Value) -> None:
    """What a transfer function allows for a value, it allows for one above it."""
    above = join(below, more)
    small, large = transfer(below), transfer(above)
    for number in SAMPLE:
        if stands_for(small, number):
            assert stands_for(large, number), f"{number} is in {small} but not in {large}"


# --- states and entry states -------------------------------------------------------------------


@many
@given(lattice.states(), lattice.states(), lattice.states())
def test_states_have_an_order_and_upper_bounds(a: State, b: State, c: State) -> None:
    frame = lattice.frame()
    joined = frame.join(a, b)
    assert frame.leq(a, a)
    assert frame.leq(a, joined)
    assert frame.leq(b, joined)
    same = State(dict(a.regs), {base: dict(region) for base, region in a.memory.items()})
    assert frame.leq(a, frame.join(a, same))
    for count in (1, limits.WIDEN_LOOP, 3 * limits.WIDEN_LOOP):
        assert frame.leq(joined, frame.widen(a, joined, count))
    if frame.leq(a, b) and frame.leq(b, c):
        assert frame.leq(a, c)


@many
@given(lattice.entries, lattice.entries)
def test_entry_states_have_an_order_and_upper_bounds(a: EntryState, b: EntryState) -> None:
    joined = EntryStates().join(a, b)
    assert leq_entry(a, a)
    assert leq_entry(a, joined)
    assert leq_entry(b, joined)
    assert leq_entry(joined, EntryStates().widen(a, joined, 3 * limits.WIDEN_ENTRY))


# --- the solver ----------------------------------------------------------------------------------


class Counting:
    """Values, without widening: they would grow for ever."""

    def leq(self, left: Value, right: Value) -> bool:
        return left <= right

    def join(self, left: Value, right: Value) -> Value:
        return left | right

    def widen(self, known: Value, joined: Value, count: int) -> Value:
        return joined


def test_a_fixpoint_that_grows_for_ever_meets_its_bound() -> None:
    solver: Fixpoint[str, Value] = Fixpoint(Counting(), 5)
    grown = [solver.arrive("loop", frozenset([n])) for n in range(20)]
    assert [state is not None for state in grown] == [True] * 6 + [False] * 14
    assert solver.unsettled == {"loop"}
    assert solver.known["loop"] == frozenset(range(6))
    assert solver.arrive("other", ANY) == ANY


def test_a_worklist_visits_each_key_once_by_rank() -> None:
    ranked: Worklist[str] = Worklist({"a": 2, "b": 1, "c": 3}.__getitem__)
    for key in "acbca":
        ranked.push(key)
    assert [ranked.pop() for _ in range(3)] == ["b", "a", "c"]
    assert not ranked
    first: Worklist[str] = Worklist()
    for key in "acbca":
        first.push(key)
    assert [first.pop() for _ in range(3)] == ["a", "c", "b"]


@many
@given(lattice.values, lattice.numbers)
def test_what_a_test_leaves_is_of_the_value_and_is_something(value: Value, known: Value) -> None:
    left = meet(value, known)
    assert leq(left, value | known)
    assert bool(left) == bool(value)
    assert meet(left, known) == left


@many
@given(st.integers(-3, 20), lattice.numbers)
def test_a_test_leaves_the_number_that_it_allows(one: int, known: Value) -> None:
    if leq(frozenset([one]), known):
        assert leq(frozenset([one]), meet(frozenset([UNKNOWN, one]), known))
        assert one in meet(frozenset([one, 7]), known)


@pytest.mark.parametrize(
    ("value", "known", "left"),
    [
        ({0, 7}, {0}, {0}),
        ({0, 7}, {7}, {7}),
        ({0, 7}, {NONZERO}, {7}),
        ({UNKNOWN}, {0, 3}, {0, 3}),
        ({NONZERO}, {0, 3}, {3}),
        ({7}, {3}, {7}),
    ],
)
def test_what_a_test_leaves(value: set[object], known: set[object], left: set[object]) -> None:
    assert meet(frozenset(value), frozenset(known)) == left  # type: ignore[arg-type]


@many
@given(st.integers(-3, 20), lattice.numbers)
def test_a_test_takes_away_the_number_that_it_excludes(one: int, known: Value) -> None:
    others = known - {one}
    if len(others) == len(known) and MARKS.isdisjoint(known) and UNKNOWN not in known:
        assert meet(frozenset([one]) | others, known) == others


@many
@given(st.integers(0, 0xFFFF), lattice.values)
def test_a_test_of_the_protocol_teaches_what_nothing_else_can_be(found: int, value: Value) -> None:
    state = State({}, {})
    protocol.learn(lattice.frame(), state, value, frozenset([found]))
    others = [a for a in value if a not in PROTOCOLS and not (type(a) is int and a != found)]
    alone = {PROTOCOL, TURNED} & value if all(type(a) is Content for a in others) else set()
    known = protocol.of(state.memory.get(PACKET, {}))
    assert known == (None if len(alone) != 1 else found if alone == {PROTOCOL} else turned(found))


keys = st.dictionaries(st.integers(0, 7), st.integers(0, 3), max_size=5).map(
    lambda known: tuple(sorted(known.items()))
)


@many
@given(keys, keys)
def test_keys_can_be_the_same_unless_a_byte_differs(one: Key, other: Key) -> None:
    assert can_be(one, other) == can_be(other, one)
    assert can_be(one, other) == (len({*one, *other}) == len(dict(one) | dict(other)))
    assert can_be(one, ())
    assert spelling(spelt(one)) == one
