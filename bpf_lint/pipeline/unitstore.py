"""Units of earlier runs, found again by the content of everything that was read for them."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from bpf_lint.cache import linetable
from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.manifest import manifest
from bpf_lint.cache.moved import Lines
from bpf_lint.cache.packing import Packed, functions_of, pack
from bpf_lint.cache.states import State, lines_moved, local, state_of
from bpf_lint.files.reach import Reach
from bpf_lint.ir.nodes import Function, Unit

_UNNAMED = re.compile(rb" at [^()]*:\d+:\d+\)")  # in names that the compiler gives to types
STATES = 8  # of one program; branches and revisions that are looked at in turn
_DAMAGED = (msgspec.DecodeError, zlib.error, KeyError, ValueError, RecursionError)


class Origin(msgspec.Struct, frozen=True):
    """What a unit was when it was kept: its identity, and where its lines are now."""

    identity: str
    lines: Lines


class Recalled(msgspec.Struct, frozen=True):
    """A unit of an earlier run; its origin where lines have moved since."""

    unit: Unit
    origin: Origin | None = None


class Stock(msgspec.Struct, frozen=True):
    """Units that are no longer right: many of their functions are, or have moved.

    Args:
        folder, pack: Cache folder and key of the units.
        files: Digests of what was read for them, by path below the report root.
    """

    folder: Path
    pack: str
    files: dict[str, bytes]

    def functions(self) -> list[Function]:
        """The functions of the units; none where there are no such units."""
        data = Folder(self.folder).get(self.pack)
        try:
            return list(functions_of(zlib.decompress(data))) if data else []
        except _DAMAGED:
            return []

    def lines(self, root: str) -> Lines:
        """Where lines are now, by path: of the files that have changed since."""
        cache = Folder(self.folder)
        found = {
            path: linetable.moved(cache, os.path.join(root, path), digest)
            for path, digest in self.files.items()
        }
        return {path: lines for path, lines in found.items() if lines is not None}


class _States(msgspec.Struct, frozen=True, array_like=True):
    """A cache entry: what the units of one program were read from, the newest first."""

    states: tuple[State, ...] = ()


class UnitStore:
    """The units of one program.

    Args:
        salt: Part of the cache's keys: the version of everything that makes a unit.
        root: Folder that relative paths start from.
        names: What else decides how the program is read.
    """

    def __init__(
        self, cache: Folder, salt: str, root: str, name: str, names: str, reach: Reach
    ) -> None:
        self._cache, self._root = cache, root
        places = [
            "\0".join(local(one, root) for one in part)
            for part in ((reach.tree,), reach.named, reach.headers)
        ]
        self._key = key_of("units", salt, name, names, *places)

    def recall(self, wanted: Iterable[str], pool: dict[str, Function]) -> dict[str, Recalled]:
        """Units that are still right, but for lines that have moved, by key.

        Args:
            wanted: Keys of units.
            pool: Functions that exist already, by content key; new ones are added.
        """
        found: dict[str, Recalled] = {}
        for state in self._states():
            right = {
                key: lines
                for key in wanted
                if key not in found and key in state.units
                if (lines := lines_moved(state, state.units[key], self._root)) is not None
            }
            if right:
                found.update(self._read(state, right, pool))
        return found

    def stock(self) -> Stock | None:
        """The newest units, whether or not they are still right."""
        states = self._states()
        if not states or self._cache.path is None:
            return None
        files = {path: one.digest for path, one in states[0].files.items()}
        return Stock(self._cache.path, states[0].pack, files)

    def save(self, flags: Mapping[str, tuple[str, ...]], units: Mapping[str, Unit]) -> None:
        """Keep units, by key, and what was read for them."""
        own = {key: units[key] for key in flags if key in units}
        if self._cache.path is None or not own:
            return
        manifests = {
            key: manifest(self._root, unit.files, [flags[key]]) for key, unit in own.items()
        }
        own = {key: unit for key, unit in own.items() if manifests[key].whole}
        data = pack({key: self._localised(unit) for key, unit in own.items()})
        at = key_of("pack", data)
        unnamed = bool(_UNNAMED.search(data))
        fixed = {key: unnamed or _is_fixed(unit) for key, unit in own.items()}
        new = state_of(self._root, at, {key: manifests[key] for key in own}, fixed)
        kept = [one for one in self._states() if one.pack != at][: STATES - 1]
        for path in new.files:
            linetable.keep(self._cache, os.path.join(self._root, path))
        self._cache.put(at, zlib.compress(data, 1))
        self._cache.put(self._key, zlib.compress(msgspec.msgpack.encode(_States((new, *kept))), 1))

    def _states(self) -> tuple[State, ...]:
        data = self._cache.get(self._key)
        if data is None:
            return ()
        try:
            return msgspec.msgpack.decode(zlib.decompress(data), type=_States).states
        except _DAMAGED:
            return ()

    def _read(
        self, state: State, right: Mapping[str, Lines], pool: dict[str, Function]
    ) -> dict[str, Recalled]:
        """Units of a state, their lines moved."""
        lines = {path: own for each in right.values() for path, own in each.items()}
        try:
            data = self._cache.get(state.pack)
            packed = Packed(zlib.decompress(data), pool, lines) if data else None
            return {key: self._recalled(packed, key, lines) for key in right} if packed else {}
        except _DAMAGED:
            return {}

    def _recalled(self, packed: Packed, key: str, lines: Lines) -> Recalled:
        unit = packed.unit(key)
        files = tuple(os.path.join(self._root, one) for one in unit.files)
        there = msgspec.structs.replace(unit, files=files)
        return Recalled(there, Origin(packed.identity(key), lines) if lines else None)

    def _localised(self, unit: Unit) -> Unit:
        files = tuple(local(one, self._root) for one in unit.files)
        return msgspec.structs.replace(unit, files=files)


def _is_fixed(unit: Unit) -> bool:
    """True where numbers of lines are in a unit otherwise than as places."""
    counts = unit.counts or any(one.counts for one in unit.functions.values())
    return counts or bool(unit.errors)
