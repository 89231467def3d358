"""Lowered functions compute what the compiled ones do.

`meaning.c` holds functions with the results of a native build. They are lowered, and the IR is
evaluated; where the two differ, the IR means something else than the source.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bpf_lint.frontend import FrontEnd
from bpf_lint.ir.nodes import Unit
from tests.frontend.evaluate import Machine

SOURCE = Path(__file__).parent / "meaning.c"
_EXPECTED = re.compile(r"/\* expect: ([^*]*) \*/\nlong (\w+)\(")


def expectations() -> dict[str, list[tuple[int, int]]]:
    """Return (argument, result) pairs by function."""
    found = {}
    for pairs, name in _EXPECTED.findall(SOURCE.read_text()):
        numbers = [pair.split() for pair in pairs.split(",")]
        found[name] = [(int(argument), int(result)) for argument, result in numbers]
    return found


EXPECTED = expectations()


@pytest.fixture(scope="module")
def unit() -> Unit:
    flags = ("-target", "bpf", "-O2")
    parsed = FrontEnd().parse(str(SOURCE), flags, str(SOURCE.parent), (), tuple(EXPECTED))
    assert parsed.errors == ()
    return parsed


def test_every_function_has_expectations() -> None:
    assert set(re.findall(r"\nlong (\w+)\(long", SOURCE.read_text())) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_function_computes(unit: Unit, name: str) -> None:
    machine = Machine(unit)
    results = [(argument, machine.call(name, [argument])) for argument, _ in EXPECTED[name]]
    assert results == EXPECTED[name]
