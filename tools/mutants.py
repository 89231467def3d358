"""Mutates the dataflow's domain and engine, and says which mutants no test notices.

Each mutant is one change (by Cosmic Ray's operators) in a copy of the sources, which the tests of
the dataflow then run against. One that survives has to be in tests/dataflow/survivors.toml, with
the reason; the exit code is 1 where it is not. At most one mutant is made of each place.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from queue import Queue
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
FOLDERS = ("bpf_lint/dataflow/domain", "bpf_lint/dataflow/engine")
SURVIVORS = ROOT / "tests/dataflow/survivors.toml"
# The fastest first, since the first that fails ends a run.
TESTS = [
    *(
        f"tests/dataflow/test_{name}.py"
        for name in (
            *("values", "arithmetic", "branches", "memory", "pointers", "path", "control_flow"),
            *("helpers", "systems", "memo", "laws"),
        )
    ),
    "tests/dataflow/test_soundness.py::test_what_a_program_computes_is_held_possible[0]",
]
EXAMPLES = "20"  # of each law
TIMEOUT = 300  # seconds; a mutant that takes longer does not end, which is noticed


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
    survivors = survive(chosen, options.jobs)
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
    """A module without its annotations, which are never evaluated; "" where it is no Python."""
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
    return ast.unparse(tree)


def difference(code: str, text: str) -> tuple[int, str, str]:
    """Number of the first line that differs, and that line before and after."""
    pairs = zip(code.splitlines(), text.splitlines(), strict=False)
    return next((n, a.strip(), b.strip()) for n, (a, b) in enumerate(pairs, 1) if a != b)


def survive(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Those that all tests pass with."""
    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        trees: Queue[Path] = Queue()
        for number in range(jobs):
            trees.put(copy(Path(folder) / str(number)))
        first = trees.get()
        if not passes(first):
            raise SystemExit("the tests fail without any mutant")
        trees.put(first)

        def lives(mutant: Mutant) -> bool:
            tree = trees.get()
            path = tree / mutant.module
            original = path.read_text()
            path.write_text(mutant.text)
            try:
                alive = passes(tree)
            finally:
                path.write_text(original)
                trees.put(tree)
            verdict = "survives" if alive else "killed"
            print(f"{verdict}: {mutant.module}:{mutant.line}: {mutant.after}", flush=True)
            return alive

        with ThreadPoolExecutor(jobs) as pool:
            alive = list(pool.map(lives, chosen))
    return [mutant for mutant, lived in zip(chosen, alive, strict=True) if lived]


def copy(tree: Path) -> Path:
    """A copy of all that the tests of the dataflow need."""
    for part in ("bpf_lint", "rules", "tests"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def passes(tree: Path) -> bool:
    """True where all tests pass in a tree."""
    env = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BPF_LINT_EXAMPLES": EXAMPLES,
    }
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *TESTS]
    try:
        done = subprocess.run(
            command, cwd=tree, env=env, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def read_survivors() -> set[tuple[str, str, str]]:
    """Module, line before and line after of each mutant that is known to survive."""
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    assert all(entry["reason"] for entry in entries)
    return {(entry["module"], entry["before"], entry["after"]) for entry in entries}


if __name__ == "__main__":
    sys.exit(main())
