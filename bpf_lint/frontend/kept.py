"""What a front end keeps from one program to the next."""

from __future__ import annotations

import os
from typing import Protocol

from bpf_lint.cache.moved import Lines
from bpf_lint.files.reach import Reach
from bpf_lint.frontend.keys import Tokens
from bpf_lint.frontend.lines import LineUses
from bpf_lint.frontend.macros import FileMacros
from bpf_lint.frontend.texts import SourceTexts
from bpf_lint.ir import nodes as ir

OUTSIDE = (
    "lies outside of the tree, of the folders that the user named, and of the system's: it is not "
    "read; allow it with --headers DIR"
)


class FunctionStore(Protocol):
    """Lowered functions by content key."""

    def get(self, key: str, /) -> ir.Function | None:
        """Return the function with this key, or None."""

    def put(self, key: str, function: ir.Function, /) -> None:
        """Keep a function."""


class MemoryStore:
    """Lowered functions of this process."""

    def __init__(self) -> None:
        self._functions: dict[str, ir.Function] = {}

    def get(self, key: str, /) -> ir.Function | None:
        """Return the function with this key, or None."""
        return self._functions.get(key)

    def put(self, key: str, function: ir.Function, /) -> None:
        """Keep a function."""
        self._functions[key] = function


class Kept:
    """Lowered functions, and what was read of files.

    Attributes:
        lowered: Number of functions lowered so far, not counting those the store had.
        moved, back: Where lines of changed files are now, and where those of now were, by path.
    """

    def __init__(self, store: FunctionStore | None = None) -> None:
        self.store: FunctionStore = MemoryStore() if store is None else store
        self.lowered = 0
        self.texts = SourceTexts()
        self.tokens = Tokens()
        self.macros = FileMacros(self.texts)
        self.lines = LineUses(self.texts, self.macros)
        self.moved: Lines = {}
        self.back: Lines = {}
        self._refused: dict[tuple[str, Reach], str] = {}

    def lines_moved(self, lines: Lines) -> None:
        """Functions in the store may be of other states of files: line then -> line now."""
        self.moved = lines
        self.back = {path: {new: old for old, new in own.items()} for path, own in lines.items()}

    def why_refused(self, path: str, reach: Reach) -> str:
        """Why a header may not be read, "" where it may; each path is looked at once."""
        key = (path, reach)
        if key not in self._refused:
            self._refused[key] = _why_refused(path, reach)
        return self._refused[key]


def _why_refused(path: str, reach: Reach) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    if not reach.holds(path):
        return OUTSIDE
    plain = os.path.normpath(path)
    if plain != path and os.path.exists(plain) and not os.path.samefile(plain, path):
        return "goes through a link and back with '..': it is another file than its name says"
    return ""
