"""The difference that a change of bpf-lint makes over the farm (`tools/farm.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT
from tests.survey.conftest import Repository

FLEET = """\
[[trees]]
name = "release"
repository = "repo"
commit = "v1.1"
folder = "bpf"
"""


def run(fleet: Path, kept: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "farm.py"), "--fleet", str(fleet), *options]
    environment = {**os.environ, "XDG_CACHE_HOME": str(kept)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_two_versions_are_compared(repository: Repository, kept: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("needs a clone of bpf-lint")
    fleet = repository.root.parent / "fleet.toml"
    fleet.write_text(FLEET)
    done = run(fleet, kept, "--base", "HEAD")
    assert "since the last sweep 0 new, 0 gone, 0 judged anew" in done.stdout, done.stderr
    assert done.returncode == 1  # nobody has judged the report
    wrong = run(fleet, kept, "--base", "no-such-revision")
    assert wrong.returncode == 1
    assert "farm: no-such-revision" in wrong.stderr
