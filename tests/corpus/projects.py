"""The expectations of `projects.toml`, and the trees they are about."""

from __future__ import annotations

from pathlib import Path

import msgspec

DATA = Path(__file__).parent / "projects.toml"
VARIABLE = "BPF_LINT_PROJECTS"


class Judged(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report, whether it is right, and why."""

    rule: str
    site: str
    right: bool = msgspec.field(name="true")
    why: str


class Submodule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another repository, unpacked below the tree."""

    path: str
    commit: str
    paths: list[str]


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One commit of a project, and all that is reported in it."""

    project: str
    name: str
    commit: str
    paths: list[str]
    folder: str
    profile: str
    programs: int
    submodules: list[Submodule] = []
    findings: list[Judged] = []


class Projects(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `projects.toml`."""

    trees: list[Tree]


def read_projects() -> list[Tree]:
    """Read and validate the expectations."""
    return msgspec.toml.decode(DATA.read_bytes(), type=Projects).trees
