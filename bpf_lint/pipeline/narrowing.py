"""What of a run the user asked about: programs, entries, folders."""

from __future__ import annotations

from fnmatch import fnmatchcase
from os.path import normpath
from pathlib import Path

from bpf_lint.config.nearest import unknown
from bpf_lint.model.errors import ConfigError, InputError
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Setup, asked_about, named
from bpf_lint.sources.workspace import is_program


class Narrowing:
    """The programs, entries and folders that were asked about.

    Raises:
        ConfigError: A glob matches no entry: its silence would look like a clean result.
        InputError: No program includes a file of a folder, for the same reason.
    """

    def __init__(self, setup: Setup, parsed: Parsed) -> None:
        self._programs = _programs(setup)
        self._entries = _entries(setup, parsed)
        self._places = _places(setup, parsed)

    def takes(self, path: str, program: str, entry: str) -> bool:
        """True where a site at a path, on a way from an entry of a program, was asked about."""
        inside = path in self._places or path.startswith(
            tuple(one for one in self._places if one.endswith("/"))
        )
        return (inside or self._programs is None or program in self._programs) and (
            self._entries is None or (program, entry) in self._entries
        )


def _entries(setup: Setup, parsed: Parsed) -> set[tuple[str, str]] | None:
    """(program, entry) that were asked about, by function and by section; None for all.

    Raises:
        ConfigError: A glob matches no entry: its silence would look like a clean result.
    """
    globs = setup.request.entries
    if not globs:
        return None
    names = [
        (unit.path, {entry, unit.functions[entry].section})
        for unit in parsed.units.values()
        for entry in unit.entries
    ]
    known = {name for _, both in names for name in both}
    for glob in globs:
        if known and not any(fnmatchcase(name, glob) for name in known):
            raise ConfigError(unknown("entry", glob, known))
    return {
        (program, name)
        for program, both in names
        for name in both
        if any(fnmatchcase(other, glob) for other in both for glob in globs)
    }


def _programs(setup: Setup) -> set[str] | None:
    """Names of the programs that were asked about, None for all."""
    globs = setup.request.programs
    if not globs and not any(plan.workspace.tree.only for plan in setup.plans):
        return None
    return {
        unit.name
        for plan in setup.plans
        for job in plan.systems
        for unit in job.units
        if asked_about(plan, unit) and (not globs or named(unit, globs))
    }


def _places(setup: Setup, parsed: Parsed) -> tuple[str, ...]:
    """Folders and headers that were named: what lies there is reported, whatever runs into it.

    None where `--program` names the programs.

    Raises:
        InputError: No program includes one, or a file of it: its silence would look like a clean
            result.
    """
    trees = [plan.workspace.tree for plan in setup.plans]
    named = [
        (Path(tree.folder) / one, one.endswith("/"))
        for tree in trees
        for one in tree.only
        if not is_program(one)
    ]
    read = read_files(parsed)
    for place, folder in named:
        if not parsed.failed and not any(file.is_relative_to(place) for file in read):
            what = "has, or includes, a file of this folder" if folder else "includes this header"
            raise InputError(f"no program {what}", str(place))
    if setup.request.programs:
        return ()
    return tuple(shown(place, setup.root) + "/" * folder for place, folder in named)


def read_files(parsed: Parsed) -> set[Path]:
    """Every file that was read."""
    return {Path(normpath(file)) for unit in parsed.units.values() for file in unit.files}


def shown(path: Path, root: Path) -> str:
    """A path as findings name it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
