"""Where a call begins and ends in its source, in the columns that a format counts."""

from __future__ import annotations

import re

import msgspec

from bpf_lint.reporters.excerpt import before_column, source_lines
from bpf_lint.reporters.options import Options

_NAME = re.compile(r"\w+")


class Span(msgspec.Struct, frozen=True):
    """A name in a line of source, or what is there instead.

    Args:
        before: Text of the line before it.
        text: The name; "" where there is no source.
    """

    before: str
    text: str


class Sources:
    """The lines of the files that findings lie in, each file read once."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._files: dict[str, list[str]] = {}

    def lines(self, path: str) -> list[str]:
        """Lines of a file; empty where it cannot be read, or lies outside of the report's root."""
        if path not in self._files:
            inside = not path.startswith("/")
            self._files[path] = source_lines(self._options.read_source, path) if inside else []
        return self._files[path]

    def span(self, path: str, line: int, column: int) -> Span | None:
        """What stands at a place (1-based, columns in bytes), None where there is no source."""
        lines = self.lines(path)
        if not 1 <= line <= len(lines):
            return None
        text = lines[line - 1]
        if not 1 <= column <= len(text.encode("utf-8", "surrogateescape")) + 1:
            return None
        before = before_column(text, column)
        found = _NAME.match(text, len(before))
        return Span(before, found[0] if found else text[len(before) : len(before) + 1])


def utf8(text: str) -> int:
    """Bytes of a text."""
    return len(text.encode("utf-8", "surrogateescape"))


def utf16(text: str) -> int:
    """UTF-16 units of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
