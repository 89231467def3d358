"""Cursor subtrees as Python objects, collected in one visit."""

from __future__ import annotations

from bpf_lint.frontend import clang
from bpf_lint.frontend.deep import DEEPEST, NestedTooDeeplyError
from bpf_lint.frontend.types import CType, TypeTable


class Syntax:
    """A cursor with its children; the type is looked up when first asked for."""

    __slots__ = ("_type", "children", "cursor", "kind", "types")

    def __init__(self, cursor: clang.Cursor, types: TypeTable) -> None:
        self.cursor = cursor
        self.kind = cursor.kind
        self.children: list[Syntax] = []
        self.types = types
        self._type: CType | None = None

    @property
    def type(self) -> CType:
        """The canonical type of the expression or declaration."""
        if self._type is None:
            self._type = self.types.of_cursor(self.cursor)
        return self._type


def build(cursor: clang.Cursor, types: TypeTable) -> Syntax:
    """Return the subtree below a cursor.

    Raises:
        NestedTooDeeplyError: If its depth exceeds what lowering can follow.
    """
    too_deep: list[bool] = []
    root = Syntax(cursor, types)
    path = [root]
    keys = [(cursor.d0, cursor.d1)]

    def visit(child: clang.Cursor, parent: clang.Cursor, _data: int) -> int:
        key = (parent.d0, parent.d1)
        while keys[-1] != key and len(keys) > 1:
            keys.pop()
            path.pop()
        if len(path) >= DEEPEST:
            too_deep.append(True)
            return clang.BREAK
        node = Syntax(child, types)
        path[-1].children.append(node)
        path.append(node)
        keys.append((child.d0, child.d1))
        return clang.RECURSE

    clang.library().clang_visitChildren(cursor, clang.VISITOR(visit), None)
    if too_deep:
        raise NestedTooDeeplyError
    return root
