"""Runs tests that start bpf-lint as a user does, against a changed module in a copy of it all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("bpf_lint", "rules", "schemas", "tests", "tools", "examples", "pyproject.toml")


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of what the tests need, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-mutants-") as name:
        for part in PARTS:
            source, target = ROOT / part, Path(name) / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        yield Path(name)


def pass_with(folder: Path, tests: Sequence[str], module: str, text: str, timeout: float) -> bool:
    """True where all tests pass in the copy with the text of a module in place of the file."""
    path = folder / module
    before = path.read_text()
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    path.write_text(text)
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, check=False, timeout=timeout
        )
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(before)
