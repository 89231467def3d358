"""The first stage: paths, configuration and profile become systems to analyse."""

from __future__ import annotations

import os
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from bpf_lint.cache.folder import why_unused
from bpf_lint.cache.manifest import forget
from bpf_lint.config import probes
from bpf_lint.config.catalogue import Catalogue, data_folder, rule_files
from bpf_lint.config.consistency import check_user
from bpf_lint.config.nearest import unknown
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.user import LoadedUser
from bpf_lint.config.user import named as user_named
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.contexts.plan import Wanted, common_flags, plan
from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError, InputError
from bpf_lint.model.finding import Skipped
from bpf_lint.pipeline.request import Request
from bpf_lint.sources.database import FILE, Database, load
from bpf_lint.sources.guesses import Guesses, guess
from bpf_lint.sources.tree import Given, resolve, unusable
from bpf_lint.sources.workspace import (
    Workspace,
    narrowed,
    open_workspace,
    settings_for,
    spread,
)
from bpf_lint.triage.select import selected_rules, without_rule


class Plan(msgspec.Struct, frozen=True):
    """A workspace and its systems.

    Args:
        systems: Without the programs that cannot be read.
        skipped: Programs that cannot be read.
        guesses: Flags that nobody gave, and what they rest on.
    """

    workspace: Workspace
    systems: tuple[SystemJob, ...]
    skipped: tuple[Skipped, ...]
    flags_from: str
    guesses: Guesses


class Setup(msgspec.Struct, frozen=True):
    """Everything a run works on.

    Args:
        rules: Ids of the rules that run.
        notes: What the user should know of the request.
    """

    request: Request
    catalogue: Catalogue
    plans: tuple[Plan, ...]
    rules: tuple[str, ...]
    user: LoadedUser
    notes: tuple[str, ...] = ()

    @property
    def tree(self) -> Path:
        """What a stranger may have written."""
        return Path(self.plans[0].workspace.tree.reading().tree)

    @property
    def root(self) -> Path:
        """Folder that reported paths are relative to."""
        return Path(self.plans[0].workspace.tree.root)

    def wanted_rules(self) -> list[Rule]:
        """The rules that run."""
        return [rule for rule in self.catalogue.rules if rule.id in self.rules]

    def leading_rules(self) -> list[Rule]:
        """Rules that do not run, and that know what makes findings of those that run void."""
        wanted = self.wanted_rules()
        return [
            rule
            for rule in self.catalogue.rules
            if rule.id not in self.rules
            and rule.ending is not None
            and any(rule.precedes(one) for one in wanted)
        ]


def prepare(request: Request) -> Setup:
    """Resolve a request.

    Raises:
        InputError: Something in it cannot be used.
    """
    forget()
    probes.content.cache_clear()
    given = resolve(request.paths)
    user = settings_for(given[0], request.config, request.no_config)
    catalogue = open_catalogue(user)
    if not request.no_config:
        given = [place for one in given for place in spread(one, catalogue, user)]
    plans = tuple(_plan(one, catalogue, request) for one in given)
    if len(plans) == 1 and plans[0].workspace.user.document:
        user = plans[0].workspace.user
        catalogue = open_catalogue(user)
    if not any(one.systems or one.skipped for one in plans):
        for one in plans:
            check_user(one.workspace.user, one.workspace.profile, catalogue.kernel)
        raise _nothing(plans[0])
    _check_programs(plans, request.programs)
    request, notes = _with_cache(request, given[0].tree)
    return Setup(request, catalogue, plans, rules_of(request, catalogue, user), user, notes)


def rules_of(request: Request, catalogue: Catalogue, user: LoadedUser) -> tuple[str, ...]:
    """Ids of the rules that run.

    Raises:
        InputError: The configuration names one that does not exist.
    """
    known = {rule.id: rule for rule in catalogue.rules}
    _check_rule_globs(user, known)
    select = request.select or tuple(user.settings.select)
    ignore = [*request.ignore, *user.settings.ignore]
    return tuple(sorted(selected_rules(known, select, ignore)))


def _check_rule_globs(user: LoadedUser, known: Collection[str]) -> None:
    """Refuse globs of the user's configuration that match no rule, where they are written."""
    settings = user.settings
    lists: list[tuple[list[str], tuple[str | int, ...]]] = [
        (settings.select, ("select",)),
        (settings.ignore, ("ignore",)),
        *((one.ignore, ("per_path", at, "ignore")) for at, one in enumerate(settings.per_path)),
    ]
    for globs, keys in lists:
        for at, glob in enumerate(globs):
            if why := without_rule(glob, known):
                raise user.error(why, *keys, at)


def _with_cache(request: Request, tree: Path) -> tuple[Request, tuple[str, ...]]:
    """The request, without a cache that a stranger may have filled."""
    why = why_unused(request.cache, tree) if request.cache else ""
    if not why:
        return request, ()
    note = f"the cache {request.cache} is not used: it {why}"
    return msgspec.structs.replace(request, cache=None), (note,)


def open_catalogue(user: LoadedUser) -> Catalogue:
    """The shipped rules, and those that the user's configuration names."""
    files: list[Path] = []
    for at, one in enumerate(user.settings.rules):
        place = user.place(one, "rules", at)
        if not place.exists():
            raise user.error(f'no rule file or folder "{one}" in {user.folder}', "rules", at)
        files += rule_files(place)
    return Catalogue(data_folder(), tuple(user.place(str(file), "rules") for file in files))


def _plan(given: Given, catalogue: Catalogue, request: Request) -> Plan:
    user = settings_for(given, request.config, request.no_config)
    workspace = open_workspace(given, catalogue, user, request.profile, request.headers)
    reach = workspace.tree.reading()
    _vet(workspace)
    database = _database(request.database, given, reach)
    _check_modes(user, workspace)
    wanted = Wanted(
        modes=request.modes or tuple(user.settings.only_modes),
        configurations=request.configurations,
        defines=request.defines,
        described=workspace.described,
    )
    systems = plan(workspace.profile, workspace.tree, wanted, database)
    guesses = Guesses({})
    if not (database or workspace.choice.recognised):
        guesses = _guess(workspace, systems, request)
        systems = _guessed(workspace, wanted, guesses)
    if not request.system_headers:
        systems = [_self_contained(system) for system in systems]
    skipped = _unusable(systems, given.tree)
    if skipped:
        systems = [_without(system, skipped) for system in systems]
    flags_from = _flags_from(workspace, database, guesses)
    return Plan(workspace, tuple(systems), tuple(sorted(skipped.values())), flags_from, guesses)


def _check_modes(user: LoadedUser, workspace: Workspace) -> None:
    """Refuse modes of the user's configuration where they are written."""
    known = workspace.profile.modes
    for at, name in enumerate(user.settings.only_modes):
        if name not in known:
            raise user.error(unknown("mode", name, known), "only_modes", at)


def _vet(workspace: Workspace) -> None:
    """Refuse flags of the user's configuration where they are written."""
    user = workspace.user
    try:
        common_flags(workspace.profile, workspace.tree)
    except ConfigError as error:
        if error.path or not user.settings.front_end.flags:
            raise
        raise user.error(error.message, "front_end", "flags") from None


def _database(text: str, given: Given, reach: Reach) -> Database | None:
    """The compilation database that the command line names, itself or by its folder."""
    if not text:
        return None
    file = os.path.join(text, FILE) if os.path.isdir(text) else text
    return load(str(user_named(file, given.tree)), given.root, reach)


def _guess(workspace: Workspace, systems: list[SystemJob], request: Request) -> Guesses:
    """Flags that the repository itself tells, and folders of headers that are missing."""
    return guess(
        [unit.path for system in systems for unit in system.units],
        Path(workspace.tree.root),
        common_flags(workspace.profile, workspace.tree).flags,
        workspace.tree.around(),
        build_files=not workspace.user.settings.front_end.flags,
        system_headers=request.system_headers,
    )


def _guessed(workspace: Workspace, wanted: Wanted, guesses: Guesses) -> list[SystemJob]:
    """The systems with guessed flags; further choices become the units' alternatives."""
    first, *others = (
        (
            plan(workspace.profile, workspace.tree, wanted, guesses.database(choice))
            for choice in range(1 + max(len(g.alternatives) for g in guesses.programs.values()))
        )
        if guesses.programs
        else [[]]
    )
    systems = []
    for at, system in enumerate(first):
        units = []
        for number, unit in enumerate(system.units):
            if unit.path in guesses.parts and not workspace.described:
                continue
            known = len(guesses.programs[unit.path].alternatives)
            flags = tuple(other[at].units[number].flags for other in others[:known])
            units.append(msgspec.structs.replace(unit, alternatives=flags))
        systems.append(msgspec.structs.replace(system, units=tuple(units)))
    return systems


def _unusable(systems: list[SystemJob], tree: Path) -> dict[str, Skipped]:
    units = {unit.path: unit for system in systems for unit in system.units}
    reasons = {path: unusable(Path(path), tree) for path in units}
    return {
        path: Skipped(_printable(units[path].name), why) for path, why in reasons.items() if why
    }


def _self_contained(system: SystemJob) -> SystemJob:
    """A system whose programs see no headers of this machine."""
    units = tuple(
        msgspec.structs.replace(
            unit,
            flags=(*unit.flags, "-nostdinc"),
            alternatives=tuple((*flags, "-nostdinc") for flags in unit.alternatives),
        )
        for unit in system.units
    )
    return msgspec.structs.replace(system, units=units)


def _printable(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _without(system: SystemJob, skipped: dict[str, Skipped]) -> SystemJob:
    kept = tuple(unit for unit in system.units if unit.path not in skipped)
    return msgspec.structs.replace(system, units=kept)


def _flags_from(workspace: Workspace, database: Database | None, guesses: Guesses) -> str:
    """Where the flags came from, in the order in which they are looked for."""
    root = workspace.tree.root
    profile = f"profile {workspace.profile.name}"
    if database:
        return f"{_shown(str(database.path), root)}, then {profile}"
    if workspace.user.settings.front_end.flags and workspace.user.document:
        return _shown(workspace.user.document.path, root)
    found = guesses.sources(root)
    if len(found) > 2:
        found = [*found[:2], f"{len(found) - 2} more"]
    return ", ".join([*found, profile])


def _shown(path: str, root: str) -> str:
    """A path as reports show it: relative to their root where it lies below."""
    place = Path(path)
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else path


def _nothing(plan: Plan) -> InputError:
    """The error about a tree without programs, or without any that the user's file names."""
    tree, user = plan.workspace.tree, plan.workspace.user
    count = f"{len(tree.files)} C source" + "s" * (len(tree.files) != 1)
    own = user.settings.programs
    programs = own or plan.workspace.profile.programs
    paths = [f"{one.path} (when {one.when})" if one.when else one.path for one in programs]
    if plan.workspace.described and paths:
        text = f"none of {count} is a program: [[programs]] names {', '.join(paths[:8])}"
        at = next((at for at, one in enumerate(own) if one.when), 0)
        return user.error(text, "programs", at, "when") if own else InputError(text, tree.folder)
    text = f'none of {count} has a BPF program: a function with a section, such as SEC("tc")'
    return InputError(text, tree.folder)


def named(unit: UnitJob, globs: tuple[str, ...]) -> bool:
    """True where a glob of `--program` matches a program."""
    return any(fnmatchcase(name, glob) for glob in globs for name in (unit.program, unit.name))


def _check_programs(plans: tuple[Plan, ...], globs: tuple[str, ...]) -> None:
    """Refuse globs that match no program: their silence would look like a clean result."""
    units = [unit for plan in plans for job in plan.systems for unit in job.units]
    for glob in globs:
        if not any(named(unit, (glob,)) for unit in units):
            raise ConfigError(unknown("program", glob, {unit.program for unit in units}))


def asked_about(plan: Plan, unit: UnitJob) -> bool:
    """True where the command line names the program, its folder, or the whole tree."""
    return narrowed(plan.workspace.tree.only, unit.program)
