"""Places of kept results, moved to where their lines are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from bpf_lint.model.place import Place

Lines = Mapping[str, Mapping[int, int]]  # path as places name it -> old line -> new line

T = TypeVar("T")


def moved(value: T, lines: Lines) -> T:
    """A value with every line number of these files as it is now; itself where none changes.

    Whatever has a path and a line is taken for a place; a line without a path is in the file of
    what holds it.

    Raises:
        KeyError: A place is on a line that had no code.
    """
    there: T = _Mover(lines).of(value) if lines else value
    return there


class _Mover:
    """One set of lines."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._places: dict[Place, Place] = {}

    def of(self, value: Any, within: str = "") -> Any:
        """A value in something at a path."""
        if type(value) is Place:
            known = self._places.get(value)
            if known is None:
                known = self._places[value] = self._struct(value, within)
            return known
        if isinstance(value, msgspec.Struct):
            return self._struct(value, within)
        if isinstance(value, tuple | frozenset | list):
            return self._several(value, within)
        if isinstance(value, dict):
            parts = {key: self.of(one, within) for key, one in value.items()}
            return parts if _differ(parts.values(), value.values()) else value
        return value

    def _struct(self, value: Any, within: str) -> Any:
        kind: Any = type(value)
        names = kind.__struct_fields__
        path = value.path if "path" in names else within
        old = [getattr(value, name) for name in names]
        parts = [self.of(one, path) for one in old]
        if "line" in names and path in self._lines:
            parts[names.index("line")] = self._lines[path][value.line]
        if "spelling" in names and value.spelling:
            parts[names.index("spelling")] = self._spelling(value.spelling)
        if not _differ(parts, old):
            return value
        return kind(**dict(zip(names, parts, strict=True)))

    def _several(self, value: Any, within: str) -> Any:
        parts = [self.of(one, within) for one in value]
        if not _differ(parts, value):
            return value
        return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)

    def _spelling(self, text: str) -> str:
        """A place as text, path:line:column."""
        path, line, column = text.rsplit(":", 2)
        if path not in self._lines:
            return text
        return f"{path}:{self._lines[path][int(line)]}:{column}"


def _differ(new: Any, old: Any) -> bool:
    return any(one is not other for one, other in zip(new, old, strict=True))
