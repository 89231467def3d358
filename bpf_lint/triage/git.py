"""git's plumbing, with everything off that a repository could make git run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from bpf_lint.triage.errors import TriageError

_OFF = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=never" for name in ("ext", "file", "git", "ssh", "http", "https")),
    "remote.origin.promisor=false",
)
# Set inside of git hooks; they would point git at another repository or index.
_HOOK_NAMES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class Clone(msgspec.Struct, frozen=True):
    """A repository on this machine.

    Args:
        path: A folder of the work tree, or the repository itself where it is bare.
        bare: True where there is no work tree.
    """

    path: Path
    bare: bool = False

    def git(self, *arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run a plumbing command.

        Raises:
            TriageError: There is no git program.
        """
        program = shutil.which("git")
        if program is None:
            raise TriageError("comparison with a revision needs git, which is not installed")
        off = [part for setting in _OFF for part in ("-c", setting)]
        where = [f"--git-dir={self.path}"] if self.bare else ["-C", str(self.path)]
        return subprocess.run(
            [program, "--no-pager", *off, *where, *arguments],
            input=data,
            capture_output=True,
            env=_environment(),
            check=False,
        )

    def lines(self, *arguments: str) -> list[str]:
        """What a command prints, by line.

        Raises:
            TriageError: It fails.
        """
        done = self.git(*arguments)
        if done.returncode:
            raise TriageError(message(done))
        return done.stdout.decode("utf-8", "backslashreplace").splitlines()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _HOOK_NAMES}
    own = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    return kept | own | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


def message(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said, on one line."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git failed with {done.returncode}"
