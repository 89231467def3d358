"""Calls that earlier runs have analysed, for systems that an edit touches in part."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from bpf_lint.cache import linetable
from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.moved import Lines
from bpf_lint.cache.states import local

STATES = 6  # of the sources that calls of one unit are kept in, before they are kept anew
_DAMAGED = (msgspec.DecodeError, zlib.error)


class Learnt(msgspec.Struct, frozen=True):
    """Calls that one process has run, and the units that they are of, by key.

    Args:
        whole: True where they hold what was kept before as well.
    """

    units: tuple[str, ...]
    data: bytes
    whole: bool


class _State(msgspec.Struct, frozen=True, array_like=True):
    """A cache entry: calls, and the files that there were, by path as places name it."""

    files: dict[str, bytes]
    calls: bytes


_STATE = msgspec.msgpack.Decoder(_State)
_NAMES = msgspec.msgpack.Decoder(list[str])


class KeptCalls(msgspec.Struct, frozen=True):
    """Where the calls of units are kept: each entry those of one state of the sources.

    Args:
        keys: Cache keys by key of the unit; they tell the kernel model and the rules, too.
        files: What was read for each unit.
        root: Folder that relative paths start from.
    """

    folder: Path
    root: str
    keys: Mapping[str, str]
    files: Mapping[str, tuple[str, ...]]

    def names(self, unit: str) -> list[str]:
        """Keys of the states that calls of a unit are kept in, the oldest first."""
        data = Folder(self.folder).get(self.keys[unit])
        try:
            return _NAMES.decode(data) if data else []
        except msgspec.DecodeError:
            return []

    def states(self, names: Iterable[str]) -> Iterator[tuple[bytes, Lines]]:
        """Calls of each state, and where the lines of its files are now."""
        cache = Folder(self.folder)
        for name in names:
            data = cache.get(name)
            if data is None:
                continue
            try:
                state = _STATE.decode(zlib.decompress(data))
            except _DAMAGED:
                continue
            yield state.calls, dict(self._moved(cache, state))

    def save(self, learnt: Learnt) -> None:
        """Keep calls, beside those that are kept or in their place."""
        cache = Folder(self.folder)
        paths = {os.path.normpath(one) for unit in learnt.units for one in self.files[unit]}
        files = {local(path, self.root): linetable.keep(cache, path) for path in sorted(paths)}
        data = msgspec.msgpack.encode(_State(files, learnt.data))
        name = key_of("state", data)
        cache.put(name, zlib.compress(data, 1))
        for unit in learnt.units:
            before = [] if learnt.whole else self.names(unit)
            both = [*(one for one in before if one != name), name]
            cache.put(self.keys[unit], msgspec.msgpack.encode(both[-STATES:]))

    def _moved(self, cache: Folder, state: _State) -> Iterator[tuple[str, dict[int, int]]]:
        for path, digest in state.files.items():
            lines = linetable.moved(cache, os.path.join(self.root, path), digest)
            if lines is not None:
                yield path, lines
