"""Time and memory of the dataflow over the size of inputs that grow in one direction."""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))  # for the programs, which tests share

from bpf_lint.dataflow import Engine
from tests.dataflow import growing
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import analyse, profile

SMALL = 2  # the size of what is run first: imports, prototypes of helpers
_UNIT = 1024 if sys.platform == "linux" else 1  # of ru_maxrss, in bytes


class Direction(NamedTuple):
    """What grows: programs by size, analysed one after the other by one engine."""

    what: str
    programs: Callable[[int], list[str]]
    sizes: tuple[int, ...]


DIRECTIONS = {
    "sites": Direction("tail calls to 7 slots", lambda n: [growing.sites(n)], (15, 30, 60, 120)),
    "slots": Direction("slots of 30 tail calls", lambda n: [growing.sites(30, n)], (4, 7, 14, 28)),
    "mutual": Direction(
        "programs that all call each other", lambda n: [growing.mutual(n)], (3, 6, 12, 24)
    ),
    "switch": Direction("cases of a switch", lambda n: [growing.switch(n)], (125, 250, 500, 1000)),
    "loops": Direction("loops inside each other", lambda n: [growing.loops(n)], (2, 3, 4, 6)),
    "blocks": Direction(
        "blocks of a function", lambda n: [growing.blocks(n)], (500, 1000, 2000, 4000)
    ),
    "nested": Direction("calls inside each other", lambda n: [growing.nested(n)], (10, 20, 40)),
    "configurations": Direction(
        "configurations", lambda n: list(map(growing.configuration, range(n))), (25, 50, 100, 200)
    ),
}


class Point(NamedTuple):
    """Size; processor time of the dataflow alone in seconds; memory that it took, in bytes."""

    size: int
    seconds: float
    memory: int


def main() -> int:
    """Measure, and print one row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directions", nargs="*", metavar="DIRECTION", help=" ".join(DIRECTIONS))
    parser.add_argument("--sizes", type=int, nargs="+", help="instead of those of each direction")
    parser.add_argument("--here", action="store_true", help="one size, in this process, as JSON")
    options = parser.parse_args()
    if unknown := set(options.directions) - set(DIRECTIONS):
        parser.error(f"no such direction: {', '.join(sorted(unknown))}")
    if options.here:
        print(json.dumps(measure(options.directions[0], options.sizes[0])))
        return 0
    print(f"{'n':>6} {'seconds':>9} {'MB':>7}")
    for name in options.directions or DIRECTIONS:
        points = [apart(name, size) for size in options.sizes or DIRECTIONS[name].sizes]
        print(f"{name}: {DIRECTIONS[name].what}")
        for point in points:
            print(f"{point.size:6} {point.seconds:9.2f} {point.memory / 1e6:7.1f}", flush=True)
        if len(points) > 1:
            print(f"       time grows as n^{exponent(points):.1f}")
    return 0


def measure(name: str, size: int) -> Point:
    """One size, in this process, without what its first analysis costs whatever the size."""
    run(DIRECTIONS[name].programs(SMALL))
    programs = DIRECTIONS[name].programs(size)
    for program in programs:
        compile_c(program, (), name="a.c")
    before = _peak()
    start = time.process_time()
    run(programs)
    return Point(size, time.process_time() - start, _peak() - before)


def run(programs: Sequence[str]) -> None:
    """Analyse programs one after the other, by a new engine."""
    engine = Engine(KERNEL)
    for program in programs:
        system = analyse({"a.c": program}, profile(growing.EGRESS), engine)
        assert system.stable


def apart(name: str, size: int) -> Point:
    """One size, in a process of its own, whose peak of memory is then that of this size."""
    command = [sys.executable, __file__, name, "--here", "--sizes", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Point(*json.loads(done.stdout))


def exponent(points: Sequence[Point]) -> float:
    """The slope of time over size, both as logarithms: 1 where time is proportional to size."""
    xs = [math.log(point.size) for point in points]
    ys = [math.log(max(point.seconds, 1e-6)) for point in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    steps = sum((a - x) ** 2 for a in xs)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / steps


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


if __name__ == "__main__":
    sys.exit(main())
