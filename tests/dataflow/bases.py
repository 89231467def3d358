"""Memory bases by their spelling."""

from __future__ import annotations

from bpf_lint.dataflow.domain.base import CONTEXT, HOOK, Base, Kind, base, local, symbol

_KINDS = {kind.value: kind for kind in Kind if len(kind.value) == 1}


def at(text: str) -> Base:
    """The base that is spelt so: "ctx", "L:function:name", "M:name" or "M:unit/name"."""
    if text in ("ctx", "hook"):
        return CONTEXT if text == "ctx" else HOOK
    kind, _, rest = text.partition(":")
    if kind == "symbol":
        return symbol(rest)
    if kind == "L":
        return local(*rest.split(":"))
    owner, _, name = rest.rpartition("/")
    found = base(_KINDS[kind], owner, name)
    assert found.text == text or found.kind is Kind.FUNCTION
    return found
