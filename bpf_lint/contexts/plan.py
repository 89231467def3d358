"""The plan of a run: which programs are parsed with which flags, by mode and configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path

import msgspec

from bpf_lint.config.cexpr import condition
from bpf_lint.config.nearest import unknown
from bpf_lint.config.probes import hold
from bpf_lint.config.schema import Configuration, Mode, Profile, Program
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.contexts.option_lists import TREE, option_lists
from bpf_lint.files.reach import HEADER, Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.sources.database import Database
from bpf_lint.sources.flags import Vetted, vet, vet_defines
from bpf_lint.sources.tree import Tree
from bpf_lint.sources.workspace import narrowed

DEFAULT = "default"
MOST = 1000  # systems of a run; the largest tree measured has 12
ITSELF = "{}"  # in a probe of a program: the program's own path


class Wanted(msgspec.Struct, frozen=True):
    """What the user narrowed or added.

    Args:
        modes: Device modes; empty for all that the tree has.
        configurations: Names of configurations; empty for all of the profile.
        defines: Macros, "NAME" or "NAME=value".
        described: A profile or the user says what is attached where. Programs then depend on
            each other, and all are analysed even where only one is asked about.
    """

    modes: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    described: bool = True


def plan(
    profile: Profile, tree: Tree, wanted: Wanted, database: Database | None = None
) -> list[SystemJob]:
    """All systems to analyse: each mode with each of its configurations, and their programs.

    Raises:
        ConfigError: A mode or configuration is unknown, or the tree does not have it.
    """
    return _Plan(profile, tree, wanted, database).systems()


class _Plan:
    """The inputs of one plan, and the flags that all programs share."""

    def __init__(
        self, profile: Profile, tree: Tree, wanted: Wanted, database: Database | None
    ) -> None:
        self.profile, self.tree, self.wanted, self.database = profile, tree, wanted, database
        self.folder, self.root = Path(tree.folder), Path(tree.root)
        self.overlay = overlay(profile, self.root)
        self.common = common_flags(profile, tree).flags
        self.programs = self.find_programs()

    def systems(self) -> list[SystemJob]:
        modes = modes_of(self.profile, self.tree, self.wanted.modes)
        configurations = self.configurations()
        pairs = [
            (mode, name)
            for mode in modes
            for name, configuration in configurations.items()
            if not configuration.modes or mode in configuration.modes
        ]
        if len(pairs) > MOST:
            raise ConfigError(
                f"{len(pairs)} pairs of mode and configuration, at most {MOST}: "
                "choose some with --mode and --configurations"
            )
        jobs = [self.system(mode, name, modes[mode], configurations[name]) for mode, name in pairs]
        return [job for job in jobs if job.units]

    def system(
        self, mode: str, name: str, settings: Mode, configuration: Configuration
    ) -> SystemJob:
        """The programs of a mode in a configuration."""
        units = self.units(settings, configuration, mode)
        return SystemJob(mode, name, units, self.kernel(configuration))

    def kernel(self, configuration: Configuration) -> str:
        """The oldest kernel that a configuration is for, in this tree."""
        return configuration.kernel if hold(configuration.kernel_probes, self.folder) else ""

    def configurations(self) -> dict[str, Configuration]:
        """Configurations that the tree has, in the profile's order."""
        known = {
            name: one
            for name, one in self.profile.configurations.items()
            if hold(one.probes, self.folder)
        } or {DEFAULT: Configuration()}
        names = self.wanted.configurations
        chosen = {name: one for name, one in known.items() if not names or name in names}
        for name in names:
            if name == TREE:
                chosen.update(option_lists(self.profile, self.tree))
            elif name not in known:
                raise ConfigError(unknown("configuration", name, [*known, TREE]))
        return chosen

    def find_programs(self) -> dict[str, Program]:
        """Programs of the profile that are in the tree, by path relative to the folder."""
        found: dict[str, Program] = {}
        for program in self.profile.programs:
            for path in _expand(program.path, self.tree.files):
                if self.has(program, path):
                    found.setdefault(path, program)
        if self.wanted.described or any(one.endswith(HEADER) for one in self.tree.only):
            return found
        named = {path: Program(path=path) for path in self.tree.only if path in self.tree.files}
        return named | {path: one for path, one in found.items() if narrowed(self.tree.only, path)}

    def has(self, program: Program, path: str) -> bool:
        probes = [
            msgspec.structs.replace(probe, path=escape(path)) if probe.path == ITSELF else probe
            for probe in program.probes
        ]
        return hold(probes, self.folder)

    def units(self, mode: Mode, configuration: Configuration, name: str) -> tuple[UnitJob, ...]:
        units = []
        for path, program in self.programs.items():
            if program.modes and name not in program.modes:
                continue
            defines = self.defines(mode, configuration, program, path)
            if condition(program.when).holds({**macros(self.common), **defines}):
                units.append(self.unit(mode, configuration, program, path, defines))
        return tuple(sorted(units, key=lambda unit: unit.name))

    def defines(
        self, mode: Mode, configuration: Configuration, program: Program, path: str
    ) -> dict[str, str]:
        """Macros of one program; later sources replace earlier ones."""
        written = [
            *mode.defines,
            *mode.programs.get(path, ()),
            *configuration.defines,
            *program.defines,
            *configuration.programs.get(path, ()),
            *self.wanted.defines,
        ]
        return dict(sorted(parse_defines(written).items()))

    def unit(
        self,
        mode: Mode,
        configuration: Configuration,
        program: Program,
        path: str,
        defines: dict[str, str],
    ) -> UnitJob:
        absolute = self.folder / path
        values = {
            **self.profile.values,
            **mode.values,
            **configuration.values,
            **program.values,
        }
        own = vet_defines(defines)
        return UnitJob(
            path=str(absolute),
            name=reported(absolute, self.root),
            program=path,
            flags=(*self.overlay, *targeted(self.base_flags(absolute)), *own),
            defines=defines,
            values=values,
        )

    def base_flags(self, path: Path) -> tuple[str, ...]:
        if self.database:
            vetted = self.database.flags.get(os.path.realpath(path))
            if vetted:
                return vetted.flags
        return self.common


def common_flags(profile: Profile, tree: Tree) -> Vetted:
    """The flags that all programs share.

    Raises:
        ConfigError: One of them is refused.
    """
    folder, root = Path(tree.folder), Path(tree.root)
    return vet(profile.front_end.flags, folder, root, tree.reading(), tree.trust)


def reach_of(profile: Profile, tree: Tree) -> Reach:
    """Where headers may lie, with the folders that the profile and its flags name."""
    named = common_flags(profile, tree).outside
    reach = tree.reading()
    reach = reach.with_named(*named) if tree.trust.leaves_tree else reach.with_headers(*named)
    include = profile.front_end.include  # was refused where the tree must not name it
    return reach.with_named(include) if include else reach


def modes_of(profile: Profile, tree: Tree, wanted: Iterable[str] = ()) -> dict[str, Mode]:
    """The modes that a tree has, or those of them that are wanted.

    Raises:
        ConfigError: A wanted mode is unknown, or the tree does not have it.
    """
    folder = Path(tree.folder)
    known = {name: mode for name, mode in profile.modes.items() if hold(mode.probes, folder)}
    names = tuple(wanted)
    for name in names:
        if name in profile.modes and name not in known:
            raise ConfigError(f'this tree has no mode "{name}"; it has: {", ".join(known)}')
        if name not in known:
            raise ConfigError(unknown("mode", name, known) if known else _no_modes(profile, name))
    if not known:
        return {"": Mode()}
    return {name: mode for name, mode in known.items() if not names or name in names}


def _no_modes(profile: Profile, name: str) -> str:
    return f'no mode "{name}": profile "{profile.name}" has no device modes'


def targeted(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Flags with a target: BPF where none is given, or assembly could not be read."""
    given = any(flag.lstrip("-").startswith("target") for flag in flags)
    return flags if given else ("-target", "bpf", *flags)


def reported(path: Path, root: Path) -> str:
    """A path as findings show it: relative to the report root where it lies below it."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def overlay(profile: Profile, root: Path) -> tuple[str, ...]:
    """The include folder beside the profile, searched before all others."""
    include = profile.front_end.include
    if not include:
        return ()
    return ("-I", reported(Path(include), root))


def parse_defines(written: Iterable[str]) -> dict[str, str]:
    """Macros by name; "NAME" stands for "NAME=1", as for a compiler."""
    pairs = (one.partition("=") for one in written)
    return {name.strip(): value if sign else "1" for name, sign, value in pairs}


def macros(flags: Iterable[str]) -> dict[str, str]:
    """The macros that flags define."""
    return parse_defines(flag[2:] for flag in flags if flag.startswith("-D"))


def _expand(pattern: str, files: tuple[str, ...]) -> list[str]:
    if any(mark in pattern for mark in "*?["):
        return [path for path in files if fnmatchcase(path, pattern)]
    return [pattern] if pattern in files else []
