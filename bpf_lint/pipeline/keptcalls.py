"""Calls of programs that earlier runs have analysed, for systems that an edit touches in part."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from bpf_lint.cache.folder import Folder
from bpf_lint.dataflow import Engine

BOUND = 8_000_000  # bytes of one unit's calls, compressed
_PARTS = msgspec.msgpack.Decoder(list[bytes])


class KeptCalls(msgspec.Struct, frozen=True):
    """Where the calls of units are kept.

    Args:
        keys: Cache keys by key of the unit; they tell its content, the kernel model and the rules.
    """

    folder: Path
    keys: Mapping[str, str]

    def recall(self, engine: Engine, units: Iterable[str]) -> None:
        """Let an engine know the calls of units."""
        for unit in units:
            for part in self._parts(unit):
                engine.recall(part)

    def keep(self, learnt: Mapping[str, bytes]) -> None:
        """Keep calls that an engine did not know, by the key of their unit."""
        for unit, data in learnt.items():
            parts = [*(zlib.compress(one, 1) for one in self._parts(unit)), zlib.compress(data, 1)]
            if sum(map(len, parts)) > BOUND:
                parts = parts[-1:]
            Folder(self.folder).put(self.keys[unit], msgspec.msgpack.encode(parts))

    def _parts(self, unit: str) -> list[bytes]:
        data = Folder(self.folder).get(self.keys[unit])
        try:
            return [zlib.decompress(one) for one in _PARTS.decode(data)] if data else []
        except (msgspec.DecodeError, zlib.error):
            return []
