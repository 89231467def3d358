"""Every setting of a run with its value and where that comes from, for `bpf-lint config`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from bpf_lint.config.positions import positions
from bpf_lint.config.reading import Document
from bpf_lint.config.schema import Profile
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.pipeline.planning import Plan, Setup

DEFAULT = "default"
EVERY = "default (every one there is)"
NEAREST = "default (the nearest one above the path)"
# Keys that the profile has as well, by their name there where that is another.
_TABLES = {"modes": "modes", "configurations": "configurations", "devices": "devices",
           "values": "values", "options": "options", "families": "families"}  # fmt: skip
_LISTS = ("programs", "attachments", "symbols", "fields", "prog_arrays")
_SECTIONS = ("patched_sections", "scratch_sections", "tail_sections", "tail_tags")


class Setting(msgspec.Struct, frozen=True):
    """One setting.

    Args:
        name: As the configuration file, or the command line, calls it.
        value: What holds, as JSON has it.
        source: "PATH:LINE", an option of the command line, an environment variable, or "default".
    """

    name: str
    value: Any
    source: str


def settings(setup: Setup, given: Collection[str]) -> Iterator[Setting]:
    """The settings of a run.

    Args:
        given: Options that stand on the command line, such as "--mode".
    """
    yield from _of_the_run(setup, given)
    for plan in setup.plans:
        yield from _of_the_project(plan, given)


def _of_the_run(setup: Setup, given: Collection[str]) -> Iterator[Setting]:
    request, user = setup.request, setup.user
    where = _Places(user.document, *user.below)
    own = user.settings
    named = user.document.path if user.document else None
    yield Setting("configuration file", named, _first(given, "--config", "--no-config") or NEAREST)
    yield Setting("jobs", request.jobs, _first(given, "-j") or f"{DEFAULT} (processors)")
    yield Setting("cache", str(request.cache) if request.cache else None, _cache(given))
    yield Setting("compile_commands.json", request.database or None, _first(given, "-p") or DEFAULT)
    for option, chosen in (
        ("-D", request.defines),
        ("--program", request.programs),
        ("--entry", request.entries),
    ):
        yield Setting(option, list(chosen), _first(given, option) or DEFAULT)
    rules = _first(given, "--select") or where.of("select", bool(own.select))
    yield Setting("select", list(request.select or own.select), rules)
    for option, values, source in (
        ("ignore", request.ignore, "--ignore"),
        ("ignore", own.ignore, where.of("ignore", True)),
    ):
        if values:
            yield Setting(option, list(values), source)
    yield Setting("rules that run", list(setup.rules), "select and ignore")
    baseline = request.baseline or own.baseline or None
    yield Setting(
        "baseline",
        baseline,
        _first(given, "--baseline") or where.of("baseline", bool(own.baseline)),
    )
    yield Setting(
        "ignores in comments", request.honour_ignores, _first(given, "--no-ignores") or DEFAULT
    )
    for key in ("rules", "exclude"):
        value = getattr(own, key)
        yield Setting(key, value, where.of(key, bool(value)))
    for number, one in enumerate(own.per_path):
        yield Setting("per_path", msgspec.to_builtins(one), where.of("per_path", True, number))


def _of_the_project(plan: Plan, given: Collection[str]) -> Iterator[Setting]:
    space = plan.workspace
    own = space.user.settings
    mine = _Places(space.user.document, *space.user.below)
    shipped = _Places(space.choice.loaded.document)
    yield Setting("folder", space.tree.folder, "the paths of the command line")
    yield Setting("paths in reports start at", space.tree.root, "the repository, else the folder")
    chosen = "recognised" if space.choice.recognised else DEFAULT
    chosen = mine.of("profile", True) if own.profile else chosen
    yield Setting("profile", space.profile.name, _first(given, "--profile") or chosen)
    modes = _first(given, "--mode") or (mine.of("only_modes", True) if own.only_modes else EVERY)
    yield Setting("modes that run", sorted({one.mode for one in plan.systems if one.mode}), modes)
    names = sorted({one.configuration for one in plan.systems})
    all_of_them = _first(given, "--configurations") or EVERY
    yield Setting("configurations that run", names, all_of_them)
    for key in ("flags", "include"):
        value, said = getattr(space.profile.front_end, key), getattr(own.front_end, key)
        place = mine if said else shipped
        yield Setting(f"front_end.{key}", value, place.of("front_end", True, key))
    yield from _of_the_profile(space.profile, own, space.choice.loaded.profile, mine, shipped)


def _of_the_profile(
    merged: Profile, own: UserConfiguration, base: Profile, mine: _Places, shipped: _Places
) -> Iterator[Setting]:
    """What describes the project: each entry of a table or list by itself."""
    for key, there in _TABLES.items():
        for name, value in getattr(merged, there).items():
            if name in getattr(own, key):
                place = mine.of(key, True, name)
            else:
                place = shipped.of(there, name in getattr(base, there), name)
            shown = _short(value) if isinstance(value, msgspec.Struct) else value
            yield Setting(f"{key}.{name}", shown, place)
    for key in _LISTS:
        for one in getattr(merged, key):
            written = getattr(own, key)
            file = mine if one in written else shipped
            at = (written if one in written else getattr(base, key)).index(one)
            yield Setting(key, _short(one), file.of(key, True, at))
    for key in _SECTIONS:
        if value := getattr(merged, key):
            file = mine if getattr(own, key) else shipped
            yield Setting(key, value, file.of(key, True))


class _Places:
    """Where keys of one file stand."""

    def __init__(self, document: Document | None, *below: str) -> None:
        self._path = document.path if document else ""
        self._lines = positions(document.text) if document else {}
        self._below = below

    def of(self, key: str, written: bool, *more: str | int) -> str:
        """`PATH:LINE` of a key where it is written."""
        line = self._lines.get((*self._below, key, *more))
        path = os.path.relpath(self._path) if self._path else ""
        path = self._path if path.startswith("..") else path
        return f"{path}:{line}" if line and written else DEFAULT


def _short(one: msgspec.Struct) -> dict[str, Any]:
    """A structure without members that have their default."""
    found = {}
    for field in msgspec.structs.fields(one):
        value = getattr(one, field.name)
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if value != default:
            found[field.name] = msgspec.to_builtins(value)
    return found


def _cache(given: Collection[str]) -> str:
    if option := _first(given, "--no-cache", "--cache-dir"):
        return option
    return "$XDG_CACHE_HOME" if os.path.isabs(os.environ.get("XDG_CACHE_HOME", "")) else DEFAULT


def _first(given: Collection[str], *options: str) -> str:
    """The first of some options that stands on the command line, "" for none."""
    return next((one for one in options if one in given), "")
