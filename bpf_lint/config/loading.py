"""Shapes of `rules/kernel/loading.toml`: what brings programs to their hooks, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from bpf_lint.config.data import Data


class Sections(Data, frozen=True, kw_only=True):
    """Sections of programs that no device's hook runs by themselves.

    Args:
        prefixes: How their names begin.
        redirects: False where such programs redirect nothing, whatever they call.
        evidence: File and name in libbpf's or the kernel's source.
    """

    prefixes: list[str]
    redirects: bool = True
    description: str = ""
    evidence: list[str] = []


class LoaderLine(Data, frozen=True, kw_only=True):
    """Lines of loaders that do something, as a regular expression.

    Args:
        source: Where the library or tool has what they call.
    """

    pattern: str
    source: str = ""


class DeviceLine(Data, frozen=True, kw_only=True):
    """Lines that make a device: the group `kind` of the pattern is its kind, in any case."""

    pattern: str
    source: str = ""


class HookWord(Data, frozen=True, kw_only=True):
    """Words that tell a hook.

    Args:
        pattern: In a line.
        exactly: Narrower, for lines that have the words of several hooks; "" for none.
        names: Words of a function's or a section's name that say the same.
        weakly: Those that say it where the section does not tell a type of program.
    """

    hook: str
    pattern: str
    exactly: str = ""
    names: list[str] = []
    weakly: list[str] = []


def patterns(one: LoaderLine | DeviceLine | HookWord) -> Iterator[tuple[str, str]]:
    """(key, regular expression) of what has some."""
    for field in msgspec.structs.fields(one):
        if field.name in ("pattern", "exactly") and getattr(one, field.name):
            yield field.name, getattr(one, field.name)


def why_unusable(pattern: str, groups: tuple[str, ...] = ()) -> str:
    """What is wrong with a regular expression; "" for nothing."""
    try:
        known = re.compile(pattern).groupindex
    except re.error as error:
        return f"is no regular expression: {error}"
    lost = [name for name in groups if name not in known]
    return f"has no group {lost[0]}" if lost else ""
