"""`bpf-lint.toml`, or [tool.bpf-lint] of pyproject.toml: found upwards, and what it changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bpf_lint.config.reading import Document, convert, read
from bpf_lint.config.schema import Profile
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.files.reading import is_regular, within
from bpf_lint.files.reading import read as read_bytes
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust

FILE = "bpf-lint.toml"
MODES = '"modes" are tables, [modes.NAME]; "only_modes" is the list of those that are analysed'
FILES = (FILE, "pyproject.toml")
T = TypeVar("T")


class LoadedUser(msgspec.Struct, frozen=True):
    """The user's configuration and where it was read from.

    Args:
        document: The file; None where there is none.
        below: Keys of the table in that file.
        trust: Whose word it is.
        tree: Absolute folder that it may not leave, unless it is the user's own.
        base: Absolute folder that it describes, and that its paths are relative to; "" for the
            file's own.
    """

    settings: UserConfiguration
    document: Document | None = None
    below: tuple[str, ...] = ()
    trust: Trust = Trust.USER
    tree: str = ""
    base: str = ""

    @property
    def folder(self) -> Path | None:
        """Folder that the paths of the file are relative to, None without a file."""
        if self.document is None:
            return None
        return Path(self.base) if self.base else Path(self.document.path).parent

    @property
    def describes_project(self) -> bool:
        """True where it says on its own what is attached where."""
        return bool(self.settings.attachments or self.settings.programs)

    def place(self, text: str, *keys: str | int) -> Path:
        """A file or folder that the key at `keys` names, relative to the described folder.

        Raises:
            ConfigError: The configuration is the tree's, and the path leaves the tree.
        """
        path = (self.folder or Path()) / text
        if self.trust.leaves_tree or ("\0" not in text and within(path, self.tree)):
            return path
        raise self.error(f'"{text}" is outside of {self.tree}', *keys)

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """An error about one key of the file."""
        if self.document is None:
            return ConfigError(message)
        return self.document.error(message, *self.below, *keys)


def find(folder: Path, root: Path, trust: Trust, tree: Path) -> LoadedUser:
    """The configuration nearest to `folder`, searched upwards to `root` (both absolute).

    Args:
        trust: Whose word it is.
        tree: Absolute folder that it may not leave: what lies above may be anybody's.
    """
    for place in [folder, *folder.parents]:
        if (place / FILE).exists():
            return load(inside(place / FILE, tree), trust, tree)
        project = place / "pyproject.toml"
        if is_regular(project) and within(project, tree) and _mentioned(project):
            document = read(project)
            if "bpf-lint" in document.data.get("tool", {}):
                return _load(document, ("tool", "bpf-lint"), trust, tree)
        if place in (root, tree):
            break
    return LoadedUser(UserConfiguration())


def named(text: str, tree: Path) -> Path:
    """A file or folder that the command line names, links resolved.

    Raises:
        ConfigError: It lies in the tree, and leads out of it by a link.
    """
    if Path(os.path.abspath(text)).is_relative_to(tree):
        inside(Path(text), tree)
    return Path(os.path.realpath(text))


def inside(path: Path, tree: Path) -> Path:
    """A path in the tree.

    Raises:
        ConfigError: It leads out of the tree by a link.
    """
    if not within(path, tree):
        raise ConfigError(f"is a link that leaves {tree}", str(path))
    return path


def _mentioned(project: Path) -> bool:
    try:
        return b"bpf-lint" in read_bytes(project)
    except OSError:
        return False


def load(path: Path, trust: Trust, tree: Path, base: str = "") -> LoadedUser:
    """Read a configuration file.

    Args:
        trust: Whose word it is.
        tree: Folder that it may not leave, unless it is the user's own.
        base: See `LoadedUser`.

    Raises:
        ConfigError: It cannot be read or is not valid.
    """
    document = read(path)
    if path.name == "pyproject.toml":
        if "bpf-lint" not in document.data.get("tool", {}):
            raise ConfigError("has no table [tool.bpf-lint]", str(path))
        return _load(document, ("tool", "bpf-lint"), trust, tree, base)
    return _load(document, (), trust, tree, base)


def _load(
    document: Document, below: tuple[str, ...], trust: Trust, tree: Path, base: str = ""
) -> LoadedUser:
    if isinstance(_table(document, below).get("modes"), list):
        raise document.error(MODES, *below, "modes")
    settings = convert(document, UserConfiguration, *below)
    return LoadedUser(settings, document, below, trust, str(tree), base)


def _table(document: Document, below: tuple[str, ...]) -> dict[str, Any]:
    """The keys of the table that is the configuration."""
    found: Any = document.data
    for key in below:
        found = found[key]
    return found if isinstance(found, dict) else {}


def extend(profile: Profile, user: UserConfiguration, *, alone: bool) -> Profile:
    """The profile with the user's keys added, or in place of keys of the same name.

    Args:
        alone: The user describes the project without a profile that recognises it, so its
            programs and attachments stand in place of the generic ones.
    """
    front_end = profile.front_end
    if user.front_end.flags:
        front_end = msgspec.structs.replace(front_end, flags=user.front_end.flags)
    if user.front_end.include:
        front_end = msgspec.structs.replace(front_end, include=user.front_end.include)
    programs = [] if alone and user.programs else profile.programs
    attachments = [] if alone and user.attachments else profile.attachments
    return msgspec.structs.replace(
        profile,
        name=FILE if alone and user.attachments else profile.name,
        front_end=front_end,
        modes={**profile.modes, **user.modes},
        configurations={**profile.configurations, **user.configurations},
        programs=_by(user.programs, programs, "path"),
        devices={**profile.devices, **user.devices},
        attachments=[*attachments, *user.attachments],
        symbols=_by(user.symbols, profile.symbols, "name"),
        fields=_by(user.fields, profile.fields, "field"),
        prog_arrays=_by(user.prog_arrays, profile.prog_arrays, "map"),
        patched_sections=[*profile.patched_sections, *user.patched_sections],
        scratch_sections=[*profile.scratch_sections, *user.scratch_sections],
        tail_sections=[*profile.tail_sections, *user.tail_sections],
        tail_tags=[*profile.tail_tags, *user.tail_tags],
        families=user.families or profile.families,
        values={**profile.values, **user.values},
        options={**profile.options, **user.options},
    )


def _by(first: list[T], then: list[T], key: str) -> list[T]:
    """`first`, and those of `then` whose key it does not hold."""
    taken: set[Any] = {getattr(one, key) for one in first}
    return [*first, *(one for one in then if getattr(one, key) not in taken)]
