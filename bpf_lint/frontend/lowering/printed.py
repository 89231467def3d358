"""What only the pretty-printed text of a function says: assembly and `for` headers."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\basm\b|\bfor\s*\(|[()\[\]{};:]')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_OPERAND = re.compile(r'(?:\[(\w+)\]\s*)?"((?:[^"\\]|\\.)*)"\s*\(')
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class Operand(NamedTuple):
    """An operand of inline assembly: its symbolic name, or "", and constraint."""

    name: str
    constraint: str


class Assembly(NamedTuple):
    """An inline assembly statement as written; `labels` are those of C that it may go on at."""

    template: str
    outputs: tuple[Operand, ...]
    inputs: tuple[Operand, ...]
    labels: tuple[str, ...]


class Printed:
    """The pretty-printed text of a function; statements are found by their order in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._assemblies: list[Assembly] | None = None
        self._headers: list[tuple[bool, bool, bool]] | None = None

    def assembly(self, position: int) -> Assembly | None:
        """Return the assembly statement at a position in source order."""
        if self._assemblies is None:
            self._scan()
        assert self._assemblies is not None
        return self._assemblies[position] if position < len(self._assemblies) else None

    def jumps(self) -> bool:
        """True where some assembly statement may go on at a label of C."""
        if self._assemblies is None:
            self._scan()
        return any(assembly.labels for assembly in self._assemblies or ())

    def for_header(self, position: int) -> tuple[bool, bool, bool] | None:
        """Return which of the three parts of a `for` header are present."""
        if self._headers is None:
            self._scan()
        assert self._headers is not None
        return self._headers[position] if position < len(self._headers) else None

    def _scan(self) -> None:
        self._assemblies, self._headers = [], []
        for match in _TOKEN.finditer(self.text):
            token = match.group()
            if token == "asm" and not _names_register(self.text, match.start()):
                assembly = _read_assembly(self.text, match.end())
                if assembly is not None:
                    self._assemblies.append(assembly)
            elif token.startswith("for"):
                self._headers.append(_read_header(self.text, match.end()))


def _sections(text: str, start: int, separator: str) -> list[str]:
    """Split from `start` up to the closing bracket at `separator`s outside of brackets."""
    parts, depth, last = [], 0, start
    for match in _TOKEN.finditer(text, start):
        token = match.group()
        if token[-1] in "([{":
            depth += 1
        elif token in ")]}":
            if depth == 0:
                parts.append(text[last : match.start()])
                return parts
            depth -= 1
        elif token == separator and depth == 0:
            parts.append(text[last : match.start()])
            last = match.end()
    return parts


def _read_header(text: str, start: int) -> tuple[bool, bool, bool]:
    parts = [bool(part.strip()) for part in _sections(text, start, ";")]
    parts += [False] * (3 - len(parts))
    return parts[0], parts[1], parts[2]


def _names_register(text: str, start: int) -> bool:
    """True for the `asm` of a declaration: it follows a name."""
    word = re.search(r"(\w*)\s*$", text[max(start - 80, 0) : start])
    return word is not None and word.group(1) not in ("", "else", "do")


def _read_assembly(text: str, end: int) -> Assembly | None:
    start = text.find("(", end)
    if start < 0 or text[end:start].strip() not in ("", "volatile", "goto", "volatile goto"):
        return None
    parts = _sections(text, start + 1, ":")
    if not parts:
        return None
    template = "".join(_unescape(s) for s in _STRING.findall(parts[0]))
    operands = [_operands(part) for part in parts[1:3]]
    operands += [()] * (2 - len(operands))
    labels = tuple(re.findall(r"\w+", parts[4])) if len(parts) > 4 else ()
    return Assembly(template, operands[0], operands[1], labels)


def _operands(part: str) -> tuple[Operand, ...]:
    found, position = [], 0
    while (match := _OPERAND.search(part, position)) is not None:
        found.append(Operand(match.group(1) or "", match.group(2)))
        position = match.end() + len("".join(_sections(part, match.end(), "\0")))
    return tuple(found)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group()), text)
