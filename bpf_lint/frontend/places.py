"""Source positions of a translation unit."""

from __future__ import annotations

import os
from ctypes import byref, c_uint, c_void_p
from typing import Final

from bpf_lint.frontend import clang
from bpf_lint.frontend.texts import MacroName, SourceTexts
from bpf_lint.model.place import NOWHERE, Place

_MACRO_BIT: Final = 1 << 31


class PlaceTable:
    """Places by libclang location; each is decoded once."""

    def __init__(self, root: str, texts: SourceTexts) -> None:
        self.lib = clang.library()
        self.root = root
        self.texts = texts
        self._places: dict[int, Place] = {}
        self._files: dict[int | None, tuple[str, str]] = {None: ("", "")}
        self._file, self._line, self._column = c_void_p(), c_uint(), c_uint()
        self._out = (byref(self._file), byref(self._line), byref(self._column), None)

    def of(self, cursor: clang.Cursor) -> Place:
        """Return the place of a cursor; in a macro, the line where it is expanded."""
        return self.at(self.lib.clang_getCursorLocation(cursor))

    def at(self, location: clang.Location) -> Place:
        """Return the place of a location."""
        place = self._places.get(location.raw)
        if place is None:
            place = self._places[location.raw] = self._decode(location)
        return place

    def spelling(self, cursor: clang.Cursor) -> tuple[str, int, int]:
        """Return absolute path, line and column of the token that starts a cursor."""
        location = self.lib.clang_getCursorLocation(cursor)
        self.lib.clang_getSpellingLocation(location, *self._out)
        return self.file()[0], self._line.value, self._column.value

    def macro_of(self, cursor: clang.Cursor) -> MacroName | None:
        """Return the macro that spells a literal."""
        location = self.lib.clang_getCursorLocation(cursor)
        if not location.raw & _MACRO_BIT:
            return None
        self.lib.clang_getSpellingLocation(location, *self._out)
        return self.texts.macro_at(self.file()[0], self._line.value)

    def file(self) -> tuple[str, str]:
        """Return absolute path and report path of the file decoded last."""
        key = self._file.value
        if key not in self._files:
            name = clang.text(self.lib.clang_getFileName(self._file))
            absolute = os.path.normpath(os.path.join(self.root, name))
            self._files[key] = (absolute, relative(absolute, self.root))
        return self._files[key]

    def _decode(self, location: clang.Location) -> Place:
        self.lib.clang_getExpansionLocation(location, *self._out)
        path = self.file()[1]
        line, column = self._line.value, self._column.value
        if not path and not line:
            return NOWHERE
        spelling = ""
        if location.raw & _MACRO_BIT:
            self.lib.clang_getSpellingLocation(location, *self._out)
            spelt = (self.file()[1], self._line.value, self._column.value)
            if spelt[0] and spelt != (path, line, column):
                spelling = f"{spelt[0]}:{spelt[1]}:{spelt[2]}"
        return Place(path, line, column, spelling)


def relative(absolute: str, root: str) -> str:
    """Return a path relative to `root` when it lies below it."""
    prefix = root.rstrip(os.sep) + os.sep
    return absolute[len(prefix) :] if absolute.startswith(prefix) else absolute
