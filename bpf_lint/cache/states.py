"""States of a tree that a program was read in, and whether one of them holds again.

Paths are relative to the report root where they lie below it: a checkout elsewhere is as good.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from bpf_lint.cache.manifest import Manifest, file_digest, listing_digest
from bpf_lint.cache.outline import Outline, moves, outline_of


class ReadFile(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was: the digest of its content, and its code."""

    digest: bytes
    code: Outline


class ReadUnit(msgspec.Struct, frozen=True, array_like=True):
    """What was read for one unit.

    Args:
        folders: Where another file would be found first, and what of `names` is there.
        fixed: True where the unit holds numbers of lines that are no places.
    """

    files: tuple[str, ...]
    folders: dict[str, bytes]
    names: frozenset[str]
    fixed: bool


class State(msgspec.Struct, frozen=True, array_like=True):
    """What was read for the units of one program, by their keys.

    Args:
        pack: Key of the units themselves.
    """

    pack: str
    files: dict[str, ReadFile]
    units: dict[str, ReadUnit]


def state_of(
    root: str, pack: str, manifests: Mapping[str, Manifest], fixed: Mapping[str, bool]
) -> State:
    """The state of what is there now, for units that were just read."""
    files: dict[str, ReadFile] = {}
    units = {}
    for key, one in manifests.items():
        own = {local(path, root): digest for path, digest in one.files.items()}
        around = {local(path, root): digest for path, digest in one.folders.items()}
        for path, digest in own.items():
            if path not in files:
                files[path] = ReadFile(digest, outline_of(os.path.join(root, path)))
        counts = any(files[path].code.counts for path in own)
        units[key] = ReadUnit(tuple(own), around, one.names, counts or fixed[key])
    return State(pack, files, units)


def lines_moved(state: State, unit: ReadUnit, root: str) -> dict[str, dict[int, int]] | None:
    """Where lines of code are now, by file, old -> new; None where anything else has changed."""
    found: dict[str, dict[int, int]] = {}
    for at, there in unit.folders.items():
        if listing_digest(os.path.join(root, at), unit.names) != there:
            return None
    for path in unit.files:
        old, place = state.files[path], os.path.join(root, path)
        if file_digest(place) == old.digest:
            continue
        new = outline_of(place)
        if not new.digest or new.digest != old.code.digest:
            return None
        if new.runs != old.code.runs:
            if unit.fixed:
                return None
            found[path] = moves(old.code, new)
    return found


def local(path: str, root: str) -> str:
    """A path as a state names it."""
    prefix = root.rstrip(os.sep) + os.sep
    if path == root:
        return ""
    return path[len(prefix) :] if path.startswith(prefix) else path
