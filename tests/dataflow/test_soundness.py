"""Whatever a program computes for given numbers, the analysis holds possible.

Random programs are run on numbers by the evaluator of the IR, and abstractly on values that
stand for these numbers among others. What came out of the first has to be in the second.
"""

from __future__ import annotations

import os
import random

import pytest

from bpf_lint import ir
from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.values import NEGATIVE, NONZERO, POSITIVE, UNKNOWN, Value
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.model.integers import wrap
from tests.dataflow.bases import at
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import BUFFER, Ran, run, values
from tests.dataflow.programs import Writer
from tests.frontend.evaluate import Machine

NUMBERS = (0, 1, 2, 7, 255, 256, 4711, -1, -5, -129, 2147483647)
GROUPS = 8
PROGRAMS = int(os.environ.get("BPF_LINT_PROGRAMS", "200")) // GROUPS  # of each group
CELLS = range(0, 128, 32)


def holds(value: Value, number: int) -> bool:
    """True where a 32-bit value covers a number."""
    if UNKNOWN in value or (number and NONZERO in value):
        return True
    if any(isinstance(a, int) and wrap(a - number, 32, False) == 0 for a in value):
        return True
    signed = wrap(number, 32, True)
    return (signed < 0 and NEGATIVE in value) or (signed > 0 and POSITIVE in value)


def around(number: int, draw: random.Random) -> Value:
    """A value that stands for a number, and maybe for others."""
    mark = NEGATIVE if number < 0 else POSITIVE if number else UNKNOWN
    return draw.choice(
        (
            values(number),
            values(number, draw.choice(NUMBERS)),
            values(number, 0, draw.choice(NUMBERS)),
            values(mark),
            values(mark, 0),
            values(UNKNOWN),
        )
    )


def compute(unit: ir.Unit, a: int, b: int, out: list[int]) -> tuple[int, list[int]]:
    """What a program returns and leaves in its array."""
    machine = Machine(unit)
    machine.bits["out"] = {}
    for index, number in enumerate(out):
        machine.write(("out", 32 * index), 32, number)
    result = machine.call("f", [a, wrap(b, 32, False), ("out", 0)])
    assert isinstance(result, int)
    left = [machine.read(("out", offset), 32, False) for offset in CELLS]
    return result, [number for number in left if isinstance(number, int)]


def covered(result: Result, returned: int, left: list[int], before: dict[int, Value]) -> bool:
    """True where one outcome holds all of what happened."""
    region = result.memory.get(at("L:caller:buffer"), memory.EMPTY)
    return holds(result.value, returned) and all(
        holds(before[offset] if (found := memory.load(region, offset, 32)) is None else found, n)
        for offset, n in zip(CELLS, left, strict=True)
    )


def trial(seed: int, engine: Interpreter) -> None:
    source = Writer(seed).program()
    unit = compile_c(source)
    draw = random.Random(seed)
    for _ in range(4):
        a, b = draw.choice(NUMBERS), draw.choice(NUMBERS)
        out = [draw.choice(NUMBERS) for _ in CELLS]
        returned, left = compute(unit, a, b, out)
        before = {
            offset: frozenset(
                wrap(x, 32, False) if isinstance(x, int) else x for x in around(n, draw)
            )
            for offset, n in zip(CELLS, out, strict=True)
        }
        cells = {at("L:caller:buffer"): {o: (32, value) for o, value in before.items()}}
        given = around(a, draw), around(b, draw)
        ran: Ran = run(source, *given, BUFFER, cells=cells, interpreter=engine)
        assert any(covered(result, returned, left, before) for result in ran.outcome.results), (
            f"seed {seed}: f({a}, {b}, {out}) returns {returned} and leaves {left};\n"
            f"f({given}) gives {ran.outcome.results}\n{source}"
        )


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_a_program_computes_is_held_possible(group: int) -> None:
    engine = Interpreter(observers_of(None))
    for seed in range(group * PROGRAMS, group * PROGRAMS + PROGRAMS):
        trial(seed, engine)
