"""Runs of bpf-lint as a user starts it, and their JSON reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """Exit code and output of one run."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on standard output."""
        if not self.stdout.lstrip().startswith("{"):
            raise AssertionError(f"no JSON report (exit code {self.code}):\n{self.stderr}")
        report: dict[str, Any] = json.loads(self.stdout)
        return report


def run_lint(*arguments: str | Path, cwd: Path = ROOT, timeout: float = 600) -> Run:
    """Run `bpf-lint` with arguments in a folder."""
    command = [sys.executable, "-m", "bpf_lint", *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def lint_json(*arguments: str | Path, cwd: Path = ROOT, timeout: float = 600) -> Run:
    """Run `bpf-lint` without its cache and with a JSON report on standard output."""
    options = ("--output-format", "json", "--no-cache")
    return run_lint(*options, *arguments, cwd=cwd, timeout=timeout)


def sites(report: dict[str, Any], rules: Sequence[str] = ()) -> set[tuple[str, str, int, str]]:
    """The (rule, path, line, mode) of every finding, of `rules` where given."""
    return {
        (finding["rule"], finding["path"], finding["line"], context["mode"])
        for finding in report["findings"]
        if not rules or finding["rule"] in rules
        for context in finding["contexts"]
    }
