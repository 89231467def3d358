"""The benchmark of growth: every direction can be measured, and exponents are what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from growth import DIRECTIONS, Point, exponent, measure  # noqa: E402


@pytest.mark.parametrize("name", DIRECTIONS)
def test_every_direction_is_measured(name: str) -> None:
    point = measure(name, 5)
    assert point.size == 5
    assert point.seconds > 0


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_is_the_slope(power: float) -> None:
    points = [Point(n, 0.25 * n**power, 0) for n in (10, 20, 80)]
    assert exponent(points) == pytest.approx(power)


def test_a_row_is_printed_for_each_size() -> None:
    command = [sys.executable, str(BENCHMARKS / "growth.py"), "switch", "--sizes", "4", "8"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["4", "8"]
    assert lines[4].startswith("       time grows as n^")
