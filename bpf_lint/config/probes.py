"""Probes: tests on the analysed folder that recognise a project, a mode or a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from bpf_lint.config.schema import Probe
from bpf_lint.files.reach import repository
from bpf_lint.files.reading import read, within
from bpf_lint.model.errors import ConfigError

LARGEST = 50_000_000  # bytes; a larger file says nothing about a project


def hold(probes: Iterable[Probe], folder: Path) -> bool:
    """True where every probe holds in `folder`."""
    return all(holds(probe, folder) for probe in probes)


def holds(probe: Probe, folder: Path) -> bool:
    """True where one match of the probe's path, in the folder's tree, satisfies it."""
    tree = repository(folder) or folder
    paths = (path for path in _matches(probe.path, folder) if within(path, tree))
    found = any(_satisfies(probe, path) for path in paths)
    return found != probe.absent


def _satisfies(probe: Probe, path: Path) -> bool:
    if not (probe.contains or probe.lacks):
        return True
    text = content(path)
    if probe.contains and probe.contains not in text:
        return False
    return not (probe.lacks and probe.lacks in text)


def matches(pattern: str, folder: Path) -> list[Path]:
    """What a glob matches below a folder, sorted.

    Raises:
        ConfigError: It cannot be used, or leads out of the folder.
    """
    if ".." in pattern.split("/") or pattern.startswith("/"):
        raise ConfigError(f'the glob "{pattern}" cannot be used: it leads out of the folder')
    if pattern.count("**") > 1:
        raise ConfigError(f'the glob "{pattern}" cannot be used: "**" can stand in it once')
    try:
        return sorted(folder.glob(pattern))
    except (ValueError, NotImplementedError, IndexError) as error:
        raise ConfigError(f'the glob "{pattern}" cannot be used: {error}') from None


def _matches(pattern: str, folder: Path) -> Iterator[Path]:
    if any(mark in pattern for mark in "*?["):
        yield from matches(pattern, folder)
    elif (folder / pattern).exists():
        yield folder / pattern


@lru_cache(maxsize=512)
def content(path: Path) -> str:
    """The text of a regular file; "" for anything else and what cannot be read."""
    try:
        return read(path, LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
