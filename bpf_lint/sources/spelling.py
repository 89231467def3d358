"""The arguments of a call as its source spells them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

MOST_LINES = 20  # of one call

_HEAD = re.compile(r"([A-Za-z_]\w*)\s*\(")
_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?(?:\*/|\Z)|//[^\n]*|[()\[\]{},]', re.DOTALL
)
_COMMENT = re.compile(r"/\*|//")
_BLANK = re.compile(r"(?:\s|\\\n|/\*.*?\*/|//[^\n]*\n)*", re.DOTALL)


class Spelt(NamedTuple):
    """An argument: its place, 1-based, columns in bytes, and the first line of its code."""

    line: int
    column: int
    text: str


class SpeltCall(NamedTuple):
    """A call: the name that is called, and its arguments."""

    name: str
    arguments: tuple[Spelt, ...]


def spelt_call(line_of: Callable[[int], str], line: int, column: int) -> SpeltCall | None:
    """The call that begins at a place, None where none does or it does not end soon.

    Args:
        line_of: The text of a line of the file, by its 1-based number.
        line, column: Place of the called name, 1-based, columns in bytes.
    """
    first = line_of(line).encode("utf-8", "surrogateescape")
    begin = first[: column - 1].decode("utf-8", "ignore")
    head = _HEAD.match(line_of(line), len(begin))
    if head is None:
        return None
    text = "\n".join(line_of(line + more) for more in range(MOST_LINES))
    ends = _ends(text, head.end())
    starts = [head.end(), *(end + 1 for end in ends)]
    pairs = zip(starts, ends, strict=False)
    return SpeltCall(head[1], tuple(_spelt(text, line, start, end) for start, end in pairs))


def _ends(text: str, start: int) -> list[int]:
    """Where the arguments of a call end; none where it does not end."""
    depth = 0
    ends: list[int] = []
    for token in _TOKEN.finditer(text, start):
        if token[0] in ("(", "[", "{"):
            depth += 1
        elif token[0] in (")", "]", "}"):
            if not depth:
                return [*ends, token.start()]
            depth -= 1
        elif token[0] == "," and not depth:
            ends.append(token.start())
    return []


def _spelt(text: str, line: int, start: int, end: int) -> Spelt:
    blank = _BLANK.match(text, start, end)
    begin = blank.end() if blank else start
    before = text[:begin].rpartition("\n")[2]
    column = len(before.encode("utf-8", "surrogateescape")) + 1
    shown = _COMMENT.split(text[begin:end].partition("\n")[0])[0].rstrip().rstrip("\\").rstrip()
    return Spelt(line + text.count("\n", 0, begin), column, shown)
