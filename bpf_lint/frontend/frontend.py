"""The front end: C source and flags to IR."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from typing import Protocol

from bpf_lint.files.reach import Reach
from bpf_lint.frontend import clang, deep
from bpf_lint.frontend.flags import OWN, Arguments, arguments
from bpf_lint.frontend.keys import Tokens
from bpf_lint.frontend.macros import FileMacros
from bpf_lint.frontend.texts import SourceTexts
from bpf_lint.frontend.translation import TranslationUnit
from bpf_lint.frontend.unit import UnitReader, failure
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


class FrontEnd:
    """Parses translation units; functions seen before are not lowered again.

    Args:
        store: Where lowered functions are kept, by content key; in memory if omitted.

    Attributes:
        lowered: Number of functions lowered so far, not counting those the store had.

    Raises:
        OSError: If libclang is not installed.
    """

    def __init__(self, store: FunctionStore | None = None) -> None:
        self.store: FunctionStore = MemoryStore() if store is None else store
        self.lowered = 0
        self.texts = SourceTexts()
        self.tokens = Tokens()
        self.macros = FileMacros(self.texts)
        self._refused: dict[tuple[str, Reach], str] = {}
        self._index = clang.library().clang_createIndex(0, 0)

    def parse(
        self,
        path: str,
        flags: Sequence[str],
        root: str,
        layouts: Sequence[str] = (),
        roots: Sequence[str] = (),
        reach: Reach | None = None,
        special: Sequence[str] = (),
    ) -> ir.Unit:
        """Parse one program.

        Args:
            path: Absolute path of the source file.
            flags: Compiler flags; relative paths in them are relative to `root`.
            root: Absolute path of the report root.
            layouts: Members wanted in `Unit.layouts`, as "record.member".
            roots: Names of functions to lower besides those with a section.
            reach: Where headers may lie; the report root and the system's folders if omitted.
            special: Absolute paths that must not be opened: devices and the like.

        Returns:
            The unit. Whatever is wrong with the source is in its `errors`.
        """
        if not os.path.isfile(path):
            return failure(path, root, "no such file")
        given = arguments(flags, root, special)
        allowed = (reach or Reach(root)).with_named(*OWN)
        try:
            return deep.run(lambda: self._parse(path, given, root, layouts, roots, allowed))
        except deep.NestedTooDeeplyError:
            return failure(path, root, "statements or expressions are nested too deeply")

    def why_refused(self, path: str, reach: Reach) -> str:
        """Why a header may not be read, "" where it may; each path is looked at once."""
        key = (path, reach)
        if key not in self._refused:
            self._refused[key] = _why_refused(path, reach)
        return self._refused[key]

    def _parse(
        self,
        path: str,
        given: Arguments,
        root: str,
        layouts: Sequence[str],
        roots: Sequence[str],
        reach: Reach,
    ) -> ir.Unit:
        self.texts.refresh()
        self.texts.set_virtual(given.header_path, given.header)
        collecting = gc.isenabled()
        gc.disable()
        try:
            with TranslationUnit(self._index, path, given, root) as unit:
                if not unit.handle:
                    return failure(path, root, f"libclang gave up (status {unit.status})")
                return UnitReader(self, unit, path, reach).read(layouts, roots)
        finally:
            if collecting:
                gc.enable()


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
