"""The reach of a run: where files may be read from."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

import msgspec

SYSTEM = (
    "/usr/include",
    "/usr/local/include",
    "/usr/lib",
    "/usr/lib64",
    "/usr/src",
    "/lib/modules",
    *(("/Library/Developer", "/Applications/Xcode.app") if sys.platform == "darwin" else ()),
)
HEADER = ".h"
# Variables in which compilers find include folders.
_VARIABLES = ("CPATH", "C_INCLUDE_PATH")


class Reach(msgspec.Struct, frozen=True):
    """Folders that headers may lie in; what a link leads to counts, not where the link lies.

    Args:
        tree: Absolute folder: the analysed repository, or what stands for it where there is none.
        named: Further folders and files, absolute, that the user named, not the tree.
        headers: Folders outside that a configuration file names where there is no repository:
            files whose name ends in ".h" may be read there.
    """

    tree: str
    named: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def holds(self, path: str | os.PathLike[str]) -> bool:
        """True where a path, links resolved, lies in the tree, a named folder or the system's."""
        real = os.path.realpath(path)
        return _any(real, self.places()) or (
            real.endswith(HEADER) and os.fspath(path).endswith(HEADER) and _any(real, self.headers)
        )

    def in_tree(self, path: str | os.PathLike[str]) -> bool:
        """True where a path, links resolved, lies in the tree."""
        return _any(os.path.realpath(path), (self.tree,))

    def shows(self, path: str | os.PathLike[str]) -> bool:
        """True where a report may quote a file: the tree's, and headers that everybody has."""
        return _any(os.path.realpath(path), (self.tree, *SYSTEM))

    def places(self) -> tuple[str, ...]:
        """All folders, the tree first."""
        return (self.tree, *self.named, *of_environment(), *SYSTEM)

    def with_named(self, *more: str) -> Reach:
        """A reach that holds further folders and files of the user's."""
        return Reach(self.tree, tuple(dict.fromkeys((*self.named, *more))), self.headers)

    def with_headers(self, *more: str) -> Reach:
        """A reach that holds the headers of further folders."""
        return Reach(self.tree, self.named, tuple(dict.fromkeys((*self.headers, *more))))


@lru_cache(maxsize=1)
def of_environment() -> tuple[str, ...]:
    """Include folders that the environment names, as compilers read it."""
    values = [os.environ.get(name, "") for name in _VARIABLES]
    parts = [part for value in values for part in value.split(os.pathsep)]
    return tuple(dict.fromkeys(part for part in parts if os.path.isabs(part)))


def repository(folder: Path) -> Path | None:
    """The root of the git repository that holds a folder; git itself is not run."""
    for place in [folder, *folder.parents]:
        if (place / ".git").exists():
            return place
    return None


def _any(path: str, folders: tuple[str, ...]) -> bool:
    """True for a real path at or below one of some folders."""
    return any(_below(path, os.path.realpath(folder)) for folder in folders)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
