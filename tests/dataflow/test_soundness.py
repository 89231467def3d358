"""Whatever a program computes for given numbers, the analysis holds possible.

Random programs are run on numbers by the evaluator of the IR, and abstractly on values that
stand for these numbers among others. What came out of the first has to be in the second: for
one function on memory, and for datapaths, where it is also told which device a number is of.
"""

from __future__ import annotations

import os
import random

import pytest

from bpf_lint import ir
from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.domain import memory
from bpf_lint.dataflow.domain.atoms import NEGATIVE, NONZERO, POSITIVE, UNKNOWN, Origin, Value
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.engine.interpreter import Interpreter
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.registry import observers_of
from bpf_lint.dataflow.system.instance import Instance
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.integers import wrap
from tests.dataflow import concrete, datapaths
from tests.dataflow.bases import at
from tests.dataflow.compiling import compile_c
from tests.dataflow.concrete import Tagged, World, tagged
from tests.dataflow.harness import BUFFER, KERNEL, Ran, run, values
from tests.dataflow.programs import Writer
from tests.dataflow.systems import analyse, attach, profile
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


# --- datapaths -----------------------------------------------------------------------------------

CONSTANTS = {
    "HOST_DEV": tagged(0x5F010001, concrete.Origin("HOST_DEV")),
    "pod_dev": tagged(0x5E010003, concrete.Origin("pod_dev")),
}
IFINDEX = "__sk_buff.ifindex"
DEVICES = {
    "entry": tagged(0x5D010005, concrete.Origin(IFINDEX, "slave")),
    "other": tagged(0x5C010007, concrete.Origin(IFINDEX, "uplink")),
}
NUMBERS_OF = {number.origin: number for number in (*CONSTANTS.values(), *DEVICES.values())}
PACKETS = 12


def allows(value: Value, number: int) -> bool:
    """True where a value covers a number, and knows its origin where it has one."""
    if isinstance(number, Tagged):
        return any(named(atom) == number.origin for atom in origins(value))
    return holds(value, number) or any(
        wrap(NUMBERS_OF[named(atom)] - number, atom.narrow, False) == 0 for atom in origins(value)
    )


def named(atom: Origin) -> concrete.Origin:
    return concrete.Origin(atom.symbol, atom.device)


def analysed(source: str) -> System:
    """A datapath at two devices of different namespaces."""
    return analyse(
        {"a.c": source},
        profile(
            attach("a.c", "entry", "tc-egress", "slave"),
            attach("a.c", "other", "tc-ingress", "uplink"),
            symbols=[
                {"name": "HOST_DEV", "netns": "host", "zero": False},
                {"name": "pod_dev", "netns": "pod", "zero": False},
            ],
        ),
        Engine(KERNEL),
    )


def check(system: System, start: str, ran: concrete.Run) -> None:
    """What became of a packet that came to `start` is among what the analysis knows."""
    under = {
        key.function: instance
        for key, instance in system.instances.items()
        if key.hook.device == NUMBERED[start]
    }
    assert set(ran.programs) <= set(under), "a tail call leads to it"
    for place, program, target in ran.redirects:
        assert any(
            allows(event.payload.target, target)
            for event in under[program].events()
            if isinstance(event.payload, Redirect) and event.place == place
        ), f"{place}: bpf_redirect({target!r}) in {program}"
    assert returns(under[ran.programs[-1]], ran.verdict), f"{ran.programs[-1]} ends so"


NUMBERED = {start: number.origin.device for start, number in DEVICES.items()}


def returns(instance: Instance, verdict: int) -> bool:
    """True where a program can end with a verdict."""
    return any(
        allows(result.value, wrap(verdict, 32, True) if type(verdict) is int else verdict)
        for arrival in instance.arrivals
        for result in arrival.outcome.results
    )


@pytest.mark.parametrize("group", range(GROUPS))
def test_where_datapaths_send_packets_is_held_possible(group: int) -> None:
    for seed in range(group * PROGRAMS, group * PROGRAMS + PROGRAMS):
        source = datapaths.Writer(seed).datapath()
        system = analysed(source)
        assert system.stable
        draw = random.Random(seed)
        world = World(compile_c(source, (), name="a.c"), CONSTANTS, draw)
        for _ in range(PACKETS):
            start = draw.choice(sorted(DEVICES))
            ran = world.packet(start, DEVICES[start], {0: "zero", 1: "one"})
            try:
                check(system, start, ran)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}: {ran}\n{source}") from error
