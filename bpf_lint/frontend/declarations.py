"""What a translation unit declares, looked up by declaration while bodies are lowered."""

from __future__ import annotations

import re
from collections.abc import Callable
from ctypes import c_void_p
from typing import NamedTuple

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.places import PlaceTable
from bpf_lint.frontend.texts import SourceTexts
from bpf_lint.frontend.types import CType, TypeTable
from bpf_lint.ir.shapes import is_helper

STATIC = 3
NOT_A_HELPER = -2
_ERROR = re.compile(r"__attribute__\(\((?:__)?error(?:__)?\(")
_WEAK = "__attribute__((weak))"
_SECTION = re.compile(r'__attribute__\(\(section\("([^"]*)"\)\)\)')
_TAG = re.compile(r'__attribute__\(\(btf_decl_tag\("((?:[^"\\]|\\.)*)"\)\)\)')


class Declared(NamedTuple):
    """A referenced declaration.

    Args:
        kind: "global", "static" (in a function), "local", "function", "constant" or "other".
        value: Enumerator's value; for a function pointer that holds a helper number, the
            number, NOT_A_HELPER where its integer is none, else -1.
        also: Enumerators that an enumerator is defined as, the nearest first.
    """

    kind: str
    name: str
    type: CType
    value: int
    cursor: clang.Cursor
    also: tuple[str, ...] = ()


class Attributes(NamedTuple):
    """Attributes of a function that matter, gathered over its declarations."""

    section: str
    tags: tuple[str, ...]
    fails_build: bool
    weak: bool = False


class Context:
    """Tables of one translation unit that all its functions share."""

    def __init__(self, root: str, texts: SourceTexts, handle: c_void_p) -> None:
        self.lib = clang.library()
        self.types = TypeTable()
        self.places = PlaceTable(root, texts, handle)
        self.texts = texts
        self.attributes: Callable[[str], Attributes] = lambda _: Attributes("", (), False)
        self.is_defined: Callable[[str], bool] = lambda _: False
        self.asks_lines = False  # whether any file of the unit says `__LINE__`
        self._declared: dict[int | None, Declared] = {}

    def declared(self, reference: clang.Cursor) -> Declared:
        """Return the declaration that a DeclRefExpr names."""
        cursor = self.lib.clang_getCursorReferenced(reference)
        known = self._declared.get(cursor.d0)
        if known is None:
            known = self._declared[cursor.d0] = self._describe(cursor)
        return known

    def printed(self, cursor: clang.Cursor) -> str:
        """Return a declaration as the compiler understood it, macros expanded."""
        policy = self.lib.clang_getCursorPrintingPolicy(cursor)
        try:
            return clang.text(self.lib.clang_getCursorPrettyPrinted(cursor, policy))
        finally:
            self.lib.clang_PrintingPolicy_dispose(policy)

    def _describe(self, cursor: clang.Cursor) -> Declared:
        name = clang.text(self.lib.clang_getCursorSpelling(cursor))
        type_ = self.types.of_cursor(cursor)
        kind, value = "other", -1
        also: tuple[str, ...] = ()
        if cursor.kind == kinds.ENUM_CONSTANT:
            kind, value = "constant", self.lib.clang_getEnumConstantDeclValue(cursor)
            also = self._defined_as(cursor)
        elif cursor.kind == kinds.FUNCTION_DECL:
            kind = "function"
        elif cursor.kind == kinds.PARM_DECL:
            kind = "local"
            type_ = CType.decayed(type_) if type_.kind == types.ARRAY else type_
        elif cursor.kind == kinds.VAR_DECL:
            kind = self._storage(cursor)
            if type_.kind == types.POINTER and type_.target.kind == types.FUNCTION:
                value = helper_number(cursor)
            if kind == "static":
                parent = self.lib.clang_getCursorSemanticParent(cursor)
                name = f"{clang.text(self.lib.clang_getCursorSpelling(parent))}.{name}"
        return Declared(kind, name, type_, value, cursor, also)

    def _defined_as(self, enumerator: clang.Cursor) -> tuple[str, ...]:
        """Return the enumerators that one is defined as: `OTHER = ONE`."""
        for node in clang.children(enumerator):
            while node.kind in (kinds.UNEXPOSED_EXPR, kinds.PAREN, kinds.CAST):
                inner = [c for c in clang.children(node) if kinds.is_expression(c.kind)]
                if not inner:
                    return ()
                node = inner[-1]
            if node.kind == kinds.DECL_REF:
                declared = self.declared(node)
                if declared.kind == "constant":
                    return (declared.name, *declared.also)
        return ()

    def _storage(self, cursor: clang.Cursor) -> str:
        if self.lib.clang_Cursor_hasVarDeclGlobalStorage(cursor) != 1:
            return "local"
        if self.lib.clang_Cursor_getStorageClass(cursor) == STATIC:
            parent = self.lib.clang_getCursorSemanticParent(cursor)
            if parent.kind == kinds.FUNCTION_DECL:
                return "static"
        return "global"


def helper_number(cursor: clang.Cursor) -> int:
    """Return the helper number that initialises a function pointer.

    -1 where no integer initialises it, NOT_A_HELPER where the integer is no helper's.
    """
    lib = clang.library()
    node = lib.clang_Cursor_getVarDeclInitializer(cursor)
    while kinds.is_expression(node.kind):
        parts = [c for c in clang.children(node) if kinds.is_expression(c.kind)]
        if node.kind not in (kinds.UNEXPOSED_EXPR, kinds.CAST, kinds.PAREN) or not parts:
            break
        inner = parts[-1]
        if lib.clang_getCanonicalType(lib.clang_getCursorType(node)).kind != 101:
            break
        node = inner
    value = clang.evaluate(node) if kinds.is_expression(node.kind) else None
    if value is None:
        return -1
    return value if is_helper(value) else NOT_A_HELPER


def read_attributes(texts: list[str]) -> Attributes:
    """Return what the pretty-printed declarations of a function say about it."""
    section, tags, fails, weak = "", {}, False, False
    for text in texts:
        found = _SECTION.findall(text)
        # libbpf: "?" before a section leaves it to the loader whether it is loaded.
        section = found[-1].removeprefix("?") if found else section
        tags.update(dict.fromkeys(_TAG.findall(text)))
        fails = fails or bool(_ERROR.search(text))
        weak = weak or _WEAK in text
    return Attributes(section, tuple(tags), fails, weak)
