"""Compilation databases (compile_commands.json)."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bpf_lint.files.reach import Reach
from bpf_lint.files.reading import read
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust
from bpf_lint.sources.flags import Vetted, vet

FILE = "compile_commands.json"


class Compilation(msgspec.Struct, frozen=True):
    """One compilation, as the format defines it."""

    directory: str
    file: str
    command: str = ""
    arguments: list[str] = []


class Command(msgspec.Struct, frozen=True):
    """What a build ran for one source.

    Args:
        file: The source as it is written.
        folder: Absolute folder that relative paths start from; not normalised.
        source: Absolute path of the source; links are not resolved.
        line: Of the entry in its database, 0 where the text does not tell.
    """

    file: str
    folder: Path
    source: str
    entry: Compilation
    line: int

    def arguments(self) -> list[str]:
        """The flags; the compiler, and wrappers such as ccache, come before them.

        Raises:
            ConfigError: The command is no command line.
        """
        return _without_compiler(self.entry)


class Database(msgspec.Struct, frozen=True):
    """Vetted flags by absolute source path."""

    path: str
    flags: dict[str, Vetted]


def load(folder: str, root: Path, reach: Reach) -> Database:
    """Read the compilation database in `folder` (or the file itself).

    Its flags are the tree's word wherever it lies: a build of the tree wrote them.

    Args:
        root: Report root.
        reach: Where headers may lie.

    Raises:
        ConfigError: It cannot be read, is not valid, or has flags that are refused.
    """
    path = Path(folder) / FILE if Path(folder).is_dir() else Path(folder)
    found: dict[str, Vetted] = {}
    for command in commands(path):
        source = os.path.realpath(command.source)
        if source.endswith(".c") and Path(source).is_relative_to(root):
            try:
                words = command.arguments()
                vetted = vet(words, command.folder, root, reach, Trust.TREE, source=source)
            except ConfigError as error:
                message = f"{command.file}: {error.message}"
                raise ConfigError(message, str(path), command.line) from None
            found.setdefault(source, vetted)
    return Database(str(path), found)


def commands(path: Path) -> Iterator[Command]:
    """The entries of a compilation database.

    Raises:
        ConfigError: It cannot be read, or is not valid.
    """
    data = _content(path)
    entries = _entries(path, data)
    for entry, line in zip(entries, _lines(data, entries), strict=True):
        if "\0" in entry.directory + entry.file:
            raise ConfigError("no path has a zero byte", str(path), line)
        folder = path.absolute().parent / entry.directory
        yield Command(entry.file, folder, os.path.join(folder, entry.file), entry, line)


def _content(path: Path) -> bytes:
    try:
        return read(path)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path)) from None


def _entries(path: Path, data: bytes) -> list[Compilation]:
    try:
        return msgspec.json.decode(data, type=list[Compilation])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not a compilation database: {error}", str(path)) from None
    except RecursionError:
        raise ConfigError("is nested too deeply", str(path)) from None


def _without_compiler(entry: Compilation) -> list[str]:
    """The flags of an entry."""
    try:
        words = entry.arguments or shlex.split(entry.command)
    except ValueError as error:
        raise ConfigError(f"command: {error}") from None
    while words and not words[0].startswith(("-", "@")):
        words = words[1:]
    return [word for word in words if word != "--"]


def _lines(data: bytes, entries: list[Compilation]) -> list[int]:
    """Lines of the entries' "file" keys; zeros where the text does not tell."""
    text = data.decode("utf-8", "replace").splitlines()
    lines = [at for at, line in enumerate(text, 1) if '"file"' in line]
    return lines if len(lines) == len(entries) else [0] * len(entries)
