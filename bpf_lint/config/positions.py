"""Line numbers of the keys of a TOML text, which tomllib does not keep.

The text is known to be valid TOML when it is scanned, so the scanner only tells keys,
headers, strings, comments and brackets apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Step = str | int
Path = tuple[Step, ...]

TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r]+) | (?P<comment>\#[^\n]*) | (?P<newline>\n)
  | (?P<long>\"\"\"(?:[^\\]|\\.)*?\"\"\"+ | '''.*?'''+)
  | (?P<string>"(?:[^"\\\n]|\\.)*" | '[^'\n]*')
  | (?P<bare>[A-Za-z0-9_+:.-]+) | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def positions(text: str) -> dict[Path, int]:
    """The 1-based line of every key and array element written in a TOML text."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks the tokens once, keeping the table that keys belong to."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while (kind := self.peek()[0]) != "end":
            if kind == "newline":
                self.at += 1
            elif self.peek()[1] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def take(self) -> tuple[str, str, int]:
        token = self.tokens[self.at]
        if token[0] != "end":
            self.at += 1
        return token

    def keys(self, stop: str) -> tuple[list[str], int]:
        """The dotted key up to `stop`, and its line."""
        parts: list[str] = []
        line = self.peek()[2]
        while True:
            kind, text, _ = self.take()
            if kind == "end" or text == stop:
                return parts, line
            if kind == "bare":
                parts += [part for part in text.split(".") if part]
            elif kind == "string":
                parts.append(text[1:-1])

    def header(self) -> Path:
        self.take()
        array = self.peek()[1] == "["
        if array:
            self.take()
        parts, line = self.keys("]")
        if array:
            self.take()
        table = (*self.resolve(parts[:-1]), parts[-1])
        if array:
            index = self.counts.get(table, -1) + 1
            self.counts[table] = index
            self.lines.setdefault(table, line)
            table += (index,)
        self.lines.setdefault(table, line)
        return table

    def resolve(self, parts: list[str]) -> Path:
        """A header's path, with the index of the last element of each array on its way."""
        path: Path = ()
        for part in parts:
            path += (part,)
            if path in self.counts:
                path += (self.counts[path],)
        return path

    def pair(self, table: Path) -> None:
        parts, line = self.keys("=")
        for end in range(1, len(parts) + 1):
            self.lines.setdefault(table + tuple(parts[:end]), line)
        self.value(table + tuple(parts))

    def value(self, path: Path) -> None:
        self.lines.setdefault(path, self.peek()[2])
        opening = self.peek()[1]
        if opening not in "[{":
            self.take()
            return
        self.take()
        closing = "]" if opening == "[" else "}"
        index = 0
        while True:
            kind, text, _ = self.peek()
            if kind == "end" or text == closing:
                self.take()
                return
            if kind == "newline" or text == ",":
                self.take()
            elif opening == "[":
                self.value((*path, index))
                index += 1
            else:
                self.pair(path)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind not in ("space", "comment"):
            yield kind, match.group(), line
        line += match.group().count("\n")
    yield "end", "", line
