"""JSON text of a document, also where a path or a source line is not UTF-8."""

from __future__ import annotations

from typing import Any

import msgspec

from bpf_lint.model.printable import break_commands, show_hidden


def json_text(document: object, indent: int = 2) -> str:
    """The document as JSON with a last newline; dictionaries in the order of their keys.

    Args:
        document: Anything msgspec can encode.
        indent: Columns a level, 0 for one line.
    """
    try:
        data = msgspec.json.encode(document, order="deterministic")
    except UnicodeEncodeError:
        clean = _clean(msgspec.to_builtins(document, order="deterministic"))
        data = msgspec.json.encode(clean)
    text = (msgspec.json.format(data, indent=indent) if indent else data).decode() + "\n"
    # Inside of strings alone: JSON's own signs are all harmless.
    return break_commands(show_hidden(text, _escaped), _escaped)


def _escaped(character: str) -> str:
    """JSON's escape of a character, a pair of them beyond the first plane."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _clean(value: Any) -> Any:
    """The value with bytes that are no UTF-8 (lone surrogates) as backslash escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(member) for member in value]
    return value
