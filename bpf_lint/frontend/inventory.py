"""Top-level declarations of a translation unit."""

from __future__ import annotations

from collections.abc import Sequence

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import STATIC, Attributes, read_attributes
from bpf_lint.frontend.keys import Declaration
from bpf_lint.frontend.translation import TranslationUnit
from bpf_lint.frontend.types import CType, TypeTable

# Section of the functions and variables that the kernel defines.
_KERNEL = ".ksyms"


class Inventory:
    """What a unit declares at file scope, in source order.

    Attributes:
        declarations: All of it, once per redeclaration.
        definitions: Function bodies by name.
        given_sections: Sections of functions that do not name one themselves; see `sections`.
    """

    def __init__(self, unit: TranslationUnit) -> None:
        lib = clang.library()
        cursor = lib.clang_getTranslationUnitCursor(unit.handle)
        self._policy = lib.clang_getCursorPrintingPolicy(cursor)
        self.declarations = [Declaration(c, self._policy) for c in clang.children(cursor)]
        self.definitions: dict[str, Declaration] = {}
        self.given_sections: dict[str, str] = {}
        self._redeclarations: dict[str, list[Declaration]] = {}
        self._attributes: dict[str, Attributes] = {}
        for declaration in self.declarations:
            if declaration.kind in (kinds.FUNCTION_DECL, kinds.VAR_DECL):
                self._redeclarations.setdefault(declaration.name, []).append(declaration)
            if declaration.kind == kinds.FUNCTION_DECL and declaration.defined:
                self.definitions[declaration.name] = declaration

    def close(self) -> None:
        """Free what pretty-printing needs."""
        clang.library().clang_PrintingPolicy_dispose(self._policy)

    def attributes(self, name: str) -> Attributes:
        """Return the attributes that all declarations of a function or variable give it."""
        known = self._attributes.get(name)
        if known is None:
            redeclarations = self._redeclarations.get(name, ())
            texts = [d.interface.decode("utf-8", "replace") for d in redeclarations]
            known = read_attributes(texts)
            if not known.section and name in self.given_sections:
                known = known._replace(section=self.given_sections[name])
            self._attributes[name] = known
        return known

    def exports(self) -> list[str]:
        """Return names of functions with a body that other units are linked with."""
        static = clang.library().clang_Cursor_getStorageClass
        return [
            name
            for name, one in self.definitions.items()
            if static(one.cursor) != STATIC
            and not (self.attributes(name).section or self.attributes(name).weak)
        ]

    def is_wanted(self, name: str) -> bool:
        """True for a function that another unit can define, instead of this one or at all."""
        if name in self.definitions:
            return self.attributes(name).weak
        return name in self._redeclarations and self.attributes(name).section != _KERNEL

    def entries(self) -> list[str]:
        """Return names of functions with a body and a section."""
        return [name for name in self.definitions if self.attributes(name).section]

    def layouts(self, wanted: Sequence[str], table: TypeTable) -> dict[str, tuple[int, int]]:
        """Return (bit offset, bits) of members named "record.member" or deeper."""
        records = {name.partition(".")[0] for name in wanted}
        known: dict[str, CType] = {}
        for declaration in self.declarations:
            if declaration.name in records:
                type_ = table.of_cursor(declaration.cursor)
                if type_.kind == types.RECORD and type_.bits:
                    known[declaration.name] = type_
        found = {}
        for name in wanted:
            record, _, path = name.partition(".")
            place = _find(known[record], path) if record in known else None
            if place is not None:
                found[name] = place
        return found


def _find(type_: CType, path: str) -> tuple[int, int] | None:
    offset, width = 0, type_.bits
    for name in path.split("."):
        member = type_.members.by_name.get(name) if type_.kind == types.RECORD else None
        if member is None:
            return None
        offset, width, type_ = offset + member.offset, member.width, member.type
    return offset, width
