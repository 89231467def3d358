"""Compilation databases that builds left in a repository: what was run for each of its programs.

They are guesses, as all that is found: what cannot be read is passed over, and a database may have
been written where the repository lay in another folder. Nothing in them is run.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.sources.database import Command, commands
from bpf_lint.sources.inventory import distance
from bpf_lint.sources.makefiles import Flag, wanted

BPF_TARGET = re.compile(r"-?-target[= ]bpf(?:el|eb)?\b|\bbpf(?:el|eb)?-\w+-\w+|-emit-llvm\b")


class Recorded(msgspec.Struct, frozen=True):
    """A command of a database, and the database.

    Args:
        words: The compiler's arguments.
        away: Folder in which the repository lay when the database was written; "" for this one.
    """

    command: Command
    words: tuple[str, ...]
    path: str
    away: str = ""

    def rank(self, program: str) -> tuple[bool, int, str]:
        """Those for BPF first, then the nearest database."""
        for_bpf = bool(BPF_TARGET.search(" ".join(self.words)))
        return not for_bpf, distance(self.path, program), self.path

    def flags(self, root: str) -> list[Flag]:
        """The flags about headers and macros, with the folder that their paths start from."""
        folder, words = str(self.command.folder), self.words
        if self.away:
            moved = re.compile(rf"{re.escape(self.away)}(?=/|\Z)")
            words = tuple(moved.sub(lambda _: root, word) for word in words)
            folder = moved.sub(lambda _: root, os.path.normpath(folder))
        found = wanted(shlex.join(words))
        return [Flag(one, folder, self.path, self.command.line) for one in found]


class Databases:
    """All compilation databases of a repository.

    Args:
        paths: Absolute.
        root: Absolute path of the repository.
        reach: Databases that links lead out of the tree to are not read.
    """

    def __init__(self, paths: Iterable[str], root: str, reach: Reach) -> None:
        self._root = root
        self._all = [one for path in sorted(paths) if reach.in_tree(path) for one in _read(path)]
        self._here: Mapping[str, list[Recorded]] = _by_source(self._all)

    def flags(self, program: str) -> list[Flag]:
        """The flags of a program (an absolute path), nothing where no database has it."""
        found = self._here.get(os.path.realpath(program)) or self._elsewhere(program)
        return min(found, key=lambda one: one.rank(program)).flags(self._root) if found else []

    def _elsewhere(self, program: str) -> list[Recorded]:
        """Commands for the same file of the repository in another folder."""
        below = "/" + os.path.relpath(program, self._root)
        found = []
        for one in self._all:
            source = os.path.normpath(one.command.source)
            away = source.removesuffix(below)
            if away not in ("", source) and not source.startswith(self._root + "/"):
                found.append(msgspec.structs.replace(one, away=away))
        return found


def _read(path: str) -> Iterator[Recorded]:
    """The commands for C in a database, as far as they can be read."""
    with suppress(ConfigError):
        for one in commands(Path(path)):
            if one.source.endswith(".c"):
                with suppress(ConfigError):
                    yield Recorded(one, tuple(one.arguments()), path)


def _by_source(recorded: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for one in recorded:
        found.setdefault(os.path.realpath(one.command.source), []).append(one)
    return found
