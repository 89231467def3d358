"""The source line of a finding, with a caret under its column."""

from __future__ import annotations

from bpf_lint.model.finding import Finding
from bpf_lint.model.printable import safe
from bpf_lint.reporters.options import ReadSource
from bpf_lint.reporters.paint import Paint, columns

TAB = 8


def excerpt_of(paint: Paint, read_source: ReadSource, finding: Finding) -> list[str]:
    """The line of a finding's call, with a caret under what is wrong there."""
    wrong = finding.argument
    if wrong is None:
        return excerpt(paint, read_source, finding.path, finding.line, finding.column)
    # A call over several lines: its first line is shown where it is the one before.
    before = 1 if wrong.line == finding.line + 1 else 0
    width = columns(_expand(wrong.text))
    return excerpt(
        paint, read_source, finding.path, wrong.line, wrong.column, before=before, width=width
    )


def excerpt(
    paint: Paint,
    read_source: ReadSource,
    path: str,
    line: int,
    column: int,
    *,
    before: int = 0,
    width: int = 1,
) -> list[str]:
    """A line with a caret under a place, and lines before it; nothing where there is no source.

    Args:
        width: Columns of what is marked.
    """
    lines = source_lines(read_source, path)
    if not 1 <= line <= len(lines):
        return []
    digits = len(str(line))
    shown = [
        _numbered(paint, number, digits, _expand(lines[number - 1]))
        for number in range(max(1, line - before), line)
    ]
    offset = columns(_expand(before_column(lines[line - 1], column)))
    text, offset = _crop(_expand(lines[line - 1]), offset, paint.width - digits - 4)
    shown.append(_numbered(paint, line, digits, text))
    gutter = paint.style(" " * digits + " |", "dim")
    mark = "^" + "~" * min(width - 1, paint.width - digits - 4 - offset)
    return [*shown, f" {gutter} {' ' * offset}{paint.style(mark, 'caret')}"]


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
