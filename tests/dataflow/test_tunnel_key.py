"""Whose address a tunnel's key has, by the cells that hold it."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain.atoms import ANY, ZERO, number
from bpf_lint.dataflow.domain.memory import Slice
from bpf_lint.dataflow.observers.tunnel_key import family

ROOM = 128


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (((0, 32, ANY), (32, 96, ZERO)), "IPv4"),
        (((0, 32, number(5)), (32, 96, ZERO), (128, 32, ANY)), "IPv4"),
        (((-32, 32, ANY), (0, 32, ANY), (32, 192, ZERO)), "IPv4"),
        (((0, 128, ANY),), "IPv6"),
        (((0, 64, ANY), (64, 64, ANY)), "IPv6"),
        (((0, 32, ZERO), (32, 64, ZERO), (96, 32, number(1))), "IPv6"),
        (((0, 32, ANY), (32, 32, ANY), (64, 64, ZERO)), "IPv6"),
        (((0, 32, ZERO), (32, 96, ZERO)), ""),  # nothing was written
        (((0, 32, ANY),), ""),  # the rest is what was there
        (((0, 32, ANY), (32, 64, ZERO)), ""),
        (((-32, 224, ANY),), ""),  # filled as a whole
        (((-32, 32, ANY), (0, 32, ANY), (32, 160, ANY)), ""),  # likewise, but for one of IPv4
        (((0, 32, ANY), (32, 96, ANY)), ""),  # and for what comes behind
        ((), ""),
    ],
)
def test_an_address_is_of_the_family_that_its_parts_say(cells: Slice, expected: str) -> None:
    assert family(cells, ROOM) == expected
