"""Places in analysed source text."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, order=True, gc=False, array_like=True):
    """A position in a source file.

    Args:
        path: File path, relative to the report root when it lies below it.
        line: 1-based line; for code that comes out of a macro, the line of the expansion.
        column: 1-based column.
        spelling: `path:line:column` of the token itself when a macro spelt it, else "".
    """

    path: str
    line: int
    column: int = 1
    spelling: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


NOWHERE = Place("", 0, 0)
