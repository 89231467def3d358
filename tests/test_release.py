"""Versions and releases: what git says is what is built, wherever it is built from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import generate
import pytest

from bpf_lint.model import addresses
from tests.running import ROOT
from tests.usage.sandbox import IDENTITY

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None,
    reason="these sources are not a clone, so that no version can be made",
)
DAY = r"\d{4}-\d{2}-\d{2}"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    # What is built must not look at the repository that the tests run in.
    environment = {**os.environ, **IDENTITY, **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone with the files as they are here, committed twelve commits after a release."""
    folder = tmp_path_factory.mktemp("release") / "clone"
    run("git", "clone", "-q", "--no-tags", str(ROOT), str(folder), cwd=ROOT)
    changed = run("git", "ls-files", "-z", "-m", "-o", "--exclude-standard", cwd=ROOT)
    for name in filter(None, changed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-q", "--allow-empty", "-m", "as it is", cwd=folder)
    run("git", "tag", "-a", "v7.1.0", "-m", "first", cwd=folder)
    for number in range(12):
        run("git", "commit", "-q", "--allow-empty", "-m", f"change {number}", cwd=folder)
    yield folder


def built(folder: Path, out: Path) -> Path:
    """The wheel that is built from a folder."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(
        *pip,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        out,
        folder,
        cwd=out.parent,
    )
    (wheel,) = out.glob("*.whl")
    return wheel


def test_the_version_is_what_git_says(clone: Path, tmp_path: Path) -> None:
    wheel = built(clone, tmp_path / "a")
    assert re.fullmatch(r"bpf_lint-7\.2\.0\.dev12\+g[0-9a-f]+-py3-none-any\.whl", wheel.name)
    again = built(clone, tmp_path / "b")
    assert wheel.read_bytes() == again.read_bytes(), "two wheels of one commit differ"


def test_an_archive_without_git_has_its_version(clone: Path, tmp_path: Path) -> None:
    archive, folder = tmp_path / "a.tar", tmp_path / "archive"
    run("git", "archive", "-o", archive, "HEAD", cwd=clone)
    with tarfile.open(archive) as stream:
        stream.extractall(folder, filter="data")
    assert built(folder, tmp_path / "out").name.startswith("bpf_lint-7.2.0.dev12+g")


def test_a_copy_of_the_files_can_still_be_installed(clone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(clone, folder, ignore=shutil.ignore_patterns(".git", "_version.py"))
    assert built(folder, tmp_path / "out").name.startswith("bpf_lint-0+unknown-")


def test_a_release_is_dated_tagged_and_built(clone: Path, tmp_path: Path) -> None:
    run("tools/release", "8.0.0", "--unchecked", cwd=clone, PYTHON=sys.executable)
    names = {file.name for file in (clone / "dist").iterdir()}
    assert names == {"bpf_lint-8.0.0-py3-none-any.whl", "bpf_lint-8.0.0.tar.gz"}
    assert run("git", "describe", cwd=clone) == "v8.0.0\n"
    assert run("git", "status", "--porcelain", cwd=clone) == ""
    log = (clone / "CHANGELOG.md").read_text()
    assert re.search(rf"^## Unreleased\n\n## 8\.0\.0 - {DAY}\n\n### Security\n", log, re.MULTILINE)
    assert "rev: v8.0.0 #" in (clone / "README.md").read_text()
    assert "bpf-lint@v8.0.0" in (clone / "docs" / "usage" / "ci.md").read_text()
    with tarfile.open(clone / "dist" / "bpf_lint-8.0.0.tar.gz") as stream:
        stream.extractall(tmp_path, filter="data")
    from_sdist = built(tmp_path / "bpf_lint-8.0.0", tmp_path / "out")
    assert from_sdist.name == "bpf_lint-8.0.0-py3-none-any.whl"


@pytest.mark.parametrize("version", ["", "1.2", "v1.2.3", "7.1.0", "1.2.3; touch x"])
def test_a_release_that_cannot_be_changes_nothing(clone: Path, version: str) -> None:
    before = run("git", "log", "--format=%H %D", cwd=clone)
    command = ["tools/release", version, "--unchecked"]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("release: ")
    assert run("git", "log", "--format=%H %D", cwd=clone) == before


def test_the_addresses_are_one_setting() -> None:
    text = (
        "  - repo: https://x # the address that\n    rev: v9 # a tag of it\n"
        '- uses: a/bpf-lint@v9 # b\nSource = "x"\nDocumentation = "x"\n'
    )
    shown = generate.with_addresses(text)
    for address in (addresses.REPOSITORY, addresses.ACTION, addresses.DOCUMENTATION):
        assert address in shown
    assert shown.count(addresses.RELEASE) == 2
    places = [file for glob in generate.ADDRESSED for file in ROOT.glob(glob)]
    assert any(addresses.ACTION in file.read_text() for file in places)
