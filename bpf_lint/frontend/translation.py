"""A translation unit as libclang holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from ctypes import byref, c_char_p, c_void_p
from typing import Any, NamedTuple

from bpf_lint.frontend import clang
from bpf_lint.frontend.flags import BARRED, Arguments
from bpf_lint.frontend.places import PlaceTable
from bpf_lint.ir import nodes as ir

_KEEP_GOING = 0x200  # CXTranslationUnit_KeepGoing: not even a missing header is the end
_SEVERITIES = {3: "error", 4: "fatal"}


class Inclusion(NamedTuple):
    """A file that was read, and the directive that asked for it; None for the source itself."""

    path: str
    at: clang.Location | None


class TranslationUnit:
    """libclang's handle, freed when the `with` block ends."""

    def __init__(self, index: int, path: str, arguments: Arguments, root: str) -> None:
        self.lib = clang.library()
        self.root = root
        self.arguments = arguments
        self.handle = c_void_p()
        encoded = [os.fsencode(flag) for flag in arguments.flags]
        array = (c_char_p * len(encoded))(*encoded)
        header = arguments.header.encode("utf-8", "surrogateescape")
        contents = {arguments.header_path: header}
        contents |= dict.fromkeys(arguments.barred, BARRED.encode())
        unsaved = (clang.UnsavedFile * len(contents))(
            *(clang.UnsavedFile(os.fsencode(name), c, len(c)) for name, c in contents.items())
        )
        self.status = self.lib.clang_parseTranslationUnit2(
            index,
            os.fsencode(path),
            array,
            len(encoded),
            unsaved,
            len(unsaved),
            _KEEP_GOING,
            byref(self.handle),
        )

    def __enter__(self) -> TranslationUnit:
        return self

    def __exit__(self, *_: object) -> None:
        if self.handle:
            self.lib.clang_disposeTranslationUnit(self.handle)

    def inclusions(self) -> list[Inclusion]:
        """Return all files read, in the order of reading, without normalising their names."""
        found: list[Inclusion] = []

        def visit(file: int, stack: Any, depth: int, _data: int) -> None:
            name = os.fsdecode(clang.raw_text(self.lib.clang_getFileName(file)))
            raw = stack[0] if depth else None
            at = clang.Location(raw.p0, raw.p1, raw.raw) if raw else None
            found.append(Inclusion(os.path.join(self.root, name), at))

        self.lib.clang_getInclusions(self.handle, clang.INCLUSION_VISITOR(visit), None)
        return [one for one in found if one.path != self.arguments.header_path]

    def triple(self) -> str:
        """Return the target that the unit was parsed for."""
        info = self.lib.clang_getTranslationUnitTargetInfo(self.handle)
        triple = clang.text(self.lib.clang_TargetInfo_getTriple(info))
        self.lib.clang_TargetInfo_dispose(info)
        return triple

    def errors(self, places: PlaceTable) -> Iterator[ir.Diagnostic]:
        """Yield what the compiler calls an error."""
        for number in range(self.lib.clang_getNumDiagnostics(self.handle)):
            diagnostic = self.lib.clang_getDiagnostic(self.handle, number)
            severity = self.lib.clang_getDiagnosticSeverity(diagnostic)
            if severity in _SEVERITIES:
                text = clang.text(self.lib.clang_getDiagnosticSpelling(diagnostic))
                location = self.lib.clang_getDiagnosticLocation(diagnostic)
                yield ir.Diagnostic(_SEVERITIES[severity], text, places.at(location))
            self.lib.clang_disposeDiagnostic(diagnostic)
