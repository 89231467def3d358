"""Sweep the farm of trees, and say what a change of bpf-lint changes in its reports.

usage: farm.py [--base REV] [--fleet FILE] [OPTION OF sweep]...

Clones are looked for where BPF_LINT_CLONES says. Without --base, reports are compared with what was
judged of them; with it, also with those of bpf-lint as REV has it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FARM = ROOT / "tests" / "corpus" / "farm.toml"
CODE = ("bpf_lint", "rules")


def unpack(revision: str, folder: Path) -> None:
    """Write bpf-lint as a revision has it."""
    command = ["git", "-C", str(ROOT), "archive", f"{revision}^{{commit}}", *CODE]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"farm: {revision}: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def sweep(code: Path, fleet: Path, options: Sequence[str]) -> int:
    """Run `sweep` of the bpf-lint in a folder; its exit code."""
    command = [sys.executable, "-m", "bpf_lint", "sweep", str(fleet), *options]
    environment = {**os.environ, "PYTHONPATH": str(code)}
    return subprocess.run(command, env=environment, cwd=code, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Sweep, once or twice; the exit code of the last."""
    parser = argparse.ArgumentParser(description=__doc__, usage=argparse.SUPPRESS)
    parser.add_argument("--base", default="")
    parser.add_argument("--fleet", type=lambda name: Path(name).resolve(), default=FARM)
    known, options = parser.parse_known_args(arguments)
    if not known.base:
        return sweep(ROOT, known.fleet, options)
    with tempfile.TemporaryDirectory(prefix="bpf-lint-farm-") as name:
        code, before = Path(name) / "base", Path(name) / "before.json"
        code.mkdir()
        unpack(known.base, code)
        sweep(code, known.fleet, ["--output-format", f"json={before}", *options])
        if not before.exists():
            sys.exit(f"farm: bpf-lint of {known.base} cannot sweep")
        return sweep(ROOT, known.fleet, ["--since", str(before), *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
