"""Fingerprints of findings: content, never line numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?(?:\*/|$)|//.*""", re.DOTALL)
_BESIDE_PUNCTUATION = re.compile(r" ?([^\w\s\"']) ?")


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
    bare = _COMMENT.sub(lambda match: match[1] or " ", statement.replace("\\\n", " "))
    folded = " ".join(bare.split()).rstrip("\\ ")
    return _BESIDE_PUNCTUATION.sub(r"\1", folded)
