"""Loops that copy a few elements: their turns are written out before the loop.

What a turn has written is then known to be written when the loop ends, as it is in the code that a
compiler makes of it. A turn too many does no harm: each begins with the loop's condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpf_lint.frontend import kinds
from bpf_lint.frontend.lowering.conditions import strip
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import value
from bpf_lint.frontend.lowering.values import binary_operator
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir

MOST = 16  # an IPv6 address

# Of a body: assignments of elements and members, without calls, choices and labels.
_PLAIN = frozenset(
    [
        kinds.TYPE_REF,
        kinds.MEMBER_REF,
        kinds.UNEXPOSED_EXPR,
        kinds.DECL_REF,
        kinds.MEMBER,
        kinds.INTEGER,
        kinds.CHARACTER,
        kinds.PAREN,
        kinds.UNARY,
        kinds.SUBSCRIPT,
        kinds.BINARY,
        kinds.COMPOUND_ASSIGN,
        kinds.CAST,
        kinds.SIZEOF,
        kinds.COMPOUND,
        kinds.NULL_STMT,
    ]
)
_STATEMENTS = 2


def turns(low: Lowering, condition: Syntax, body: Syntax) -> int:
    """How many turns of a loop are written out: up to its constant bound, 0 for any other loop."""
    test = strip(low, condition)
    if test.kind != kinds.BINARY or binary_operator(low, test) not in ("<", "<=", "!="):
        return 0
    bound = strip(low, test.children[1])
    if bound.kind not in (kinds.INTEGER, kinds.SIZEOF) or not _is_copy(low, body):
        return 0
    known = value(low, bound)
    if not isinstance(known, (ir.Const, ir.Symbol)) or not 0 < known.value <= MOST:
        return 0
    return known.value + (binary_operator(low, test) == "<=")


def _is_copy(low: Lowering, body: Syntax) -> bool:
    """True for a body of a few assignments, at least one of them to or from an element."""
    if body.kind == kinds.COMPOUND and len(body.children) > _STATEMENTS:
        return False
    parts = list(_parts(body))
    if not all(part.kind in _PLAIN for part in parts):
        return False
    chosen = (part for part in parts if part.kind == kinds.BINARY)
    return any(part.kind == kinds.SUBSCRIPT for part in parts) and not any(
        binary_operator(low, part) in ("&&", "||") for part in chosen
    )


def _parts(tree: Syntax) -> Iterator[Syntax]:
    yield tree
    for child in tree.children:
        yield from _parts(child)
