"""What compiler errors leave whole: functions without an error in them or in what they use.

The compiler goes on behind an error, with a guess in place of what it did not understand: a type
that nobody has becomes `int`. Functions that hold an error, or that mention a type or variable
that holds one, are left out; all others mean what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bpf_lint.frontend import clang, kinds
from bpf_lint.frontend.inventory import Inventory
from bpf_lint.frontend.keys import Declaration
from bpf_lint.frontend.places import PlaceTable
from bpf_lint.ir.nodes import Diagnostic, Function

MISSING = re.compile(r"'(.+)' file not found")
# The first definition stays, and is what everything after it uses.
AGAIN = re.compile(r"(?:typedef )?redefinition of |redeclaration of ")
HARMLESS = re.compile(rf"{AGAIN.pattern}|'.+' file not found$")
_NAME = re.compile(r"[A-Za-z_]\w*")
_ENUMERATOR = re.compile(r"^\s*(\w+)(?: = [^,\n]*)?,?$", re.M)
# Called without a declaration even by programs that are complete: compilers know them.
KNOWN = re.compile(r"__builtin_|__sync_|__atomic_|mem(?:cpy|move|set|cmp)$|str(?:len|cmp|ncmp)$")


def missing_headers(errors: Iterable[Diagnostic]) -> tuple[str, ...]:
    """Names of headers that were not found, in order, each once."""
    found = (MISSING.fullmatch(error.text) for error in errors)
    return tuple(dict.fromkeys(match[1] for match in found if match))


class Damage:
    """The declarations of a unit that errors reach, and why.

    Attributes:
        functions: The first error of each function that is not whole, by name.
        loose: Errors outside of any declaration, but for missing headers.
    """

    def __init__(
        self, errors: Sequence[Diagnostic], inventory: Inventory, places: PlaceTable
    ) -> None:
        self._inventory = inventory
        self._declared = {d.name for d in inventory.declarations if d.kind == kinds.FUNCTION_DECL}
        hits = list(_hit(errors, inventory.declarations, places))
        held = [error for _, error in hits]
        self.loose = [one for one in errors if one not in held and not HARMLESS.match(one.text)]
        hit: dict[Declaration, Diagnostic] = {}
        for declaration, error in hits:
            hit.setdefault(declaration, error)
        names = {
            name: error
            for declaration, error in hit.items()
            if declaration.kind != kinds.FUNCTION_DECL
            for name in _names(declaration)
        }
        self._spread(names)
        self.functions = {
            declaration.name: error
            for declaration, error in hit.items()
            if declaration.kind == kinds.FUNCTION_DECL
        }
        for name, declaration in inventory.definitions.items():
            cause = _mentioned(declaration, names)
            if cause and name not in self.functions:
                self.functions[name] = cause

    def _spread(self, names: dict[str, Diagnostic]) -> None:
        """Add the types and variables that mention what an error reaches."""
        grown = bool(names)
        while grown:
            grown = False
            for declaration in self._inventory.declarations:
                if declaration.kind == kinds.FUNCTION_DECL or declaration.name in names:
                    continue
                cause = _mentioned(declaration, names)
                if cause:
                    new = {name: cause for name in _names(declaration) if name not in names}
                    names.update(new)
                    grown = grown or bool(new)

    def implicit(self, function: Function) -> str:
        """A function that is called without a declaration: it may have been a macro."""
        unknown = (
            name for name in function.calls if name not in self._declared and not KNOWN.match(name)
        )
        return next(unknown, "")


def _hit(
    errors: Sequence[Diagnostic], declarations: Sequence[Declaration], places: PlaceTable
) -> Iterator[tuple[Declaration, Diagnostic]]:
    """The declarations that hold errors, with each of them, in the order of the errors."""
    by_path: dict[str, list[Diagnostic]] = {}
    for error in errors:
        by_path.setdefault(error.place.path, []).append(error)
    lib = clang.library()
    for declaration in declarations:
        extent = lib.clang_getCursorExtent(declaration.cursor)
        first = places.at(lib.clang_getRangeStart(extent))
        last = places.at(lib.clang_getRangeEnd(extent))
        for error in by_path.get(first.path, ()):
            inside = first.line <= error.place.line
            inside = inside and (last.path != first.path or error.place.line <= last.line)
            if inside and (declaration.kind == kinds.FUNCTION_DECL or not AGAIN.match(error.text)):
                yield declaration, error


def _names(declaration: Declaration) -> list[str]:
    """The names that code uses a declaration by."""
    if declaration.kind == kinds.ENUM_DECL:
        text = declaration.text.decode("utf-8", "replace")
        return [declaration.name, *_ENUMERATOR.findall(text)]
    return [declaration.name]


def _mentioned(declaration: Declaration, names: dict[str, Diagnostic]) -> Diagnostic | None:
    if not names:
        return None
    words = _NAME.findall(declaration.text.decode("utf-8", "replace"))
    return next((names[word] for word in words if word in names), None)
