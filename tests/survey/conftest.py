"""A repository with releases: a mistake comes, changes its name, and goes, twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.cli.conftest import lint as fresh_lint

__all__ = ["fresh_lint"]

RIGHT = PROGRAM.replace("bpf_redirect(UPLINK_IFINDEX, 0)", "0")
RENAMED = PROGRAM.replace("from_pod", "out_of_pod")
FIXED = RIGHT.replace("from_pod", "out_of_pod")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2024-02-29T12:00:00Z",
    "GIT_COMMITTER_DATE": "2024-02-29T12:00:00Z",
    **{
        f"GIT_{who}_{what}": "t@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


class Repository:
    """A git repository with commits by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commits: dict[str, str] = {}
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
        return done.stdout.strip()

    def commit(self, name: str, **files: str) -> str:
        """Commit files ("__" in a name is a slash, "_" before its ending a dot)."""
        for key, text in files.items():
            folder, _, base = key.rpartition("__")
            path = self.root / folder / ".".join(base.rsplit("_", 1))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", name)
        self.commits[name] = self.git("rev-parse", "HEAD")
        return self.commits[name]

    def tag(self, name: str) -> None:
        self.git("tag", name)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """
    v1.0 ... mistake ... v1.1 ... renamed ... v1.2-rc1 ... fixed ... v1.2
                           \\ ... backported ... v1.1.1
    """
    (tmp_path / "repo").mkdir()
    made = Repository(tmp_path / "repo")
    lib = "#define UPLINK_IFINDEX 7\n"
    made.commit("begun", bpf__pod_c=RIGHT, bpf__lib_h=lib, other_txt="")
    (made.root / "bpf" / "bpf-lint.toml").write_text(CONFIG)
    made.commit("described")
    made.tag("v1.0")
    made.commit("a comment", bpf__lib_h="/* the uplink */\n" + lib)
    made.commit("mistake", bpf__pod_c=PROGRAM)
    made.commit("elsewhere", other_txt="1")
    made.tag("v1.1")
    made.commit("a comment more", bpf__lib_h="/* the uplink */\n" + lib + "\n")
    renamed = {
        "bpf__pod_c": RENAMED,
        "bpf__bpf-lint_toml": CONFIG.replace("from_pod", "out_of_pod"),
    }
    made.commit("renamed", **renamed)
    made.tag("v1.2-rc1")
    made.commit("fixed", bpf__pod_c=FIXED)
    made.commit("elsewhere, too", other_txt="2")
    made.tag("v1.2")
    made.git("checkout", "-q", "-b", "stable", "v1.1")
    made.commit("backported", bpf__pod_c=RIGHT)
    made.tag("v1.1.1")
    made.git("checkout", "-q", "main")
    return made


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all tests: states are known by their content, whatever clone has them."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def lint(fresh_lint: Lint, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    """Run a command line in the repository, with what other tests have analysed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    return fresh_lint
