"""Scopes that end with calls: `__attribute__((cleanup(function)))` of their variables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bpf_lint.frontend import kinds
from bpf_lint.frontend.lowering.function import Cleanup, Lowering, Scope
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType
from bpf_lint.ir import nodes as ir

_CLEANUP = re.compile(r"__attribute__\(\((?:__)?cleanup(?:__)?\((\w+)\)\)\)")


def cleanup_of(low: Lowering, tree: Syntax) -> str:
    """Return the function that is called with the address of a variable where its scope ends."""
    if all(child.kind != kinds.UNEXPOSED_ATTR for child in tree.children):
        return ""
    found = _CLEANUP.search(low.context.printed(tree.cursor).partition(" = ")[0])
    return found.group(1) if found else ""


def enter(low: Lowering, tree: Syntax) -> None:
    """Begin the scope of a statement."""
    low.scopes.append(Scope(tree.cursor.d1, []))


def note(low: Lowering, tree: Syntax, held: int | str) -> None:
    """Note a declared variable, if the innermost scope ends with a call for it."""
    name = cleanup_of(low, tree)
    if name and isinstance(held, str):
        low.scopes[-1].cleanups.append(Cleanup(name, held, low.place(tree)))


def leave(low: Lowering) -> None:
    """End the innermost scope."""
    clean(low, low.scopes[-1:])
    low.scopes.pop()


def leave_with(low: Lowering, given: ir.Expr, type_: CType, scopes: Sequence[Scope]) -> ir.Expr:
    """Return a value as it is before scopes end, whose calls are made."""
    cleanups = [cleanup for scope in scopes for cleanup in scope.cleanups]
    if cleanups and not type_.is_aggregate:
        given = low.stable(given, type_, cleanups[-1].place)
    clean(low, scopes)
    return given


def clean(low: Lowering, scopes: Sequence[Scope]) -> None:
    """Make the calls that scopes end with, the latest variable first."""
    for scope in reversed(scopes):
        for name, local, place in reversed(scope.cleanups):
            low.graph.current.calls.append(name)
            low.emit(ir.Call(-1, name, -1, None, (ir.Local(local),), 0, False, place))


def left_by(low: Lowering, label: int | None) -> Sequence[Scope]:
    """Return the scopes that a jump to a label leaves."""
    around = low.around_label.get(label, frozenset())
    return [scope for scope in low.scopes if scope.identity not in around]
