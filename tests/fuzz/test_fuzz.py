"""Whatever is given: no internal error and no hang; and what means the same is reported the same.

`make fuzz` tries many more than a plain run, by `BPF_LINT_FUZZ`. A failure becomes a fixture.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.expectations import read_expectations
from tests.fuzz.mutations import LINES, WORDS, mutate, mutations, tokens
from tests.fuzz.rewrites import REWRITES, Rewrite
from tests.running import Run, lint_json
from tests.test_fixtures import FILES, FIXTURES, FOLDERS, found_in

EXAMPLES = int(os.environ.get("BPF_LINT_FUZZ", "6"))
# The same examples in each run, unless many are asked for.
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize="BPF_LINT_FUZZ" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SECONDS = 120
SOURCES = [(folder, file) for folder, file in FILES if folder != "include"]


def run(folder: str, change: Callable[[Path], None]) -> tuple[Run, Path]:
    """Run over a copy of a fixture that has been changed."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        tree = Path(name).resolve() / "tree"
        shutil.copytree(FIXTURES / folder, tree / folder)
        shutil.copytree(FIXTURES / "include", tree / "include")
        change(tree)
        return lint_json(tree / folder, cwd=tree, timeout=SECONDS), tree


def ended_well(done: Run) -> bool:
    """True for a run that ended by itself, without a fault of its own."""
    said = done.stdout + done.stderr
    faults = ("internal error", "Traceback", "the compiler library")
    return done.code in (0, 1, 2) and not any(fault in said for fault in faults)


def rewritten(folder: str, rewrites: set[Rewrite]) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        for path in (*tree.glob("include/devices.h"), *(tree / folder).glob("*.c")):
            text = path.read_text()
            for one in rewrites:
                if one.headers == (path.suffix == ".h"):
                    text = one.edit(text)
            path.write_text(text)

    return change


@FUZZ
@given(st.sampled_from(FOLDERS), st.sets(st.sampled_from(REWRITES), min_size=1, max_size=3))
def test_what_means_the_same_is_reported_the_same(folder: str, rewrites: set[Rewrite]) -> None:
    done, _ = run(folder, rewritten(folder, rewrites))
    assert ended_well(done), done.stderr
    wanted = {(w.file, w.line, w.rule, w.mode) for w in read_expectations(FIXTURES / folder).wants}
    files = [file for name, file in FILES if name == folder]
    found = {(file, *key) for file in files for key in found_in(done.report, file)}
    assert found == wanted, sorted(one.name for one in rewrites)


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda one: one.name)
def test_each_rewrite_changes_something(rewrite: Rewrite) -> None:
    paths = [FIXTURES / "include" / "devices.h", *FIXTURES.glob("*/*.c")]
    texts = [path.read_text() for path in paths if (path.suffix == ".h") == rewrite.headers]
    assert any(rewrite.edit(text) != text for text in texts)
    assert all(rewrite.edit(text).count("\n") == text.count("\n") for text in texts)


@FUZZ
@given(st.sampled_from(SOURCES), mutations(WORDS))
def test_a_program_that_makes_no_sense_ends_well(
    source: tuple[str, str], changes: list[tuple[str, float, str]]
) -> None:
    folder, file = source

    def change(tree: Path) -> None:
        path = tree / folder / file
        path.write_text("".join(mutate(tokens(path.read_text()), changes)))
        config = tree / folder / "bpf-lint.toml"
        text = config.read_text()
        for table in ("attachments", "symbols", "fields"):
            text = text.replace(f"[[{table}]]", f"[[{table}]]\noptional = true")
        config.write_text(text)

    done, _ = run(folder, change)
    assert ended_well(done), done.stdout + done.stderr


@FUZZ
@given(st.sampled_from(FOLDERS), mutations(LINES))
@example("guards", [("insert", 0.5, 'when = "1 << 100000000000"')])
def test_a_configuration_that_makes_no_sense_ends_well(
    folder: str, changes: list[tuple[str, float, str]]
) -> None:
    def change(tree: Path) -> None:
        path = tree / folder / "bpf-lint.toml"
        path.write_text("\n".join(mutate(path.read_text().splitlines(), changes)) + "\n")

    done, _ = run(folder, change)
    assert ended_well(done), done.stdout + done.stderr
