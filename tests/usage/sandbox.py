"""A git repository with the example datapath, and a shell in which `bpf-lint` is this one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT, Run

IDENTITY = {
    f"GIT_{who}_{what}": "someone@example.org"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


class Sandbox:
    """A repository below a temporary folder.

    Args:
        folder: Empty folder; `repo` is made in it.
        cache: Folder for caches.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.cache = cache
        self.root = folder / "repo"
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.root.mkdir()
        self.home.mkdir()
        self._install()
        self.git("init", "-q", "-b", "main")

    def _install(self) -> None:
        """Put a `bpf-lint` into the path that runs the sources of this checkout."""
        self.bin.mkdir()
        program = self.bin / "bpf-lint"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bpf_lint "$@"\n')
        program.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the shell: no configuration of the machine's user."""
        path = os.pathsep.join(
            [str(self.bin), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        return {
            **IDENTITY,
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.cache),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }

    def run(self, *command: str, **variables: str) -> Run:
        """Run a program in the repository."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=600,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str) -> str:
        """Run git, which must succeed."""
        done = self.run("git", *arguments)
        assert done.code == 0, done.stderr
        return done.stdout

    def commit(self, message: str = "change") -> str:
        """Commit everything and return the commit's hash."""
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def example(self) -> None:
        """Copy the example datapath to bpf/ and commit it."""
        shutil.copytree(ROOT / "examples" / "minidp" / "bpf", self.root / "bpf")
        self.commit("datapath")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that a file of the repository has."""
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
