"""Which macros can spell a function, and name its literals.

Pretty-printed text holds the value of a literal but not the macro that spelt it, nor where it
stands. The key of a function therefore covers its source lines, and where the macros that these
lines can lead to are defined. Where a macro has several definitions that lead to different names
for the same value, the text does not tell which one was in force; functions that reach one
are keyed by the flags as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from bpf_lint.cache.moved import Lines
from bpf_lint.frontend.places import relative
from bpf_lint.frontend.texts import LITERAL_BODY, SourceTexts, definition_at

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_NUMBER = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|\d+)(?=[uUlL]*\b)")
_DEFINITION = re.compile(r"\s*#\s*define\b")
# Definitions of a macro that are compared with each other: those of more are taken for alike.
_COMPARED = 32


class Definition(NamedTuple):
    """One `#define`: where it stands, and the names and numbers in its body."""

    place: str
    names: frozenset[str]
    numbers: frozenset[int]
    literal: bool


class Reach(NamedTuple):
    """Literals that a name can lead to, as (macro or "", value), and if text tells which."""

    literals: frozenset[tuple[str, int]]
    ambiguous: bool


_NOWHERE = Reach(frozenset(), False)


class FileMacros:
    """Definitions in files, found once per content."""

    def __init__(self, texts: SourceTexts) -> None:
        self._texts = texts
        self._known: dict[str, tuple[list[str], dict[str, list[Definition]]]] = {}
        self._words: dict[str, frozenset[str]] = {}

    def words(self, source: str) -> frozenset[str]:
        """Return the identifiers of a piece of source; the same pieces come up again."""
        known = self._words.get(source)
        if known is None:
            known = self._words[source] = frozenset(_IDENTIFIER.findall(source))
        return known

    def of(self, path: str) -> dict[str, list[Definition]]:
        """Return the definitions in a file, by name."""
        lines = self._texts.lines(path)
        known = self._known.get(path)
        if known is None or known[0] is not lines:
            known = self._known[path] = (lines, _definitions(path, lines))
        return known[1]


def _definitions(path: str, lines: list[str]) -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for number, line in enumerate(lines):
        if "define" in line and _DEFINITION.match(line):
            definition = definition_at(lines, number)
            if definition is None:
                continue
            literal = not definition.parameters and bool(LITERAL_BODY.match(definition.body))
            names = frozenset(_IDENTIFIER.findall(definition.body))
            numbers = frozenset(map(_value, _NUMBER.findall(definition.body)))
            entry = Definition(f"{path}:{number + 1}", names, numbers, literal)
            found.setdefault(definition.name, []).append(entry)
    return found


class MacroReach:
    """Macros that source lines of one unit can lead to."""

    def __init__(self, macros: FileMacros, files: Iterable[str], flags: bytes, root: str) -> None:
        self._macros = macros
        self._root = root
        self._flags = flags
        self._definitions: dict[str, list[Definition]] = {}
        self._known: dict[str, Reach] = {}
        self._names: dict[str, frozenset[str]] = {}
        for path in files:
            for name, entries in macros.of(path).items():
                self._definitions.setdefault(name, []).extend(entries)

    def digest(self, source: str, back: Lines = MappingProxyType({})) -> bytes:
        """Return what a piece of source depends on besides its text with macros expanded.

        That is where the macros stand that may spell it, and which of them may name its literals.

        Args:
            back: Lines as they were, by path: the answer is for then.
        """
        state = blake2b(source.encode("utf-8", "replace"), digest_size=16)
        spelling: set[str] = set()
        ambiguous = False
        for name in self._macros.words(source) & self._definitions.keys():
            spelling |= self._leading(name)
            ambiguous = ambiguous or self._reach(name).ambiguous
        for name in sorted(spelling):
            places = sorted(self._place(one, back) for one in self._definitions[name])
            state.update(f"\n{name}@{'|'.join(places)}".encode())
        if ambiguous:
            state.update(self._flags)
        return state.digest()

    def _place(self, definition: Definition, back: Lines) -> str:
        """Where a definition stands, or stood."""
        place = relative(definition.place, self._root)
        path, _, line = place.rpartition(":")
        return f"{path}:{back[path].get(int(line))}" if path in back else place

    def _leading(self, name: str) -> frozenset[str]:
        """Macros that a name can lead to, itself included: they may spell what is lowered."""
        known = self._names.get(name)
        if known is None:
            found, work = {name}, [name]
            while work:
                for definition in self._definitions[work.pop()]:
                    new = (definition.names & self._definitions.keys()) - found
                    found |= new
                    work += new
            known = self._names[name] = frozenset(found)
        return known

    def _reach(self, name: str) -> Reach:
        known = self._known.get(name)
        if known is not None:
            return known
        self._known[name] = _NOWHERE
        alternatives = list({self._alternative(name, d) for d in self._definitions[name]})
        literals = frozenset().union(*(a.literals for a in alternatives))
        ambiguous = (
            len(alternatives) > _COMPARED
            or any(a.ambiguous for a in alternatives)
            or any(_alike(a.literals, b.literals) for a, b in combinations(alternatives, 2))
        )
        known = self._known[name] = Reach(literals, ambiguous)
        return known

    def _alternative(self, name: str, definition: Definition) -> Reach:
        if definition.literal:
            return Reach(frozenset((name, value) for value in definition.numbers), False)
        reached = [self._reach(n) for n in definition.names if n in self._definitions]
        plain = frozenset(("", value) for value in definition.numbers)
        literals = plain.union(*(r.literals for r in reached))
        return Reach(literals, any(r.ambiguous for r in reached))


def _alike(first: frozenset[tuple[str, int]], second: frozenset[tuple[str, int]]) -> bool:
    """True where two definitions can print the same number under different names."""
    values = {value for _, value in first - second}
    return any(value in values for _, value in second - first)


def _value(number: str) -> int:
    if number[:2] in ("0x", "0X"):
        return int(number, 16)
    is_octal = number[0] == "0" and all(digit in "01234567" for digit in number)
    return int(number, 8 if is_octal else 10)
