"""Rewrites of C that mean the same and leave every line where it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

Edit = Callable[[str], str]


class Rewrite(NamedTuple):
    """A rewrite of programs, or of the headers that they include."""

    name: str
    edit: Edit
    headers: bool = False


def _sub(pattern: str, new: str) -> Edit:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: compiled.sub(new, text)


# What follows is not a declaration: those of helpers have a type before the name.
_REDIRECT = r"(?<=[ (!])(bpf_(?:clone_)?redirect\w*)(?=\((?!void))"
_BODY = re.compile(r"^\{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
_SIMPLE = r"(bpf_redirect(?:_neigh|_peer)?\()((?:ctx->)?\w+)(?=, )"
_FIXED = r"(bpf_redirect(?:_neigh|_peer)?\()(ctx->\w+|[A-Z_]+)(?=, )"

REWRITES = (
    Rewrite("member of what a pointer points to", _sub(r"\b(\w+)->(?=\w)", r"(*\1).")),
    Rewrite("helper through a dereference", _sub(_REDIRECT, r"(*\1)")),
    Rewrite("helper through a choice", _sub(_REDIRECT, r"(1 ? \1 : \1)")),
    Rewrite("helper through a statement expression", _sub(_REDIRECT, r"({ \1; })")),
    Rewrite(
        "helper through a variable",
        _sub(_REDIRECT, r"({ __typeof__(\1) held = \1; held; })"),
    ),
    Rewrite("helper through a cast", _sub(_REDIRECT, r"((__typeof__(\1))(void *)(long)\1)")),
    Rewrite("argument in a statement expression", _sub(_SIMPLE, r"\1({ \2; })")),
    Rewrite("argument through a variable", _sub(_SIMPLE, r"\1({ __u32 number = \2; number; })")),
    Rewrite("argument in parentheses", _sub(_SIMPLE, r"\1((\2))")),
    Rewrite("argument behind a comma", _sub(_SIMPLE, r"\1(0, \2)")),
    # Not of a parameter: a wrapper that stores it is no thin one, and reported itself.
    Rewrite("argument in a compound literal", _sub(_FIXED, r"\1*(__u32[]){ \2 }")),
    Rewrite("called instead of inlined", _sub(r"static __always_inline", "static __noinline")),
    Rewrite(
        "return in a loop", _sub(r"^(\t+)return ([^;{}]+);", r"\1do { return \2; } while (0);")
    ),
    Rewrite("condition with a constant", _sub(r"\bif \((?![^\n]*=[^=])", "if (1 && ")),
    Rewrite("condition negated twice", _sub(r"\bif \((\w+)\)", r"if (!!(\1))")),
    Rewrite("barrier", _sub(r"^\{$", r'{ __asm__ volatile("" : : : "memory");')),
    Rewrite("block in a block", lambda text: _BODY.sub(r"{{\1}}", text)),
    Rewrite(
        "macro as an enumerator", _sub(r"^#define (\w+_DEV) (\d+)$", r"enum { \1 = \2 };"), True
    ),
    Rewrite(
        "macro of a macro", _sub(r"^#define (\w+_DEV) (\d+)$", r"#define \1 ((__u32)\2)"), True
    ),
)
