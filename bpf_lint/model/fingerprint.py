"""Fingerprints of findings: content, never line numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*|\\\n|\\\s*\Z)"""
    r"""|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<word>\w+)|(?P<mark>\S)""",
    re.DOTALL,
)


def fingerprint(rule: str, path: str, function: str, statement: str, modes: Iterable[str]) -> str:
    """A digest of 32 hex digits that survives moved lines and changed white space.

    Args:
        rule: Id of the rule.
        path: Path from the repository's root.
        function: Function that holds the call.
        statement: Source text of the call's line.
        modes: Device modes in which the finding holds, in any order.
    """
    parts = (rule, path, function, normalise_statement(statement), ",".join(sorted(set(modes))))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def normalise_statement(statement: str) -> str:
    """A statement without comments, line continuations and white space that C ignores."""
    parts: list[str] = []
    after_word = False
    for match in _TOKEN.finditer(statement):
        if match.lastgroup == "comment":
            continue
        is_word = match.lastgroup == "word"
        parts.append(f" {match[0]}" if is_word and after_word else match[0])
        after_word = is_word
    return "".join(parts)
