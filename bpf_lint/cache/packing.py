"""Parsed programs as bytes: functions once each, by content key, and units that name them.

The same form goes between processes and into the cache. It is msgpack, so that reading a
foreign entry can fail but not run anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from bpf_lint.cache.folder import key_of
from bpf_lint.cache.moved import Lines, moved
from bpf_lint.ir.nodes import Diagnostic, Function, Map, Unit, Variable


class PackedUnit(msgspec.Struct, frozen=True, array_like=True):
    """A unit whose functions are content keys."""

    path: str
    functions: dict[str, str]
    entries: tuple[str, ...]
    variables: dict[str, Variable]
    maps: dict[str, Map]
    layouts: dict[str, tuple[int, int]]
    files: tuple[str, ...]
    errors: tuple[Diagnostic, ...]
    defined: int
    opaque: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    counts: bool = False


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """Units by key, and the functions they share: each read when it is first asked for."""

    functions: dict[str, msgspec.Raw]
    units: dict[str, PackedUnit]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Pack)
_FUNCTION = msgspec.msgpack.Decoder(Function)


def pack(units: Mapping[str, Unit]) -> bytes:
    """Units by key, as bytes."""
    functions = {one.key: one for unit in units.values() for one in unit.functions.values()}
    raw = {key: msgspec.Raw(_ENCODER.encode(one)) for key, one in functions.items()}
    return _ENCODER.encode(Pack(raw, {key: _packed(unit) for key, unit in units.items()}))


def unpack(data: bytes, pool: dict[str, Function]) -> dict[str, Unit]:
    """All units of `pack`.

    Args:
        pool: Functions that exist already, by content key; new ones are added.

    Raises:
        msgspec.DecodeError, KeyError: The bytes are not such a pack.
    """
    found = Packed(data, pool)
    return {key: found.unit(key) for key in found.keys}


def functions_of(data: bytes) -> Iterator[Function]:
    """Every function of `pack`.

    Raises:
        msgspec.DecodeError: The bytes are not such a pack.
    """
    yield from map(_FUNCTION.decode, _DECODER.decode(data).functions.values())


class Packed:
    """The units of `pack`, one at a time, their lines where they are now.

    Args:
        pool: Functions that exist already, by content key; new ones are added.
        lines: Lines that have moved since.

    Raises:
        msgspec.DecodeError: The bytes are not such a pack.
    """

    def __init__(self, data: bytes, pool: dict[str, Function], lines: Lines | None = None) -> None:
        self._pack = _DECODER.decode(data)
        self._pool = pool
        self._lines = lines or {}
        self._names = [path.encode() for path in self._lines]
        self._moved: dict[str, Function] = {}
        self.keys = tuple(self._pack.units)

    def identity(self, key: str) -> str:
        """The identity of a unit as it was kept."""
        return _identity(self._pack.units[key])

    def unit(self, key: str) -> Unit:
        """A unit.

        Raises:
            msgspec.DecodeError, KeyError: The bytes are not such a unit.
        """
        packed = moved(self._pack.units[key], self._lines)
        fields = {name: getattr(packed, name) for name in packed.__struct_fields__}
        fields["functions"] = {name: self._function(one) for name, one in packed.functions.items()}
        return Unit(**fields)

    def _function(self, key: str) -> Function:
        if key in self._moved:
            return self._moved[key]
        raw = self._pack.functions[key]
        if self._names and any(name in bytes(raw) for name in self._names):
            function = self._moved[key] = self._there(_FUNCTION.decode(raw))
            return self._pool.setdefault(function.key, function)
        if key not in self._pool:
            self._pool[key] = _FUNCTION.decode(raw)
        return self._pool[key]

    def _there(self, function: Function) -> Function:
        """A function where its lines are now: another one to whoever goes by content keys."""
        there = moved(function, self._lines)
        if there is function:
            return function
        return msgspec.structs.replace(there, key=key_of(_ENCODER.encode(there)))


def identity(unit: Unit) -> str:
    """Equal for units that are the same to an analysis, whatever was read for them."""
    return _identity(_packed(unit))


def _identity(packed: PackedUnit) -> str:
    same = msgspec.structs.replace(packed, files=(), errors=(), defined=0)
    return key_of(_ENCODER.encode(same))


def _packed(unit: Unit) -> PackedUnit:
    fields = {name: getattr(unit, name) for name in unit.__struct_fields__}
    fields["functions"] = {name: one.key for name, one in unit.functions.items()}
    return PackedUnit(**fields)
