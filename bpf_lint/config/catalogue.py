"""Everything under `rules/`, read when it is first needed."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.reading import Document, convert, parse, read
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.schema import Profile
from bpf_lint.files import reading
from bpf_lint.model.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """The folder of the shipped rule files: in an installed wheel, or in a checkout.

    Raises:
        ConfigError: Neither exists.
    """
    for folder in (PACKAGE / "_rules", PACKAGE.parent / "rules"):
        if (folder / "kernel").is_dir():
            return folder
    raise ConfigError("the installation has no rule files; reinstall bpf-lint")


def shipped_rules() -> frozenset[str]:
    """Ids of the rules that come with bpf-lint: the names of their files."""
    return frozenset(path.stem for path in (data_folder() / "checks").glob("*.toml"))


class LoadedProfile(msgspec.Struct, frozen=True):
    """A profile and the file it was read from."""

    profile: Profile
    document: Document


class LoadedRule(msgspec.Struct, frozen=True):
    """A rule and the file it was read from."""

    rule: Rule
    document: Document


class Catalogue:
    """The kernel model, the profiles and the rules.

    Args:
        folder: Folder with `kernel`, `profiles` and `checks`.
        extra_rules: More rule files.
    """

    def __init__(self, folder: Path, extra_rules: tuple[Path, ...] = ()) -> None:
        self.folder = folder
        self.extra_rules = extra_rules

    @cached_property
    def digest(self) -> str:
        """Hash of every file below the folder and of the extra rules."""
        found = hashlib.sha256()
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        for path in (*files, *self.extra_rules):
            found.update(f"{path.name}\0".encode() + reading.read(path) + b"\0")
        return found.hexdigest()

    @cached_property
    def kernel_parts(self) -> list[tuple[Document, KernelModel]]:
        """The kernel files, each with what it holds."""
        return [(one, convert(one, KernelModel)) for one in self._read("kernel")]

    @cached_property
    def kernel(self) -> KernelModel:
        """All kernel files, merged."""
        parts = self.kernel_parts
        if not parts:
            raise ConfigError("no kernel model", str(self.folder / "kernel"))
        tables = (
            *("helpers", "hooks", "devices", "maps", "substitutes"),
            *("sections", "attaching", "detaching", "devices_made", "ethertypes"),
        )
        merged: dict[str, Any] = {table: {} for table in tables}
        for document, part in parts:
            for table, entries in merged.items():
                for name, entry in getattr(part, table).items():
                    if name in entries:
                        what = f'"{name}" is in another file as well'
                        raise document.error(what, table, name)
                    entries[name] = entry
        for listed in ("context", "purposes", "hook_words", "network_order"):
            merged[listed] = [entry for _, part in parts for entry in getattr(part, listed)]
        return KernelModel(**merged)

    @cached_property
    def profiles(self) -> tuple[LoadedProfile, ...]:
        """All profile files, by file name; several may share a profile's name."""
        return tuple(load_profile(document) for document in self._read("profiles"))

    @cached_property
    def loaded_rules(self) -> tuple[LoadedRule, ...]:
        """All rules with their files, by id; an id is used once."""
        found: dict[str, LoadedRule] = {}
        extra = [read(path) for path in self.extra_rules]
        for document in [*self._read("checks"), *extra]:
            rule = convert(document, Rule)
            if rule.id in found:
                what = f'rule "{rule.id}" is in {found[rule.id].document.path} as well'
                raise document.error(what, "id")
            found[rule.id] = LoadedRule(rule, document)
        return tuple(found[name] for name in sorted(found))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, by id."""
        return tuple(one.rule for one in self.loaded_rules)

    def _read(self, part: str) -> list[Document]:
        return [read(path) for path in sorted((self.folder / part).glob("*.toml"))]


def load_profile(document: Document) -> LoadedProfile:
    """A profile file, its include folder made absolute."""
    profile = convert(document, Profile)
    front_end = profile.front_end
    if front_end.include:
        include = Path(document.path).parent / front_end.include
        if not include.is_dir():
            raise document.error(f"no folder {include}", "front_end", "include")
        front_end = msgspec.structs.replace(front_end, include=str(include.resolve()))
    return LoadedProfile(msgspec.structs.replace(profile, front_end=front_end), document)


def profile_from_text(text: str, path: str = "profile.toml") -> LoadedProfile:
    """A profile from a TOML text."""
    return load_profile(parse(text, path))


def rule_files(path: Path) -> list[Path]:
    """The rule files that a path means: itself, or those in a folder.

    Raises:
        ConfigError: There is no such file or folder.
    """
    if path.is_dir():
        return sorted(path.glob("*.toml"))
    if path.is_file():
        return [path]
    raise ConfigError("no such rule file or folder", str(path))
