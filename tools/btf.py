"""Types of a running kernel, read from its BTF (as include/uapi/linux/btf.h lays it out)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

RUNNING = Path("/sys/kernel/btf/vmlinux")

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(1, 12)
FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)
MODIFIERS = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)

_MAGIC = 0xEB9F
_HEADER = struct.Struct("<HBBIIIII")
_TYPE = struct.Struct("<III")
_TRIPLE = struct.Struct("<III")
_PAIR = struct.Struct("<II")
_SIGNED = struct.Struct("<Ii")


@dataclass(frozen=True)
class Member:
    """A member of a structure or union; `bits` is 0 unless it is a bit-field."""

    name: str
    type: int
    offset: int
    bits: int = 0


@dataclass(frozen=True)
class Type:
    """One type.

    Args:
        size: In bytes, of what has a size of its own.
        target: The type that a pointer, modifier, array or prototype is made of.
        count: Elements of an array.
        members: Of a structure or union.
        values: Names and numbers of an enumeration.
        parameters: Of a prototype: names and types.
        flag: The kind flag: a forward declaration of a union, a signed enumeration.
        encoding: Of an integer: 1 signed, 2 char, 4 bool.
    """

    kind: int
    name: str = ""
    size: int = 0
    target: int = 0
    count: int = 0
    flag: bool = False
    encoding: int = 0
    members: tuple[Member, ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    parameters: tuple[tuple[str, int], ...] = ()


@dataclass
class Btf:
    """All types, by id; id 0 is void.

    Args:
        named: The ids of structures, unions, enumerations and typedefs, by (kind, name).
    """

    types: list[Type] = field(default_factory=lambda: [Type(0, "void")])
    named: dict[tuple[int, str], int] = field(default_factory=dict)

    def resolve(self, number: int) -> int:
        """The id behind typedefs and qualifiers."""
        while self.types[number].kind in MODIFIERS:
            number = self.types[number].target
        return number

    def size(self, number: int) -> int:
        """The size of a type in bytes."""
        one = self.types[self.resolve(number)]
        if one.kind == PTR:
            return 8
        return self.size(one.target) * one.count if one.kind == ARRAY else one.size


def read(path: Path = RUNNING) -> Btf:
    """Read BTF from a file in little-endian order.

    Raises:
        ValueError: It is no BTF, or has a kind that is not known here.
    """
    data = path.read_bytes()
    magic, _, _, header, type_at, type_size, text_at, text_size = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise ValueError(f"{path} is no BTF")
    text = data[header + text_at : header + text_at + text_size]
    at, end = header + type_at, header + type_at + type_size
    found = Btf()
    while at < end:
        one, at = _type(data, at, text)
        if one.name and one.kind in (STRUCT, UNION, ENUM, ENUM64, TYPEDEF):
            found.named.setdefault((one.kind, one.name), len(found.types))
        found.types.append(one)
    return found


def _type(data: bytes, at: int, text: bytes) -> tuple[Type, int]:
    """The type at an offset, and the offset of the next."""
    name_at, info, size = _TYPE.unpack_from(data, at)
    kind, count, flag = info >> 24 & 31, info & 0xFFFF, bool(info >> 31)
    name, at = _text(text, name_at), at + _TYPE.size
    if kind == INT:
        (word,) = struct.unpack_from("<I", data, at)
        return Type(kind, name, size, encoding=word >> 24), at + 4
    if kind == ARRAY:
        target, _, elements = _TRIPLE.unpack_from(data, at)
        return Type(kind, target=target, count=elements), at + 12
    if kind in (STRUCT, UNION):
        rows = [_TRIPLE.unpack_from(data, at + 12 * row) for row in range(count)]
        members = tuple(
            Member(_text(text, n), t, *((o & 0xFFFFFF, o >> 24) if flag else (o, 0)))
            for n, t, o in rows
        )
        return Type(kind, name, size, flag=flag, members=members), at + 12 * count
    if kind == ENUM:
        pairs = [_SIGNED.unpack_from(data, at + 8 * row) for row in range(count)]
        values = tuple((_text(text, n), value) for n, value in pairs)
        return Type(kind, name, size, flag=flag, values=values), at + 8 * count
    if kind == ENUM64:
        triples = [_TRIPLE.unpack_from(data, at + 12 * row) for row in range(count)]
        values = tuple((_text(text, n), low | high << 32) for n, low, high in triples)
        return Type(kind, name, size, flag=flag, values=values), at + 12 * count
    if kind == FUNC_PROTO:
        pairs = [_PAIR.unpack_from(data, at + 8 * row) for row in range(count)]
        parameters = tuple((_text(text, n), t) for n, t in pairs)
        return Type(kind, name, target=size, parameters=parameters), at + 8 * count
    extra = {VAR: 4, DATASEC: 12 * count, DECL_TAG: 4}.get(kind, 0)
    if kind in (PTR, FWD, FUNC, FLOAT, VAR, DATASEC, DECL_TAG, *MODIFIERS):
        own_size = size if kind in (FLOAT, DATASEC) else 0
        return Type(kind, name, own_size, target=size, flag=flag), at + extra
    raise ValueError(f"BTF kind {kind} is not known")


def _text(text: bytes, at: int) -> str:
    return text[at : text.index(b"\0", at)].decode()
