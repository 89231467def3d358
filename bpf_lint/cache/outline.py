"""A file's code without its comments and blank lines: what an edit of these alone leaves as it is.

Each line of code keeps its columns, so that such an edit moves whole lines and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from bpf_lint.files.reading import read

# Quoted text first, for a comment may seem to begin in it; without its end it takes the line.
_PART = re.compile(
    rb"""(?P<quoted>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|//(?:\\[ \t\r]*\n|[^\n])*"""
    rb"""|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
# Where these come, another reader of comments may be right: spliced marks, trigraphs, raw strings,
# separators of digits, lone carriage returns, comment marks in the name of a header.
_ODD = re.compile(
    rb"""[/*]\\[ \t]*\r?\n|\?\?/|R"|\b[0-9]\w*'[0-9a-fA-F]|\r(?!\n)"""
    rb"""|(?:include(?:_next)?|import|embed)\s*\(?\s*<[^>\n]*/[/*]"""
)
_COUNTS = re.compile(rb"__builtin_(?:LINE|COLUMN)|source_location")
_PASTED = re.compile(rb"\b(?:__L(?:I(?:NE?)?)?|__LINE_|_?LINE(?:_|__)?|(?:INE|NE|E)__)\b")
_JOINED = b"\x01"  # after code whose line goes on behind a comment


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """The code of a file.

    Args:
        digest: Of its lines of code; empty where comments cannot be told for certain.
        runs: Where these lines are: first line, number of lines, and so on for each run of them.
        counts: True where the code may ask for the number of a line, otherwise than by `__LINE__`.
    """

    digest: bytes
    runs: tuple[int, ...]
    counts: bool


@cache
def outline_of(path: str) -> Outline:
    """The outline of a file; read once a run."""
    try:
        return outline(read(path))
    except OSError:
        return Outline(b"", (), True)


def outline(data: bytes) -> Outline:
    """The outline of a file's content."""
    counts = bool(_COUNTS.search(data) or (b"##" in data and _PASTED.search(data)))
    code = uncommented(data)
    if code is None:
        return Outline(b"", (), counts)
    lines = code.split(b"\n")
    digest = hashlib.sha256()
    numbers: list[int] = []
    spliced = False
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        if spliced or line.strip(b" \t\f\v\r" + _JOINED):
            digest.update(line + b"\n")
            numbers.append(number)
            spliced = line.endswith(b"\\")
    return Outline(digest.digest(), tuple(_runs(numbers)), counts)


def uncommented(data: bytes) -> bytes | None:
    """A text with white space for its comments; None where these cannot be told for certain."""
    return None if _ODD.search(data) else _PART.sub(_blank, data)


def moves(old: Outline, new: Outline) -> dict[int, int]:
    """Where the lines of code are now, for outlines with equal digests."""
    return dict(zip(_numbers(old.runs), _numbers(new.runs), strict=True))


def _blank(part: re.Match[bytes]) -> bytes:
    """Quoted text as it is; a comment as white space of the same shape."""
    text = part[0]
    if part["quoted"]:
        return text
    first, *rest = text.split(b"\n")
    if not rest:
        return b" " * len(text)
    return _JOINED + b" " * (len(first) - 1) + b"\n" * len(rest) + b" " * len(rest[-1])


def _runs(numbers: Sequence[int]) -> Iterator[int]:
    start = last = 0
    for number in numbers:
        if number != last + 1 and start:
            yield from (start, last - start + 1)
        if number != last + 1 or not start:
            start = number
        last = number
    if start:
        yield from (start, last - start + 1)


def _numbers(runs: Sequence[int]) -> Iterator[int]:
    for first, count in zip(runs[::2], runs[1::2], strict=True):
        yield from range(first, first + count)
