"""Where folders and files of the work tree were at a revision, by the contents of their files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from bpf_lint.files.reading import is_regular
from bpf_lint.triage.git import Clone
from bpf_lint.triage.objects import entries
from bpf_lint.triage.revision import C_SOURCES, repository_of, resolve

MOST_FILES = 5_000


def sources_of(revision: str, paths: Iterable[Path]) -> dict[Path, Path]:
    """Where paths of the work tree were, those that the revision does not have under their name.

    Git need not know of the rename: files are found again by their contents, and a folder is where
    most of its C files were. What nothing is found of is left out.

    Raises:
        TriageError: No git, no repository, an unknown revision.
    """
    wanted = list(paths)
    repository = repository_of(wanted)
    clone = Clone(repository)
    listed = entries(clone, resolve(clone, revision), ["."])
    known = {one.path for one in listed}
    by_blob: dict[str, list[str]] = {}
    for one in sorted(listed):
        if one.path.endswith(C_SOURCES):
            by_blob.setdefault(one.blob, []).append(one.path)
    found = {}
    for path in wanted:
        here = path.resolve().relative_to(repository).as_posix()
        if here not in known and not any(one.startswith(f"{here}/") for one in known):
            old = _old(repository, path.resolve(), by_blob)
            if old:
                found[path] = repository / old
    return found


def _old(repository: Path, place: Path, by_blob: dict[str, list[str]]) -> str:
    """Where most of the files of a place were, "" for nowhere."""
    files = [place] if place.is_file() else _files(place)
    votes: Counter[str] = Counter()
    for file, blob in zip(files, _blobs(repository, files), strict=True):
        below = PurePosixPath(file.relative_to(place).as_posix())
        for old in by_blob.get(blob, ()):
            folder = _without(PurePosixPath(old), below)
            if folder:
                votes[folder] += 1
    best = max(votes.values(), default=0)
    return min((folder for folder, count in votes.items() if count == best), default="")


def _files(folder: Path) -> list[Path]:
    """C files below a folder."""
    found = (path for path in sorted(folder.rglob("*")) if path.name.endswith(C_SOURCES))
    return [path for path in found if not path.is_symlink() and is_regular(path)][:MOST_FILES]


def _without(path: PurePosixPath, below: PurePosixPath) -> str:
    """The folder of a path that ends like another; "" where it does not."""
    count = len(below.parts) if str(below) != "." else 0
    if path.parts[len(path.parts) - count :] != (below.parts if count else ()):
        return ""
    return "/".join(path.parts[: len(path.parts) - count])


def _blobs(repository: Path, files: list[Path]) -> list[str]:
    """What git calls the contents of files, without its filters."""
    names = [os.fsencode(file) for file in files]
    if any(b"\n" in name for name in names):
        return [""] * len(files)
    lines = b"".join(name + b"\n" for name in names)
    done = Clone(repository).git("hash-object", "--no-filters", "--stdin-paths", data=lines)
    found = done.stdout.decode("ascii", "replace").split()
    return found if len(found) == len(files) else [""] * len(files)
