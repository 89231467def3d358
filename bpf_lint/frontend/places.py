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

    def __init__(self, root: str, texts: SourceTexts, handle: c_void_p) -> None:
        self.lib = clang.library()
        self.root = root
        self.texts = texts
        self._handle = handle
        self._places: dict[int, Place] = {}
        self._spelt: dict[int, Place] = {}
        self._files: dict[int | None, tuple[str, str]] = {None: ("", "")}
        self._macros: dict[int, MacroName | None] = {}
        self._made: set[int] = set()  # of literals that the preprocessor made itself
        self._file, self._line, self._column = c_void_p(), c_uint(), c_uint()
        self._out = (byref(self._file), byref(self._line), byref(self._column), None)

    def of(self, cursor: clang.Cursor) -> Place:
        """Return the place of a cursor; in a macro, the line where it is expanded."""
        return self.at(self.lib.clang_getCursorLocation(cursor))

    def at(self, location: clang.Location) -> Place:
        """Return the place of a location, without its spelling."""
        place = self._places.get(location.raw)
        if place is None:
            place = self._places[location.raw] = self._decode(location)
        return place

    def spelt(self, cursor: clang.Cursor) -> Place:
        """Return the place of a cursor with its spelling, which costs as much again."""
        location = self.lib.clang_getCursorLocation(cursor)
        place = self.at(location)
        if not location.raw & _MACRO_BIT:
            return place
        known = self._spelt.get(location.raw)
        if known is None:
            (_, path), line, column = self._spelling(location)
            known = place
            if path and (path, line, column) != (place.path, place.line, place.column):
                spelling = f"{path}:{line}:{column}"
                known = Place(place.path, place.line, place.column, spelling)
            self._spelt[location.raw] = known
        return known

    def macro_of(self, cursor: clang.Cursor) -> MacroName | None:
        """Return the macro that spells a literal."""
        location = self.lib.clang_getCursorLocation(cursor)
        if not location.raw & _MACRO_BIT:
            return None
        if location.raw not in self._macros:
            (path, _), line, _ = self._spelling(location)
            self._macros[location.raw] = self.texts.macro_at(path, line)
            if not path:
                self._made.add(location.raw)
        return self._macros[location.raw]

    def is_line(self, cursor: clang.Cursor, number: int) -> bool:
        """True where `__LINE__` spells a literal of this value: it is the last line of its use."""
        self.macro_of(cursor)
        if self.lib.clang_getCursorLocation(cursor).raw not in self._made:
            return False
        end = self.lib.clang_getRangeEnd(self.lib.clang_getCursorExtent(cursor))
        self.lib.clang_getExpansionLocation(end, *self._out)
        return self._line.value == number

    def first_word(self, cursor: clang.Cursor) -> str:
        """Return the identifier that an expression starts with, where it is spelt."""
        (path, _), line, column = self._spelling(self.lib.clang_getCursorLocation(cursor))
        return self.texts.word_at(path, line, column)

    def source(self, cursor: clang.Cursor) -> str:
        """Return the source lines that a cursor covers."""
        path, first, last = self.extent(cursor)
        return "\n".join(self.texts.lines(path)[max(first - 1, 0) : last])

    def extent(self, cursor: clang.Cursor) -> tuple[str, int, int]:
        """Return (absolute path, line, last line) of what a cursor covers."""
        extent = self.lib.clang_getCursorExtent(cursor)
        location = self.lib.clang_getCursorLocation(cursor)
        self.lib.clang_getExpansionLocation(location, *self._out)
        path, first = self._file_names()[0], self._line.value
        end = self.lib.clang_getRangeEnd(extent)
        self.lib.clang_getExpansionLocation(end, *self._out)
        return path, first, self._line.value if self._file_names()[0] == path else first

    def _spelling(self, location: clang.Location) -> tuple[tuple[str, str], int, int]:
        """Return (absolute path, report path), line and column of the token itself.

        clang_getSpellingLocation stops at the expansion; a token lexed from the location
        knows where it was lexed.
        """
        only = self.lib.clang_getRange(location, location)
        tokens, count = c_void_p(), c_uint()
        self.lib.clang_tokenize(self._handle, only, byref(tokens), byref(count))
        if not count.value or not tokens.value:
            return ("", ""), 0, 0
        token = clang.Token.from_address(tokens.value)
        spelt = self.lib.clang_getTokenLocation(self._handle, token)
        self.lib.clang_disposeTokens(self._handle, tokens, count)
        self.lib.clang_getFileLocation(spelt, *self._out)
        return self._file_names(), self._line.value, self._column.value

    def _file_names(self) -> tuple[str, str]:
        """Return absolute path and report path of the file decoded last."""
        key = self._file.value
        if key not in self._files:
            name = os.fsdecode(clang.raw_text(self.lib.clang_getFileName(self._file)))
            absolute = os.path.normpath(os.path.join(self.root, name))
            shown = relative(absolute, self.root)
            if self.texts.is_virtual(absolute):
                shown = "<command line>"
            self._files[key] = (absolute, shown)
        return self._files[key]

    def _decode(self, location: clang.Location) -> Place:
        self.lib.clang_getExpansionLocation(location, *self._out)
        path = self._file_names()[1]
        line, column = self._line.value, self._column.value
        if not path and not line:
            return NOWHERE
        return Place(path, line, column)


def relative(absolute: str, root: str) -> str:
    """Return a path relative to `root` when it lies below it."""
    prefix = root.rstrip(os.sep) + os.sep
    return absolute[len(prefix) :] if absolute.startswith(prefix) else absolute
