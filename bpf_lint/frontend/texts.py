"""Texts of source files, and the macro that spells a literal there."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from bpf_lint.files.reading import read

_DEFINE = re.compile(r"\s*#\s*define\s+([A-Za-z_]\w*)(\(?)")
LITERAL_BODY = re.compile(
    r"[\s(]*(?:\(\s*[A-Za-z_][\w\s*]*\)[\s(]*)*(-?)[\s(]*(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*[\s)]*$"
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|//.*")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class MacroName(NamedTuple):
    """An object-like macro that stands for one integer, and whether a minus precedes it."""

    name: str
    negative: bool


class MacroDefinition(NamedTuple):
    """A `#define` line; the body starts with the parameters where there are any."""

    name: str
    parameters: bool
    body: str


class SourceTexts:
    """Lines of files, read once while a file keeps its size and time."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[tuple[int, int], list[str]]] = {}
        self._macros: dict[tuple[str, int], MacroName | None] = {}
        self._virtual: dict[str, list[str]] = {}

    def set_virtual(self, path: str, contents: str) -> None:
        """Let `contents` stand for the file at `path`."""
        self._virtual[path] = contents.split("\n")

    def is_virtual(self, path: str) -> bool:
        """True for a path that `set_virtual` gave contents."""
        return path in self._virtual

    def refresh(self) -> None:
        """Forget files that changed on disk; call once before each unit."""
        for path, (stamp, _) in list(self._lines.items()):
            if _stamp(path) != stamp:
                del self._lines[path]
        self._macros.clear()

    def lines(self, path: str) -> list[str]:
        """Return the lines of a file, empty where it cannot be read."""
        if path in self._virtual:
            return self._virtual[path]
        if path not in self._lines:
            try:
                text = read(path).decode("utf-8", "replace").replace("\r\n", "\n")
                self._lines[path] = (_stamp(path), text.replace("\r", "\n").split("\n"))
            except OSError:
                self._lines[path] = ((0, 0), [])
        return self._lines[path][1]

    def macro_at(self, path: str, line: int) -> MacroName | None:
        """Return the object-like macro whose definition covers a line, if it is one integer."""
        key = (path, line)
        if key not in self._macros:
            self._macros[key] = self._find_macro(path, line)
        return self._macros[key]

    def word_at(self, path: str, line: int, column: int) -> str:
        """Return the identifier that starts at a position, or ""."""
        lines = self.lines(path)
        if not 0 < line <= len(lines):
            return ""
        match = _IDENTIFIER.match(lines[line - 1], column - 1)
        return match.group() if match else ""

    def _find_macro(self, path: str, line: int) -> MacroName | None:
        lines = self.lines(path)
        if not 0 < line <= len(lines):
            return None
        first = line - 1
        while first > 0 and lines[first - 1].endswith("\\"):
            first -= 1
        definition = definition_at(lines, first)
        if definition is None or definition.parameters:
            return None
        body = LITERAL_BODY.match(definition.body)
        return MacroName(definition.name, body.group(1) == "-") if body else None


def definition_at(lines: list[str], first: int) -> MacroDefinition | None:
    """Return the macro definition that starts at a line, continuation lines joined."""
    last = first
    while last < len(lines) - 1 and lines[last].endswith("\\"):
        last += 1
    text = " ".join(part.rstrip("\\") for part in lines[first : last + 1])
    match = _DEFINE.match(text)
    if match is None:
        return None
    body = _COMMENT.sub(" ", text[match.end() :])
    return MacroDefinition(match.group(1), bool(match.group(2)), body)


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
