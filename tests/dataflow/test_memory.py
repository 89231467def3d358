"""Regions of memory: cells, parts of cells, writes at unknown places."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import ANY, UNKNOWN, ZERO, Value, content, number
from bpf_lint.dataflow.domain.values import convert
from tests.dataflow.bases import at
from tests.dataflow.harness import HOST, POD, values

REGION = {0: (32, number(0x11223344)), 32: (32, values(HOST)), 64: (128, ZERO)}


@pytest.mark.parametrize(
    ("offset", "bits", "found"),
    [
        (0, 32, number(0x11223344)),
        (0, 8, number(0x44)),
        (8, 16, number(0x2233)),
        (31, 1, ZERO),
        (32, 32, values(HOST)),
        (32, 16, convert(values(HOST), 16, False)),
        (40, 16, ANY),
        (32, 64, values(HOST)),
        (0, 128, ANY),
        (96, 32, ZERO),
        (64, 64, ZERO),
        (0, 64, ANY),
        (176, 32, ANY),
        (192, 32, None),
    ],
)
def test_a_load_is_little_endian_and_unknown_where_it_cuts(
    offset: int, bits: int, found: object
) -> None:
    assert memory.load(REGION, offset, bits) == found


def test_a_load_puts_known_parts_together() -> None:
    region = {0: (8, number(0x11)), 8: (8, number(0x22)), 16: (16, number(-1))}
    assert memory.load(region, 0, 32) == number(0xFFFF2211)
    assert memory.load(region, 4, 8) == number(0x21)
    assert memory.load({0: (8, number(1)), 16: (16, number(1))}, 0, 32) == ANY
    assert memory.load({0: (8, values(1, 2)), 8: (8, number(1))}, 0, 16) == ANY


def test_part_of_a_cell_is_taken_from_each_of_its_integers() -> None:
    assert memory.extract(values(0x1234, -1), 8, 8) == values(0x12, 0xFF)
    assert memory.extract(values(0x1234, UNKNOWN), 8, 8) == ANY


def test_a_store_cuts_the_cells_it_overlaps() -> None:
    changed = memory.store(REGION, 24, 16, values(POD))
    assert changed == {
        0: (24, number(0x223344)),
        24: (16, values(POD)),
        40: (24, ANY),
        64: (128, ZERO),
    }
    assert REGION[32] == (32, values(HOST))
    assert memory.store(REGION, 96, 32, number(5))[128] == (64, ZERO)
    assert memory.clear(REGION, 0, 64) == {64: (128, ZERO)}


def test_a_slice_can_be_taken_and_pasted_elsewhere() -> None:
    cells = memory.take(REGION, 16, 64)
    assert cells == ((0, 16, number(0x1122)), (16, 32, values(HOST)), (48, 16, ZERO))
    assert memory.paste({}, 100, 64, cells, fill=False) == {
        100: (16, number(0x1122)),
        116: (32, values(HOST)),
        148: (16, ZERO),
    }


def test_gaps_of_a_pasted_slice_are_unknown_or_absent() -> None:
    cells = ((32, 32, values(HOST)),)
    over = {0: (96, ZERO)}
    assert memory.paste(over, 0, 96, cells, fill=True) == {
        0: (32, ANY),
        32: (32, values(HOST)),
        64: (32, ANY),
    }
    assert memory.paste(over, 0, 96, cells, fill=False) == {32: (32, values(HOST))}


def test_a_write_somewhere_may_have_hit_any_cell() -> None:
    weak = memory.weaken(REGION, values(POD), 32)
    assert memory.load(weak, 32, 32) == values(HOST, POD)
    assert memory.load(weak, 0, 32) == values(0x11223344, POD)
    # A wide cell that was cleared: every part of it may have been hit.
    assert memory.load(weak, 96, 32) == values(UNKNOWN, POD)
    assert memory.load(weak, 96, 16) == ANY
    # Bits in no cell.
    assert memory.load(weak, 192, 32) == values(UNKNOWN, POD)


def test_writes_somewhere_of_different_widths_are_kept_apart() -> None:
    weak = memory.weaken(memory.weaken({}, number(1), 16), values(HOST), 32)
    loaded = memory.load(weak, 64, 32)
    assert loaded is not None and HOST in loaded
    assert memory.load(weak, 64, 16) == values(1, UNKNOWN)


def test_a_later_exact_write_is_certain() -> None:
    weak = memory.store(memory.weaken(REGION, values(POD), 32), 0, 32, number(9))
    assert memory.load(weak, 0, 32) == number(9)


def test_a_read_somewhere_gives_any_cell_of_its_width() -> None:
    assert memory.anywhere(REGION, 32) == values(0x11223344, HOST, UNKNOWN)
    assert memory.anywhere(REGION, 16) == ANY
    assert memory.anywhere({}, 32) == ANY


def test_blended_slices_hold_what_either_holds() -> None:
    one = ((0, 32, number(1)), (32, 32, values(HOST)))
    two = ((0, 64, ZERO),)
    assert memory.blend(64, (one, two)) == ((0, 32, values(0, 1)), (32, 32, values(0, HOST)))
    assert memory.blend(64, (one, ())) == (
        (0, 32, values(1, UNKNOWN)),
        (32, 32, values(HOST, UNKNOWN)),
    )
    assert memory.blend(64, (one, one)) == one


def test_segments() -> None:
    assert memory.segments({0: (32, ZERO)}, {16: (32, ZERO)}) == [(0, 16), (16, 16), (32, 16)]


def test_regions_of_other_shapes_are_compared_and_joined_piece_by_piece() -> None:
    wide = {0: (64, ZERO)}
    fine = {0: (32, values(HOST, 0)), 32: (32, ZERO)}

    def missing(start: int, width: int) -> Value:
        return ANY

    assert memory.leq(wide, fine, missing)
    assert not memory.leq(fine, wide, missing)
    assert memory.join(wide, fine, missing) == fine
    assert memory.join(wide, {64: (8, values(1))}, missing) == {
        0: (64, values(0, UNKNOWN)),
        64: (8, values(1, UNKNOWN)),
    }


def test_a_part_of_known_contents_is_known_by_its_place() -> None:
    one = at("M:unit.c/m")

    def held(offset: int) -> Value:
        return frozenset([UNKNOWN, content(one, offset)])

    apart = {8 * n: (8, held(64 + 8 * n)) for n in range(4)}
    assert memory.load(apart, 0, 32) == held(64)
    assert memory.load(apart, 8, 16) == held(72)
    assert memory.load({0: (32, held(64))}, 8, 16) == held(72)
