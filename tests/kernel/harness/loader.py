"""A small loader of compiled BPF objects: programs by name, and the maps they refer to."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

RELOCATIONS, SYMBOLS = 9, 2
PSEUDO_MAP = 1


class Section(NamedTuple):
    """A section of an ELF file."""

    name: str
    kind: int
    data: bytes
    link: int
    info: int


class Symbol(NamedTuple):
    """A symbol: where it is, and in which section."""

    name: str
    section: int
    offset: int
    size: int
    function: bool


class Object:
    """A BPF object file for a little-endian machine."""

    def __init__(self, path: Path) -> None:
        self.sections = sections(path.read_bytes())
        self.symbols = _symbols(self.sections)

    def program(self, name: str, maps: dict[str, int]) -> bytes:
        """Instructions of a function, with the maps' descriptors filled in."""
        function = self._function(name)
        code = bytearray(self.sections[function.section].data)
        for section in self.sections:
            if section.kind == RELOCATIONS and section.info == function.section:
                self._relocate(code, section.data, maps, function)
        return bytes(code[function.offset : function.offset + function.size])

    def maps_of(self, name: str) -> list[Symbol]:
        """Symbols that a function refers to: its maps."""
        function = self._function(name)
        end = function.offset + function.size
        found = {
            info >> 32: None
            for section in self.sections
            if section.kind == RELOCATIONS and section.info == function.section
            for offset, info in struct.iter_unpack("<QQ", section.data)
            if function.offset <= offset < end
        }
        return [self.symbols[number] for number in found]

    def numbered(self, number: int) -> list[tuple[int, str]]:
        """Slots and names of the functions in sections "NUMBER/SLOT"."""
        found = []
        for one in self.symbols:
            section = self.sections[one.section].name if one.function else ""
            if section.startswith(f"{number}/"):
                found.append((int(section.split("/")[1]), one.name))
        return found

    def _function(self, name: str) -> Symbol:
        return next(one for one in self.symbols if one.name == name and one.function)

    def _relocate(
        self, code: bytearray, entries: bytes, maps: dict[str, int], function: Symbol
    ) -> None:
        for offset, info in struct.iter_unpack("<QQ", entries):
            if not function.offset <= offset < function.offset + function.size:
                continue
            symbol = self.symbols[info >> 32]
            code[offset + 1] = code[offset + 1] & 0x0F | PSEUDO_MAP << 4
            struct.pack_into("<i", code, offset + 4, maps[symbol.name])


def sections(image: bytes) -> list[Section]:
    """All sections of an ELF file."""
    start = struct.unpack_from("<Q", image, 40)[0]
    size, count, names = struct.unpack_from("<HHH", image, 58)
    headers = [struct.unpack_from("<IIQQQQII", image, start + at * size) for at in range(count)]
    text = headers[names][4]
    return [
        Section(_string(image, text + name), kind, image[at : at + length], link, info)
        for name, kind, _flags, _address, at, length, link, info in headers
    ]


def _symbols(found: list[Section]) -> list[Symbol]:
    table = next(one for one in found if one.kind == SYMBOLS)
    names = found[table.link].data
    return [
        Symbol(_string(names, name), section, value, size, info & 0xF == 2)
        for name, info, _other, section, value, size in struct.iter_unpack("<IBBHQQ", table.data)
    ]


def _string(text: bytes, at: int) -> str:
    return text[at : text.index(b"\0", at)].decode()
