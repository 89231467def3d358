"""Calls of programs that earlier runs have analysed, for systems that an edit touches in part."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from bpf_lint.cache.folder import Folder

BOUND = 8_000_000  # bytes of one unit's calls, compressed
_PARTS = msgspec.msgpack.Decoder(list[bytes])


class KeptCalls(msgspec.Struct, frozen=True):
    """Where the calls of units are kept.

    Args:
        keys: Cache keys by key of the unit; they tell its content, the kernel model and the rules.
    """

    folder: Path
    keys: Mapping[str, str]

    def parts(self, units: Iterable[str]) -> Iterator[bytes]:
        """The calls of units, in the parts that they were kept in."""
        for unit in units:
            for part in self._of(unit):
                try:
                    yield zlib.decompress(part)
                except zlib.error:
                    continue

    def save(self, learnt: Mapping[str, Iterable[bytes]]) -> None:
        """Keep calls of units beside those that are kept."""
        for unit, parts in learnt.items():
            new = [zlib.compress(one, 1) for one in parts]
            both = [*self._of(unit), *new]
            kept = both if sum(map(len, both)) <= BOUND else new
            Folder(self.folder).put(self.keys[unit], msgspec.msgpack.encode(kept))

    def _of(self, unit: str) -> list[bytes]:
        data = Folder(self.folder).get(self.keys[unit])
        try:
            return _PARTS.decode(data) if data else []
        except msgspec.DecodeError:
            return []
