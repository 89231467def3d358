"""A fleet: repositories and commits as data, with what people say of the reports about them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bpf_lint.config.reading import Document, convert, read
from bpf_lint.model.errors import ConfigError


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody says of a report.

    Args:
        site: "PATH:LINE", from the analysed folder.
        fingerprint: For trees whose commit moves; one of the two is given.
        right: True where the report is.
        why: The reason, for whoever reads it next.
    """

    rule: str
    site: str = ""
    fingerprint: str = ""
    right: bool = msgspec.field(name="true")
    why: str


class Submodule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another repository, whose files lie below the tree.

    Args:
        path: Where it lies.
        repository: As that of a tree; "" for any clone that has the commit.
        paths: What is taken of it; empty for all that belongs to builds.
        without: Globs of paths that are not taken.
    """

    path: str
    commit: str
    repository: str = ""
    paths: list[str] = []
    without: list[str] = []


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One commit of a repository.

    Args:
        repository: A clone's folder, from the file's, or a name to be found among the clones.
        commit: Anything that git resolves to one.
        name: How reports call it; "" for repository and commit.
        kind: What sort of code it is, for people.
        folder: What is analysed.
        paths: What is taken from the commit; empty for the folder and all that belongs to builds.
        without: Globs of paths that are not taken: large files that nothing includes.
        config: A configuration file for it, from the file's folder; "" for what the tree has.
        profile: The profile that has to recognise it; "" for any.
        select: Rule globs, instead of those of the fleet.
        programs: How many programs have to be analysed; None for all that there are.
        judged: What is known of its reports.
    """

    repository: str
    commit: str
    name: str = ""
    kind: str = ""
    folder: str = "."
    paths: list[str] = []
    without: list[str] = []
    config: str = ""
    profile: str = ""
    select: list[str] = []
    programs: int | None = None
    submodules: list[Submodule] = []
    judged: list[Judgement] = []

    @property
    def title(self) -> str:
        """How reports call it."""
        return self.name or f"{self.repository} {self.commit}"


class Fleet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All trees.

    Args:
        select: Rule globs, where neither the command line nor the tree has any.
        system_headers: False to read no headers of this machine.
    """

    select: list[str] = []
    system_headers: bool = True
    trees: list[Tree] = []


def read_fleet(path: Path) -> Fleet:
    """Read a fleet's file.

    Raises:
        ConfigError: It is not valid; the error names the line.
    """
    document = read(path)
    fleet = convert(document, Fleet)
    titles: dict[str, int] = {}
    for at, tree in enumerate(fleet.trees):
        _check(document, tree, at)
        if tree.title in titles:
            why = f'two trees are called "{tree.title}"; give one of them a name'
            raise document.error(why, "trees", at)
        titles[tree.title] = at
    if not fleet.trees:
        raise ConfigError("has no [[trees]]", str(path))
    return fleet


def _check(document: Document, tree: Tree, at: int) -> None:
    if "://" in tree.repository:
        why = "nothing is fetched: clone it, and give the clone's folder or name"
        raise document.error(why, "trees", at, "repository")
    for number, one in enumerate(tree.judged):
        if bool(one.site) == bool(one.fingerprint):
            why = "a judgement is about a site or a fingerprint: give one of them"
            raise document.error(why, "trees", at, "judged", number)
