"""A state: files of one or more commits, and what is asked about them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import PurePosixPath

import msgspec

from bpf_lint.cache.folder import key_of
from bpf_lint.config.user import FILE
from bpf_lint.files.reading import read
from bpf_lint.pipeline import Request
from bpf_lint.sources.inventory import BUILDS, DATABASE
from bpf_lint.sources.tree import excluded
from bpf_lint.survey.engine import Asked
from bpf_lint.survey.job import Job, identity
from bpf_lint.triage.git import Clone
from bpf_lint.triage.objects import Content, Entry, contents, entries
from bpf_lint.triage.revision import C_SOURCES

WHOLE = "."
# Besides C sources, what flags are found in where neither a profile nor the user gives them.
TELLING = (*C_SOURCES, ".go", ".mk", ".cmake")
TELLING_NAMES = (*BUILDS, DATABASE, FILE)


class Part(msgspec.Struct, frozen=True):
    """Files of one commit.

    Args:
        paths: Folders and files, from the root of the repository.
        headers: Folders and files of which C sources are taken, too; `WHOLE` also takes all that
            flags are found in.
        without: Globs of paths that are not taken.
        below: Where the part lies in the state; "" at its root.
    """

    clone: Clone
    commit: str
    paths: tuple[str, ...]
    headers: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    below: str = ""

    def files(self) -> list[Entry]:
        """The files, by path."""
        found = entries(self.clone, self.commit, self.paths)
        wider = entries(self.clone, self.commit, self.headers)
        telling = _tells if WHOLE in self.headers else _is_source
        found |= {one for one in wider if telling(one.path)}
        kept = (one for one in found if not excluded(one.path, self.without))
        return sorted(kept, key=lambda one: one.path)

    def placed(self, path: str) -> str:
        """Where a file of the part lies in the state."""
        return f"{self.below}/{path}" if self.below else path


class Terms(msgspec.Struct, frozen=True):
    """On which terms states are analysed.

    Args:
        cache: Folder of the cache, "" for none.
        seconds: Wall time that one may take.
    """

    cache: str = ""
    seconds: float = 900


def state(parts: Sequence[Part], request: Request, added: Sequence[Content], terms: Terms) -> Asked:
    """The state of some commits.

    Args:
        request: Paths are from the root of the state.
        added: Files where the commits have none of their name.
    """
    listed = [(part, part.files()) for part in parts]
    there = {part.placed(one.path) for part, files in listed for one in files}
    missing = tuple(one for one in added if one.path not in there)
    rows = [
        f"{one.mode} {one.blob} {part.placed(one.path)}" for part, files in listed for one in files
    ]
    own = repr((request, missing, _outside(request)))  # names of files need not be UTF-8
    key = key_of("state", identity(), *map(os.fsencode, (own, *rows)))
    return Asked(key, partial(_job, listed, request, missing, terms))


def _job(
    listed: Sequence[tuple[Part, list[Entry]]],
    request: Request,
    added: tuple[Content, ...],
    terms: Terms,
) -> Job:
    found = [
        msgspec.structs.replace(one, path=part.placed(one.path))
        for part, files in listed
        for one in contents(part.clone, files)
    ]
    return Job(identity(), request, (*found, *added), terms.cache, terms.seconds)


def _is_source(path: str) -> bool:
    return path.endswith(C_SOURCES)


def _tells(path: str) -> bool:
    """True for a file that may tell of flags, or be included."""
    if path.endswith(".go") and "/vendor/" in f"/{path}":
        return False
    return path.endswith(TELLING) or PurePosixPath(path).name in TELLING_NAMES


def _outside(request: Request) -> bytes:
    """What decides an outcome and lies outside of the repository."""
    named = [one for one in (request.config, request.profile) if os.path.isabs(one)]
    return b"\0".join(_content(one) for one in named)


@lru_cache(maxsize=8)
def _content(path: str) -> bytes:
    try:
        return read(path)
    except OSError:
        return b""
