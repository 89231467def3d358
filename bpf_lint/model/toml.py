"""Values as a TOML file has them, safe to look at in a terminal and in a CI log."""

from __future__ import annotations

from collections.abc import Iterable

from bpf_lint.model.printable import break_commands, show_hidden


def quoted(text: str) -> str:
    """A TOML string; bytes that are not UTF-8, for which TOML has no escape, are question marks."""
    plain = text.encode(errors="replace").decode()
    for sign, escape in (("\\", "\\\\"), ('"', '\\"'), ("\t", "\\t"), ("\n", "\\n")):
        plain = plain.replace(sign, escape)
    return '"' + break_commands(show_hidden(plain, escaped), escaped) + '"'


def escaped(character: str) -> str:
    """TOML's escape of a character."""
    return f"\\U{ord(character):08x}"


def quoted_list(items: Iterable[str]) -> str:
    """A TOML list of strings."""
    return f"[{', '.join(map(quoted, items))}]"
