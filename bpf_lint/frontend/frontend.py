"""The front end: C source and flags to IR."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

from bpf_lint.files.reach import Reach
from bpf_lint.frontend import clang, deep
from bpf_lint.frontend.flags import OWN, Arguments, arguments
from bpf_lint.frontend.kept import FunctionStore, Kept
from bpf_lint.frontend.translation import TranslationUnit
from bpf_lint.frontend.unit import UnitReader, failure
from bpf_lint.ir import nodes as ir


class FrontEnd:
    """Parses translation units; functions seen before are not lowered again.

    Args:
        store: Where lowered functions are kept, by content key; in memory if omitted.

    Raises:
        OSError: If libclang is not installed.
    """

    def __init__(self, store: FunctionStore | None = None) -> None:
        self.kept = Kept(store)
        self._index = clang.library().clang_createIndex(0, 0)

    @property
    def store(self) -> FunctionStore:
        """Where lowered functions are kept."""
        return self.kept.store

    @property
    def lowered(self) -> int:
        """Number of functions lowered so far, not counting those the store had."""
        return self.kept.lowered

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

    def _parse(
        self,
        path: str,
        given: Arguments,
        root: str,
        layouts: Sequence[str],
        roots: Sequence[str],
        reach: Reach,
    ) -> ir.Unit:
        self.kept.texts.refresh()
        self.kept.texts.set_virtual(given.header_path, given.header)
        collecting = gc.isenabled()
        gc.disable()
        try:
            with TranslationUnit(self._index, path, given, root) as unit:
                if not unit.handle:
                    return failure(path, root, f"libclang gave up (status {unit.status})")
                return UnitReader(self.kept, unit, path, reach).read(layouts, roots)
        finally:
            if collecting:
                gc.enable()
