"""Layouts of structures as libclang computes them from a header, to compare with a kernel's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clang import cindex

HOLE = "__hole_"
Layout = dict[str, tuple[int, int]]


def parse(text: str, folders: list[Path]) -> cindex.TranslationUnit:
    """A translation unit of a text, for BPF, with nothing but our headers."""
    flags = ["-x", "c", "-target", "bpf", "-nostdinc", "-ferror-limit=0", "-w"]
    flags += [word for folder in folders for word in ("-isystem", str(folder))]
    return cindex.Index.create().parse("headers.c", flags, [("headers.c", text)])


def records(unit: cindex.TranslationUnit) -> dict[str, Layout]:
    """Members ("a.b" within unnamed records: "b") with bit offset and bytes, by record's name.

    The record itself is the member "".
    """
    found: dict[str, Layout] = {}
    kinds = {cindex.CursorKind.STRUCT_DECL: "struct", cindex.CursorKind.UNION_DECL: "union"}
    for cursor in unit.cursor.get_children():
        if cursor.kind in kinds and cursor.is_definition() and not cursor.is_anonymous():
            own = {"": (0, cursor.type.get_size())}
            own.update(_members(cursor.type, 0))
            found[f"{kinds[cursor.kind]} {cursor.spelling}"] = own
    return found


def _members(type_: cindex.Type, base: int) -> Iterator[tuple[str, tuple[int, int]]]:
    for field in type_.get_fields():
        offset = base + field.get_field_offsetof()
        inner = field.type.get_canonical()
        if not field.spelling or "(" in field.spelling:
            if inner.kind == cindex.TypeKind.RECORD:
                yield from _members(inner, offset)
        elif not field.spelling.startswith(HOLE):
            bits = field.get_bitfield_width() if field.is_bitfield() else 8 * inner.get_size()
            yield field.spelling, (offset, bits)
