"""Mutations of C and of configurations, most of which make no sense."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_]\w*|\d\w*|[-+*/%&|^<>=!]=|->|\+\+|--|&&|\|\||<<|>>|\S|\s+')
WORDS = re.findall(
    r"\S+",
    """
    0 1 -1 23 0x7fffffffffffffff 99999999999999999999 NULL ctx bpf_redirect HOST_DEV int void * &
    ! ~ ( ) { } [ ] ; , : ? . -> ... = += static const volatile return goto if else for while do
    switch case default break continue sizeof __typeof__ __attribute__((weak)) asm goto _Generic
    struct union enum "" 'x' 1.5 << #define #include \\ ## __label__ && || __builtin_trap()
    """,
)
LINES = [
    "[0]",
    "[[programs]]",
    '[modes.""]',
    " = 1",
    "kind = 7",
    'netns = ["host"]',
    'entries = "*"',
    'when = "1 << -1"',
    "name = 1979-05-27",
    "select = []",
    "[[attachments]]",
    "[devices]",
    "'''",
    'hook = "xdp"',
    "only_modes = [[]]",
]


def mutations(of: Sequence[str]) -> st.SearchStrategy[list[tuple[str, float, str]]]:
    """A few changes: what is done, how far into the text, and what is put there."""
    kinds = st.sampled_from(["delete", "repeat", "swap", "insert", "replace"])
    return st.lists(
        st.tuples(kinds, st.floats(0, 0.999), st.sampled_from(of)), min_size=1, max_size=4
    )


def mutate(parts: list[str], changes: Sequence[tuple[str, float, str]]) -> list[str]:
    """Parts of a text, tokens or lines, after changes."""
    parts = list(parts)
    for kind, where, word in changes:
        at = int(where * len(parts))
        match kind:
            case "delete":
                del parts[at : at + 1]
            case "repeat":
                parts[at:at] = parts[at : at + 3]
            case "swap":
                parts[at : at + 2] = reversed(parts[at : at + 2])
            case "insert":
                parts.insert(at, word)
            case "replace":
                parts[at : at + 1] = [word]
    return parts


def tokens(text: str) -> list[str]:
    """The tokens of C, blanks included: put together they are the text."""
    return TOKEN.findall(text)
