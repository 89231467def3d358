"""Shape of `bpf-lint.toml`."""

from __future__ import annotations

from bpf_lint.config.data import Data
from bpf_lint.config.schema import (
    Attachment,
    Configuration,
    Device,
    FieldMeaning,
    FrontEndFlags,
    Mode,
    ProgArray,
    Program,
    SymbolMeaning,
)


class PathSettings(Data, frozen=True, kw_only=True):
    """Rules that are not reported below some paths.

    Args:
        path: Glob over paths from the repository's root; `**` crosses folders.
        ignore: Rule globs.
        optional: True where what it names need not be in the tree.
    """

    path: str
    ignore: list[str]
    optional: bool = False


class UserConfiguration(Data, frozen=True, kw_only=True):
    """`bpf-lint.toml`, or the table [tool.bpf-lint] of pyproject.toml.

    A profile can be extended or written here: the keys of `Profile` but its name.

    Args:
        unattached: Entries (globs over functions and sections) that nothing attaches, and that
            need not be judged.
        only_modes: The device modes that are analysed; empty for all.
    """

    profile: str = ""
    rules: list[str] = []
    select: list[str] = []
    ignore: list[str] = []
    per_path: list[PathSettings] = []
    baseline: str = ""
    unattached: list[str] = []
    only_modes: list[str] = []
    exclude: list[str] = []
    front_end: FrontEndFlags = FrontEndFlags()
    programs: list[Program] = []
    devices: dict[str, Device] = {}
    attachments: list[Attachment] = []
    symbols: list[SymbolMeaning] = []
    fields: list[FieldMeaning] = []
    prog_arrays: list[ProgArray] = []
    patched_sections: list[str] = []
    scratch_sections: list[str] = []
    tail_sections: list[str] = []
    tail_tags: list[str] = []
    families: dict[str, list[str]] = {}
    modes: dict[str, Mode] = {}
    configurations: dict[str, Configuration] = {}
    values: dict[str, int] = {}
    options: dict[str, str] = {}
