"""Parsed programs as bytes: functions once each, by content key, and units that name them.

The same form goes between processes and into the cache. It is msgpack, so that reading a
foreign entry can fail but not run anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bpf_lint.cache.folder import key_of
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


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """Units by key, and the functions they share."""

    functions: dict[str, Function]
    units: dict[str, PackedUnit]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Pack)


def pack(units: Mapping[str, Unit]) -> bytes:
    """Units by key, as bytes."""
    functions: dict[str, Function] = {}
    packed: dict[str, PackedUnit] = {}
    for key, unit in units.items():
        functions.update({one.key: one for one in unit.functions.values()})
        packed[key] = _packed(unit)
    return _ENCODER.encode(Pack(functions, packed))


def identity(unit: Unit) -> str:
    """Equal for units that are the same to an analysis, whatever was read for them."""
    packed = msgspec.structs.replace(_packed(unit), files=(), errors=())
    return key_of(_ENCODER.encode(packed))


def unpack(data: bytes, pool: dict[str, Function], wanted: Iterable[str] = ()) -> dict[str, Unit]:
    """The units of `pack`.

    Args:
        pool: Functions that exist already, by content key; new ones are added.
        wanted: Keys of the units to return; empty for all.

    Raises:
        msgspec.DecodeError: The bytes are not such a pack.
    """
    found = _DECODER.decode(data)
    keys = [key for key in wanted or found.units if key in found.units]
    for key, function in found.functions.items():
        pool.setdefault(key, function)
    return {key: _unpacked(found.units[key], pool) for key in keys}


def _packed(unit: Unit) -> PackedUnit:
    fields = {name: getattr(unit, name) for name in unit.__struct_fields__}
    fields["functions"] = {name: one.key for name, one in unit.functions.items()}
    return PackedUnit(**fields)


def _unpacked(packed: PackedUnit, pool: Mapping[str, Function]) -> Unit:
    fields = {name: getattr(packed, name) for name in packed.__struct_fields__}
    fields["functions"] = {name: pool[key] for name, key in packed.functions.items()}
    return Unit(**fields)
