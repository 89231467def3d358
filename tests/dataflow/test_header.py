"""The packet's first bytes: where they are from, whatever has moved or copied them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpf_lint.dataflow.domain import header, memory
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    LAID,
    UNKNOWN,
    WRITTEN,
    ZERO,
    Value,
    content,
    number,
    pointing,
)
from bpf_lint.dataflow.domain.base import CONTEXT, FRAME
from bpf_lint.dataflow.domain.state import Frame, Read, State
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.observers.ethernet import Addresses, told
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.observers.sent_packet import SentPacket
from tests.dataflow.harness import HOST, run, values

many = settings(max_examples=200, deadline=None, derandomize=True)
UNSET: Value = frozenset([UNKNOWN, FRESH])
FRAME_OF: Frame = Frame(frozenset(), lambda read: _outer(read), "f")


def _outer(read: Read) -> Value | memory.Slice:
    """A packet as received."""
    _, offset, bits, ranged = read
    region = header.received(True)
    return memory.take(region, offset, bits) if ranged else memory.load(region, offset, bits) or ANY


def both(state: State) -> tuple[list[Value], list[Value]]:
    return header.addresses(FRAME_OF, state)


def test_a_packet_arrives_with_its_addresses() -> None:
    destination, source = both(State({}, {}))
    assert destination == [header.as_received(8 * at) for at in range(6)]
    assert source == [header.as_received(48 + 8 * at) for at in range(6)]
    assert told(destination, source) == Addresses(received=True)


@many
@given(st.integers(1, 100))
def test_moving_the_start_there_and_back_changes_nothing(by: int) -> None:
    state = State({}, {})
    header.move_start(FRAME_OF, state, by, ZERO)
    header.move_start(FRAME_OF, state, -by, UNSET)
    assert both(state) == both(State({}, {}))


@many
@given(st.integers(12, 100))
def test_room_in_front_is_what_is_there_then(by: int) -> None:
    state = State({}, {})
    header.move_start(FRAME_OF, state, by, UNSET)
    destination, source = both(state)
    assert destination == source == [UNSET] * 6


@pytest.mark.parametrize("by", [None, 128, -128])
def test_a_move_by_who_knows_how_much_leaves_nothing_known(by: int | None) -> None:
    state = State({}, {})
    header.move_start(FRAME_OF, state, by, UNSET)
    assert both(state) == ([ANY] * 6, [ANY] * 6)
    assert told(*both(state)) == Addresses()


@many
@given(st.integers(0, 7), st.sampled_from([8, 16, 32]))
def test_bytes_that_lay_beside_each_other_are_one_number(at: int, bits: int) -> None:
    region = {8 * n: (8, header.as_received(8 * n)) for n in range(12)}
    whole = memory.load(region, 8 * at, bits)
    assert whole == header.as_received(8 * at)
    kept = memory.store(memory.EMPTY, 0, bits, whole)
    for byte in range(0, bits, 8):
        assert memory.load(kept, byte, 8) == header.as_received(8 * at + byte)


def test_bytes_from_here_and_there_are_no_number() -> None:
    region = {0: (8, header.as_received(0)), 8: (8, header.as_received(48))}
    assert memory.load(region, 0, 16) == ANY


@pytest.mark.parametrize("mark", [FRESH, CLOBBERED, WRITTEN, *LAID])
def test_parts_of_marked_bytes_are_marked(mark: str) -> None:
    value = frozenset([UNKNOWN, mark])
    assert memory.extract(value, 8, 8) == value


@many
@given(
    st.sampled_from([ANY, ZERO, number(3), UNSET, frozenset([UNKNOWN, WRITTEN])]), st.integers(0, 5)
)
def test_what_some_path_does_not_write_may_be_as_received(value: Value, at: int) -> None:
    written = State({}, {FRAME: memory.store(memory.EMPTY, 8 * at, 8, value)})
    joined = FRAME_OF.join(written, State({}, {}))
    found = told(*both(joined))
    assert found.received
    assert found.written == (value != ANY)
    assert FRAME_OF.leq(written, joined)


@pytest.mark.parametrize(
    ("destination", "source", "same"),
    [
        ([number(2)] * 6, [number(2)] * 6, True),
        ([number(2)] * 6, [number(3)] * 6, False),
        ([ANY] * 6, [ANY] * 6, False),
        ([frozenset([UNKNOWN, WRITTEN])] * 6, [frozenset([UNKNOWN, WRITTEN])] * 6, False),
        ([values(2, 3)] * 6, [values(2, 3)] * 6, False),
        ([header.as_received(48)] * 6, [header.as_received(48)] * 6, True),
        ([values("?", content(FRAME, 48), WRITTEN)] * 6, [header.as_received(48)] * 6, False),
    ],
)
def test_addresses_are_the_same_where_both_are_known(
    destination: list[Value], source: list[Value], same: bool
) -> None:
    assert told(destination, source).same == same


SWAP = """static long (*load)(void *c, u32 at, void *to, u32 len) = (void *)26;
static long (*store)(void *c, u32 at, void *from, u32 len, u64 fl) = (void *)9;
int f(struct __sk_buff *c, u32 i) { u8 d[6], s[6];
    load(c, 0, d, 6); load(c, 6, s, 6); store(c, 0, s, 6, 0); store(c, 6, d, 6, 0);
    return bpf_redirect(i, 0); }"""


def test_nothing_is_followed_that_no_observer_asks_for() -> None:
    cells = {FRAME: header.received(True)}
    (made,) = run(SWAP, values("?"), HOST, cells=cells).payloads(SentPacket)
    assert isinstance(made, SentPacket)
    assert made.addresses == Addresses(written=True, changed=True)
    silent = Interpreter(observers_of(["redirect", "fib_lookup", "assignment"]))
    ran = run(SWAP, values("?"), HOST, cells=cells, interpreter=silent)
    assert not silent.observers.follows
    assert all(FRAME not in result.memory for result in ran.outcome.results)


UNFOLLOWED = "int f(struct __sk_buff *c, u32 i) { %s return bpf_redirect(i, 0); }"


@pytest.mark.parametrize(
    ("call", "received"), [("unknown();", True), ("((int (*)(void *))i)(c);", False)]
)
def test_who_is_given_the_packet_may_write_it(call: str, received: bool) -> None:
    cells = {FRAME: header.received(True)}
    ran = run(UNFOLLOWED % call, pointing(CONTEXT), HOST, cells=cells)
    (made,) = ran.payloads(SentPacket)
    assert isinstance(made, SentPacket)
    assert made.addresses.received == received


MOVED = """static long (*adjust)(void *c, int by) = (void *)44;
int f(struct __sk_buff *c, u32 i) {
    if (adjust(c, %s)) return 0; return bpf_redirect(i, 0); }"""


@pytest.mark.parametrize(
    ("by", "addresses"),
    [
        ("0", Addresses(received=True)),
        ("-14", Addresses(written=True, unset=True, changed=True)),
        ("14", Addresses(changed=True)),
        ("(int)i", Addresses(changed=True)),
    ],
)
def test_a_program_that_moves_the_start_has_what_is_there(by: str, addresses: Addresses) -> None:
    ran = run(MOVED % by, pointing(CONTEXT), HOST, cells={FRAME: header.received(True)})
    (made,) = ran.payloads(SentPacket)
    assert isinstance(made, SentPacket)
    assert made.addresses == addresses


STORED = """u8 mac[12];
static long (*store)(void *c, u32 at, void *from, u32 len, u64 fl) = (void *)9;
int f(struct __sk_buff *c, u32 i) { %s return bpf_redirect(i, 0); }"""


@pytest.mark.parametrize(
    ("stores", "same"),
    [
        ("store(c, 0, mac, 12, 0);", False),
        ("store(c, 0, mac, 6, 0); store(c, 6, mac, 6, 0);", True),
        ("store(c, 0, mac, 6, 0); store(c, 6, mac + 6, 6, 0);", False),
        ("store(c, 0, mac + 6, 6, 0); store(c, 6, mac + 6, 6, 0);", True),
    ],
)
def test_bytes_of_one_object_are_the_same_where_they_lie_at_one_place(
    stores: str, same: bool
) -> None:
    ran = run(STORED % stores, pointing(CONTEXT), HOST, cells={FRAME: header.received(True)})
    (made,) = ran.payloads(SentPacket)
    assert isinstance(made, SentPacket)
    assert made.addresses.same == same
