"""The preprocessor's conditions around a line of source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_DIRECTIVE = re.compile(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)", re.DOTALL)
_COMMENT = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?P<closed>/\*.*?\*/)|(?P<open>/\*)|(?P<line>//.*)'
)


def guards(line_of: Callable[[int], str], line: int) -> list[str]:
    """The conditions of the groups that a line is in, the outermost first, `#elif`s with theirs.

    Args:
        line_of: The text of a line of the file, by its 1-based number.
        line: 1-based.
    """
    open_groups: list[str] = []
    for text in _logical(line_of, line):
        found = _DIRECTIVE.match(text)
        if found is None:
            continue
        word, condition = found[1], " ".join(found[2].split())
        if word.startswith("if"):
            open_groups.append(condition)
        elif word == "elif" and open_groups:
            open_groups[-1] += f" {condition}"
        elif word == "endif" and open_groups:
            open_groups.pop()
    return open_groups


def _logical(line_of: Callable[[int], str], end: int) -> Iterator[str]:
    """Lines before `end` as the preprocessor sees them: joined, and without comments."""
    inside, pending = False, ""
    for number in range(1, end):
        text = pending + line_of(number)
        if text.endswith("\\"):
            pending = text[:-1]
            continue
        pending = ""
        if inside:
            _, closed, text = text.partition("*/")
            inside = not closed
        if not inside and ("/" in text or "#" in text):
            text, inside = _without_comments(text)
            yield text


def _without_comments(text: str) -> tuple[str, bool]:
    """A line without its comments, and whether one goes on behind it."""
    kept, at = [], 0
    for found in _COMMENT.finditer(text):
        if found.lastgroup is None:
            continue
        kept.append(text[at : found.start()])
        at = found.end()
        if found.lastgroup == "open":
            return " ".join(kept), True
        if found.lastgroup == "line":
            return " ".join(kept), False
    return " ".join([*kept, text[at:]]), False
