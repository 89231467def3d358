"""Where sources ask for the number of a line, `__LINE__`, themselves or through macros."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bpf_lint.cache.outline import uncommented
from bpf_lint.frontend.macros import Definition, FileMacros
from bpf_lint.frontend.texts import SourceTexts

ASKED = "__LINE__"
_DIRECTIVE = re.compile(r"\s*#\s*(\w*)")


class Use(NamedTuple):
    """The uses in one file: their lines of code, and whether directives have others."""

    lines: frozenset[int]
    directives: bool


Uses = dict[str, Use]  # by absolute path


class LineUses:
    """Uses in files, found once per content."""

    def __init__(self, texts: SourceTexts, macros: FileMacros) -> None:
        self._texts = texts
        self._macros = macros
        self._asking: dict[str, tuple[list[str], bool]] = {}
        self._known: dict[tuple[str, frozenset[str]], tuple[list[str], Use]] = {}
        # With the definitions that they are the closure of, or others could take their identity.
        self._names: dict[tuple[int, ...], tuple[Sequence[object], frozenset[str]]] = {}

    def of(self, files: Sequence[str]) -> Uses:
        """Return the uses in the files of a unit; none where no file has the word itself."""
        if not any(self._asks(path) for path in files):
            return {}
        names = self._leading(files)
        found = {path: self._use(path, names) for path in files}
        return {path: use for path, use in found.items() if use.lines or use.directives}

    def _asks(self, path: str) -> bool:
        lines = self._texts.lines(path)
        known = self._asking.get(path)
        if known is None or known[0] is not lines:
            known = self._asking[path] = (lines, any(ASKED in line for line in lines))
        return known[1]

    def _leading(self, files: Sequence[str]) -> frozenset[str]:
        """Return the macros of these files that can lead to the word, and the word."""
        definitions = [self._macros.of(path) for path in files]
        key = tuple(map(id, definitions))
        if key not in self._names:
            self._names[key] = definitions, _closure(definitions)
        return self._names[key][1]

    def _use(self, path: str, names: frozenset[str]) -> Use:
        lines = self._texts.lines(path)
        known = self._known.get((path, names))
        if known is None or known[0] is not lines:
            known = self._known[path, names] = (lines, _uses(_code(lines), names))
        return known[1]


def _closure(files: Sequence[dict[str, list[Definition]]]) -> frozenset[str]:
    users: dict[str, list[str]] = {}
    for definitions in files:
        for name, entries in definitions.items():
            for used in frozenset().union(*(one.names for one in entries)):
                users.setdefault(used, []).append(name)
    found, work = {ASKED}, [ASKED]
    while work:
        new = [name for name in users.get(work.pop(), ()) if name not in found]
        found.update(new)
        work += new
    return frozenset(found)


def _code(lines: list[str]) -> list[str]:
    """Return the lines without their comments, where these can be told for certain."""
    code = uncommented("\n".join(lines).encode())
    return lines if code is None else code.decode().split("\n")


def _uses(lines: Sequence[str], names: frozenset[str]) -> Use:
    word = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names)))})\b")
    found, directives, directive = set(), False, ""
    for number, line in enumerate(lines, 1):
        start = _DIRECTIVE.match(line)
        if start and not directive:
            directive = start[1] or "#"
        if word.search(line):
            if not directive:
                found.add(number)
            elif directive != "define":
                directives = True
        if not line.endswith("\\"):
            directive = ""
    return Use(frozenset(found), directives)
