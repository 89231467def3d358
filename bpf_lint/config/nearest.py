"""Near matches for names that were probably misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence part that names the nearest known name, or lists a few.

    Args:
        name: What was written.
        known: What could have been written.

    Returns:
        `; did you mean "x"?`, `; known: a, b` or "" where nothing is known.
    """
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    if not names:
        return ""
    shown = ", ".join(names[:12])
    return f"; known: {shown}" + (", ..." if len(names) > 12 else "")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """`unknown KIND "NAME"` with its near match."""
    return f'unknown {kind} "{name}"{suggest(name, known)}'
