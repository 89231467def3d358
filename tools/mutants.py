"""Mutates the dataflow's domain and engine, and says which mutants no test notices.

Each mutant is one change (by Cosmic Ray's operators), which the tests of the dataflow then run
against (see `forked`), and, where these pass, the programs whose findings are known (see
`overlaid`). One that survives has to be in tests/dataflow/survivors.toml, with
the reason; the exit code is 1 where it is not. At most one mutant is made of each place.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # for the tests

import forked  # noqa: E402
import overlaid  # noqa: E402

CAPS = "bpf_lint/dataflow/domain/limits.py"  # another number there is another choice, no fault
FOLDERS = ("bpf_lint/dataflow/domain", "bpf_lint/dataflow/engine")
SURVIVORS = ROOT / "tests/dataflow/survivors.toml"
TESTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.glob("tests/dataflow/test_*.py")
    if path.stem not in ("test_growth", "test_stress")  # of time, and of processes of their own
)
WHOLE = ("tests/test_fixtures.py",)  # as a user starts it
WHOLE_SECONDS = 1800.0
# What random tests try: less than they otherwise do.
FEWER = {"BPF_LINT_EXAMPLES": "20", "BPF_LINT_PROGRAMS": "40"}


class Mutant(NamedTuple):
    """A changed module: its path below the root, the lines that differ, and the whole text."""

    module: str
    line: int
    before: str
    after: str
    text: str


def main() -> int:
    """Run the mutants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="places to mutate; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of places and changes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    places = sorted({(module, at) for module, at, _, _ in candidates()})
    draw.shuffle(places)
    chosen = mutants(places, draw, options.sample or len(places))
    survivors = unnoticed(survive(chosen, options.jobs))
    listed = read_survivors()
    unlisted = [mutant for mutant in survivors if mutant[:1] + mutant[2:4] not in listed]
    for mutant in unlisted:
        print(f"{mutant.module}:{mutant.line}: nothing notices")
        print(f"    -{mutant.before}\n    +{mutant.after}")
    killed = len(chosen) - len(survivors)
    print(
        f"{len(places)} places, {len(chosen)} mutants, {killed} killed"
        f" ({100 * killed // max(1, len(chosen))} %), {len(survivors)} survive,"
        f" {len(unlisted)} of them not in {SURVIVORS.relative_to(ROOT)}"
    )
    return int(bool(unlisted))


@cache
def candidates() -> tuple[tuple[str, tuple[int, int], str, int], ...]:
    """Module, place, operator and which of its occurrences, of all that can be changed."""
    return tuple(_candidates())


def _candidates() -> Iterator[tuple[str, tuple[int, int], str, int]]:
    operators = [(name, get_operator(name)) for name in operator_names()]
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("*.py")):
            if path == ROOT / CAPS:
                continue
            tree = get_ast(path.read_text())
            for name, operator in operators:
                if operator.arguments():
                    continue
                positions = (p for n in ast_nodes(tree) for p in operator().mutation_positions(n))
                for occurrence, (start, _) in enumerate(positions):
                    yield path.relative_to(ROOT).as_posix(), start, name, occurrence


def mutants(
    places: list[tuple[str, tuple[int, int]]], draw: random.Random, count: int
) -> list[Mutant]:
    """One mutant of each of the first places that have one."""
    changes: dict[tuple[str, tuple[int, int]], list[tuple[str, int]]] = {}
    for module, at, operator, occurrence in candidates():
        changes.setdefault((module, at), []).append((operator, occurrence))
    made: list[Mutant] = []
    for module, at in places:
        if len(made) == count:
            break
        operator, occurrence = draw.choice(changes[module, at])
        code = (ROOT / module).read_text()
        text = mutate_code(code, get_operator(operator)(), occurrence)
        if text is not None and meaning(text) not in ("", meaning(code)):
            made.append(Mutant(module, *difference(code, text), text))
    return made


def meaning(code: str) -> str:
    """A module but for annotations and protocols, which do nothing; "" where it is no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(0)
        elif isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            node.body = [ast.Pass()]
    return ast.unparse(tree)


def difference(code: str, text: str) -> tuple[int, str, str]:
    """Number of the first line that differs, and that line before and after."""
    pairs = zip(code.splitlines(), text.splitlines(), strict=False)
    return next((n, a.strip(), b.strip()) for n, (a, b) in enumerate(pairs, 1) if a != b)


def survive(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Those that all tests pass with."""
    os.chdir(ROOT)
    os.environ.update(FEWER)
    known = forked.baseline(TESTS, [f"{ROOT / folder}/*" for folder in FOLDERS])
    waiting, alive = chosen[::-1], []
    running: dict[int, Mutant] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child = forked.start(known, TESTS, mutant.module, mutant.line, mutant.text)
            running[child] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            alive.append(mutant)
        verdict = "survives" if status == 0 else "killed"
        print(f"{verdict}: {mutant.module}:{mutant.line}: {mutant.after}", flush=True)
    return alive


def unnoticed(passed: list[Mutant]) -> list[Mutant]:
    """Those with which the fixtures have their findings, too; known survivors are not tried."""
    listed = read_survivors()
    alive = []
    with overlaid.copied() as folder:
        for mutant in passed:
            known = mutant[:1] + mutant[2:4] in listed
            if known or overlaid.pass_with(
                folder, WHOLE, mutant.module, mutant.text, WHOLE_SECONDS
            ):
                alive.append(mutant)
            else:
                print(
                    f"killed by findings: {mutant.module}:{mutant.line}: {mutant.after}", flush=True
                )
    return alive


def read_survivors() -> set[tuple[str, str, str]]:
    """Module, line before and line after of each mutant that is known to survive."""
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    assert all(entry["reason"] for entry in entries)
    return {(entry["module"], entry["before"], entry["after"]) for entry in entries}


if __name__ == "__main__":
    sys.exit(main())
