"""Clones on this machine, by the names that a fleet gives them. Nothing is fetched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone
from bpf_lint.triage.revision import resolve

VARIABLE = "BPF_LINT_CLONES"


class Clones:
    """Where clones are looked for.

    Args:
        beside: Folder that paths of clones start from.
        folders: Clones, or folders with clones in them ("name" or "owner/name", or with ".git").
    """

    def __init__(self, beside: Path, folders: Sequence[str]) -> None:
        self._beside = beside
        named = os.environ.get(VARIABLE, "").split(os.pathsep)
        self._folders = [Path(one) for one in (*folders, *named) if one]

    def having(self, repository: str, revision: str) -> tuple[Clone, str]:
        """A clone of a repository that has a commit, and the commit's full hash.

        Args:
            repository: A name or a path; "" for any clone.

        Raises:
            TriageError: There is none.
        """
        found = list(self._all() if not repository else self._named(repository))
        for clone in found:
            try:
                return clone, resolve(clone, revision)
            except TriageError:
                continue
        what = repository or "a submodule"
        if found:
            raise TriageError(f"no clone of {what} has the commit {revision}")
        raise TriageError(f"no clone of {what}: name its folder with --clones or {VARIABLE}")

    def _named(self, repository: str) -> Iterator[Clone]:
        """Clones by path or name, the likeliest first."""
        yield from _clone(self._beside / repository)
        last = repository.rpartition("/")[2]
        for folder in self._folders:
            yield from _clone(folder)
            for name in dict.fromkeys((repository, last)):
                yield from _clone(folder / name)
                yield from _clone(folder / f"{name}.git")

    def _all(self) -> Iterator[Clone]:
        for folder in self._folders:
            yield from _clone(folder)
            for below in sorted(folder.glob("*")) + sorted(folder.glob("*/*")):
                yield from _clone(below)


def _clone(path: Path) -> Iterator[Clone]:
    if (path / ".git").exists():
        yield Clone(path)
    elif (path / "HEAD").is_file() and (path / "objects").is_dir():
        yield Clone(path, bare=True)
