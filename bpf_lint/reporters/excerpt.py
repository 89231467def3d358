"""The source line of a finding, with a caret under its column."""

from __future__ import annotations

from bpf_lint.model.printable import safe
from bpf_lint.reporters.options import ReadSource
from bpf_lint.reporters.paint import Paint, columns

TAB = 8


def excerpt(paint: Paint, read_source: ReadSource, path: str, line: int, column: int) -> list[str]:
    """The line before and the line itself with a caret; nothing where there is no source."""
    lines = source_lines(read_source, path)
    if not 1 <= line <= len(lines):
        return []
    digits = len(str(line))
    shown = []
    if line > 1 and lines[line - 2].strip():
        shown.append(_numbered(paint, line - 1, digits, _expand(lines[line - 2])))
    before = before_column(lines[line - 1], column)
    offset = columns(_expand(before))
    text, offset = _crop(_expand(lines[line - 1]), offset, paint.width - digits - 4)
    shown.append(_numbered(paint, line, digits, text))
    gutter = paint.style(" " * digits + " |", "dim")
    return [*shown, f" {gutter} {' ' * offset}{paint.style('^', 'caret')}"]


def source_lines(read_source: ReadSource, path: str) -> list[str]:
    """Lines of a file as C counts them; empty where it cannot be read."""
    text = read_source(path) if path else None
    return text.replace("\r\n", "\n").split("\n") if text else []


def before_column(line: str, column: int) -> str:
    """The part of a line before a 1-based column; columns count bytes, as clang's do."""
    data = line.encode("utf-8", "surrogateescape")[: max(column - 1, 0)]
    return data.decode("utf-8", "ignore")


def _expand(line: str) -> str:
    """A line without tabs and without characters that a terminal obeys."""
    return safe(line.expandtabs(TAB))


def _numbered(paint: Paint, number: int, digits: int, text: str) -> str:
    """A source line behind its number."""
    room = paint.width - digits - 4
    cut = text if len(text) <= room else text[: room - 1] + "…"
    return f" {paint.style(f'{number:>{digits}} |', 'dim')} {cut.rstrip()}".rstrip()


def _crop(text: str, offset: int, room: int) -> tuple[str, int]:
    """A long line's part around the caret, and the caret's place in it."""
    if offset < room - 10 or len(text) <= room:
        return text, offset
    start = offset - room // 3
    return "…" + text[start + 1 :], offset - start
