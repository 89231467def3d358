"""Paths in the user's configuration, held against the files of the tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path

from bpf_lint.config.nearest import unknown
from bpf_lint.config.schema import FieldMeaning, ProgArray, SymbolMeaning
from bpf_lint.config.user_schema import PathSettings
from bpf_lint.pipeline.planning import Plan
from bpf_lint.sources.flags import PATHS
from bpf_lint.sources.tree import discover, excluded, walk
from bpf_lint.triage.select import path_matches


def check_paths(plan: Plan) -> None:
    """Check that every program, glob and folder that the user's configuration names is there.

    Raises:
        ConfigError: One matches nothing, and its table does not say that it is optional.
    """
    space = plan.workspace
    check = _Paths(plan)
    own = space.user.settings
    for at, program in enumerate(own.programs):
        if not program.optional:
            check.glob("program", program.path, space.tree.files, "programs", at, "path")
    for at, attachment in enumerate(own.attachments):
        if not attachment.optional:
            check.program(attachment.program, "attachments", at, "program")
    check.meanings("symbols", own.symbols)
    check.meanings("fields", own.fields)
    check.arrays(own.prog_arrays)
    for table, tables in (("modes", own.modes), ("configurations", own.configurations)):
        for name, one in tables.items():
            for path in () if one.optional else one.programs:
                check.program(path, table, name, "programs", path)
    check.exclude(own.exclude)
    check.per_path(own.per_path)
    if not own.front_end.optional:
        check.flags(own.front_end.flags)


def _c_files(root: Path, base: Path) -> Iterator[str]:
    """Sources and headers of a repository, as paths from a folder."""
    for place, _, files in walk(root, root):
        for name in files:
            if name.endswith((".c", ".h")):
                yield os.path.normpath(os.path.relpath(os.path.join(place, name), base))


class _Paths:
    """The files of one plan."""

    def __init__(self, plan: Plan) -> None:
        space = plan.workspace
        self.tree, self.error = space.tree, space.user.error
        self.base = space.user.folder or Path(space.tree.folder)
        self.programs = sorted(
            file
            for file in space.tree.files
            if any(fnmatchcase(file, one.path) for one in space.profile.programs)
        )

    def glob(self, kind: str, glob: str, files: Iterable[str], *keys: str | int) -> None:
        """Refuse a glob that matches none of the files."""
        if not any(fnmatchcase(file, glob) for file in files):
            raise self.error(unknown(kind, glob, files), *keys)

    def program(self, glob: str, *keys: str | int) -> None:
        """Refuse a glob that matches no program."""
        self.glob("program", glob, self.programs, *keys)

    def meanings(self, table: str, meanings: Sequence[SymbolMeaning | FieldMeaning]) -> None:
        """Refuse programs of symbols and fields that are not there."""
        for at, meaning in enumerate(meanings):
            for number, glob in enumerate(() if meaning.optional else meaning.programs):
                self.program(glob, table, at, "programs", number)

    def arrays(self, arrays: Sequence[ProgArray]) -> None:
        """Refuse programs that hold a prog array, or are in it, and are not there."""
        for at, array in enumerate(arrays):
            if array.optional:
                continue
            if path := array.map.rpartition(":")[0]:
                self.program(path, "prog_arrays", at, "map")
            for number, text in enumerate(array.programs):
                self.program(text.partition(":")[0], "prog_arrays", at, "programs", number)

    def exclude(self, globs: Iterable[str]) -> None:
        """Refuse a glob that leaves nothing out."""
        every: list[str] | None = None
        for at, glob in enumerate(globs):
            folder = Path(self.tree.folder)
            found = every or discover(folder, Path(self.tree.root))
            every = every or [os.path.relpath(folder / one, self.base) for one in found]
            if not any(excluded(file, (glob,)) for file in every):
                message = f'"{glob}" leaves nothing out: no C source has such a path'
                raise self.error(message, "exclude", at)

    def per_path(self, settings: list[PathSettings]) -> None:
        """Refuse a glob that no C source or header matches."""
        for at, one in enumerate(settings):
            if not one.optional and not any(
                path_matches(path, one.path) for path in _c_files(Path(self.tree.root), self.base)
            ):
                message = f'"{one.path}" matches nothing: no C source or header has such a path'
                raise self.error(message, "per_path", at, "path")

    def flags(self, flags: list[str]) -> None:
        """Refuse a folder of headers that belongs into the tree and is not there."""
        for at, (flag, after) in enumerate(zip_longest(flags, flags[1:], fillvalue="")):
            option = next((one for one in PATHS if flag.startswith(one)), "")
            if not option:
                continue
            text = flag.removeprefix(option) or after
            path = os.path.normpath(os.path.join(self.base, text))
            inside = Path(path).is_relative_to(self.tree.reading().tree)
            if text and inside and not os.path.exists(path):
                raise self.error(f'flag "{flag}": no {path}', "front_end", "flags", at)
