"""What a run works on: a folder, the profile that describes it, and the user's settings."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from bpf_lint.config.catalogue import Catalogue
from bpf_lint.config.choose import Choice, choose, recognise
from bpf_lint.config.schema import Profile
from bpf_lint.config.user import FILE, FILES, LoadedUser, extend, find, inside, load, named
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.files.reach import HEADER, Reach
from bpf_lint.model.errors import ConfigError, InputError
from bpf_lint.model.trust import Trust
from bpf_lint.sources.flags import moved
from bpf_lint.sources.tree import SOURCE, Given, Tree, discover, excluded, walk


class Workspace(msgspec.Struct, frozen=True):
    """A tree and everything that was configured for it.

    Args:
        profile: Profile with the user's keys merged.
        choice: The profile as shipped, and whether it recognises the tree.
        user: The user's configuration.
        described: True where a profile or the user says what is attached where.
        notes: What the report should say about the choice.
    """

    tree: Tree
    profile: Profile
    choice: Choice
    user: LoadedUser
    described: bool
    notes: tuple[str, ...] = ()


def settings_for(given: Given, file: str, ignore_files: bool) -> LoadedUser:
    """The user's configuration: a named file, or the nearest one, or none.

    A named file describes the given folder, unless it is the file of a folder around that.
    """
    if file:
        path = named(file, given.tree)
        around = path.name in FILES and given.folder.is_relative_to(path.parent)
        base = "" if around else str(given.folder)
        return load(path, given.trust_of(path), given.tree, base)
    if ignore_files:
        return LoadedUser(UserConfiguration())
    trust = Trust.TREE if given.in_repository else Trust.FOLDER
    return find(given.folder, given.root, trust, given.tree)


def spread(given: Given, catalogue: Catalogue, user: LoadedUser) -> list[Given]:
    """The projects that a path means: itself, or those below it that have their own file."""
    if given.files or user.document or _recognised(catalogue, given, ""):
        return [given]
    places = [Path(place) for place, _, files in walk(given.folder, given.root) if FILE in files]
    found = [place for place in places if _file_in(place, given).describes_project]
    return [Given(given.root, place) for place in found] or [given]


def _file_in(place: Path, given: Given) -> LoadedUser:
    path = inside(place / FILE, given.tree)
    return load(path, given.trust_of(path), given.tree)


def open_workspace(
    given: Given,
    catalogue: Catalogue,
    user: LoadedUser,
    profile: str = "",
    headers: tuple[str, ...] = (),
) -> Workspace:
    """Choose the profile and the folder that it describes.

    A named file or folder may lie below the folder that a profile recognises, and a
    repository's root may lie above it.

    Args:
        profile: Name or file of a profile; "" for the one that recognises the tree.
        headers: Folders outside of the tree, absolute, that headers may be read from.

    Raises:
        InputError: The profile is unknown, a named file is no C source, or there is none.
    """
    name = profile or user.settings.profile
    folder = _recognised(catalogue, given, name) or _described(given, user) or _sources(given)
    if profile.endswith(".toml"):
        name = str(named(profile, given.tree))
    choice = _choose(catalogue, folder, name, user, bool(profile))
    described = choice.recognised or user.describes_project
    merged = extend(choice.loaded.profile, _placed(user, folder), alone=not choice.recognised)
    files = tuple(
        name for name in discover(folder, given.root) if not left_out(user, folder / name)
    )
    tree = Tree(
        str(given.root),
        str(folder),
        files,
        _only(given, folder),
        Reach(str(given.tree), headers),
        _trust(given, catalogue, choice, user),
        str(given.project),
    )
    if not files:
        raise InputError("no C source files (*.c) in this folder", str(given.folder))
    notes = list(choice.notes)
    if not described:
        notes.append(
            "no profile recognises this tree and no bpf-lint.toml describes it (`bpf-lint init` "
            "writes a first one): entries are taken from section names, and their devices are "
            "unknown"
        )
    return Workspace(tree, merged, choice, user, described, tuple(notes))


def _recognised(catalogue: Catalogue, given: Given, name: str) -> Path | None:
    """The folder that a profile recognises: the given one, one above it, or one just below."""
    profiles = [one for one in catalogue.profiles if not name or one.profile.name == name]
    for place in [given.folder, *given.folder.parents]:
        if recognise(profiles, place):
            return place
        if place == given.root or not place.is_relative_to(given.root):
            break
    if given.files:
        return None
    for one in profiles:
        for name in one.profile.folders:
            if recognise([one], given.folder / name):
                return given.folder / name
    below = sorted(entry.path for entry in os.scandir(given.folder) if _plain_folder(entry))
    return next((Path(one) for one in below if recognise(profiles, Path(one))), None)


def _sources(given: Given) -> Path:
    """The given folder; for headers alone, the nearest one above that has C sources."""
    if given.files and all(path.suffix == HEADER for path in given.files):
        above = [p for p in given.folder.parents if p.is_relative_to(given.root)]
        for place in (given.folder, *above):
            if discover(place, given.root):
                return place
    return given.folder


def is_program(name: str) -> bool:
    """True for a program of the named part of a tree: not a folder, and no header."""
    return name.endswith(SOURCE)


def _plain_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _described(given: Given, user: LoadedUser) -> Path | None:
    """The folder of a configuration file that describes a project around the given path."""
    folder = user.folder
    if folder and user.describes_project and given.folder.is_relative_to(folder):
        return folder
    return None


def _choose(catalogue: Catalogue, folder: Path, name: str, user: LoadedUser, asked: bool) -> Choice:
    if name.endswith(".toml") and not asked and user.folder:
        name = str(user.place(name, "profile"))
    try:
        return choose(catalogue, folder, name)
    except ConfigError as error:
        if asked or error.path:
            raise
        raise user.error(error.message, "profile") from None


def _trust(given: Given, catalogue: Catalogue, choice: Choice, user: LoadedUser) -> Trust:
    """Whose word the compiler flags are."""
    if user.settings.front_end.flags and user.document:
        return user.trust
    path = Path(os.path.realpath(choice.loaded.document.path))
    return Trust.SHIPPED if path.is_relative_to(catalogue.folder) else given.trust_of(path)


def left_out(user: LoadedUser, path: Path) -> bool:
    """True for a source that the user excludes."""
    globs = tuple(user.settings.exclude)
    return bool(globs and user.folder) and excluded(os.path.relpath(path, user.folder), globs)


def _placed(user: LoadedUser, folder: Path) -> UserConfiguration:
    """The user's settings with the include folder made absolute, and flags from `folder`."""
    settings = user.settings
    front_end = settings.front_end
    if user.folder is None:
        return settings
    if front_end.include:
        place = user.place(front_end.include, "front_end", "include")
        if not place.is_dir():
            raise user.error(f"no folder {place}", "front_end", "include")
        front_end = msgspec.structs.replace(front_end, include=str(place))
    if user.folder != folder:
        flags = moved(front_end.flags, os.path.relpath(user.folder, folder))
        front_end = msgspec.structs.replace(front_end, flags=flags)
    return msgspec.structs.replace(settings, front_end=front_end)


def _only(given: Given, folder: Path) -> tuple[str, ...]:
    """The part of the tree that was named: programs, headers, or a folder (with "/" at its end)."""
    for path in given.files:
        if path.suffix not in (SOURCE, HEADER):
            raise InputError(
                f"neither a C source file (*{SOURCE}) nor a header (*{HEADER})", str(path)
            )
    if given.files:
        return tuple(path.relative_to(folder).as_posix() for path in given.files)
    if given.folder != folder and given.folder.is_relative_to(folder):
        return (given.folder.relative_to(folder).as_posix() + "/",)
    return ()


def narrowed(only: tuple[str, ...], program: str) -> bool:
    """True where a program belongs to the part of the tree that was named."""
    return not only or any(
        program.startswith(one) if one.endswith("/") else program == one for one in only
    )
