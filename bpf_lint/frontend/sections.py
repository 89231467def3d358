"""Sections that functions get without saying so: from a pragma before them, or from an alias."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bpf_lint.frontend import kinds
from bpf_lint.frontend.declarations import read_attributes
from bpf_lint.frontend.keys import Declaration
from bpf_lint.frontend.places import PlaceTable

_PRAGMA = re.compile(r'\s*#\s*pragma\s+clang\s+section\b.*\btext\s*=\s*"([^"]*)"')
_ALIAS = re.compile(r'__attribute__\(\(alias\("(\w+)"\)\)\)')


def given_sections(
    declarations: Sequence[Declaration], lines: list[str], places: PlaceTable, path: str
) -> dict[str, str]:
    """Return the sections of functions that their own declarations do not name.

    Args:
        lines: The program's own file; where a header says so, it is not seen.
        path: Its path, as places have it.
    """
    found: dict[str, str] = {}
    pragmas = {at: m.group(1) for at, line in enumerate(lines, 1) if (m := _PRAGMA.match(line))}
    if pragmas:
        found.update(_by_pragma(declarations, pragmas, places, path))
    if any("alias" in line for line in lines):
        found.update(_by_alias(declarations))
    return found


def _by_pragma(
    declarations: Sequence[Declaration], pragmas: dict[int, str], places: PlaceTable, path: str
) -> Iterator[tuple[str, str]]:
    for declaration in declarations:
        if declaration.kind == kinds.FUNCTION_DECL and declaration.defined:
            place = places.of(declaration.cursor)
            before = [at for at in pragmas if at < place.line and place.path == path]
            if before and pragmas[max(before)]:
                yield declaration.name, pragmas[max(before)]


def _by_alias(declarations: Sequence[Declaration]) -> Iterator[tuple[str, str]]:
    """Yield what an alias with a section is another name of."""
    for declaration in declarations:
        if declaration.kind == kinds.FUNCTION_DECL and not declaration.defined:
            text = declaration.text.decode("utf-8", "replace")
            alias, section = _ALIAS.search(text), read_attributes([text]).section
            if alias and section:
                yield alias.group(1), section
