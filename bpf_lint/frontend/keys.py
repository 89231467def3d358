"""Content keys of functions: equal keys mean equal IR.

A key covers the function's pretty-printed text, its place, and the text of every
declaration that the text mentions, directly or through other declarations: types, globals
without their values, prototypes, helper variables with their numbers. Names of macros are
not in that text; `bpf_lint.frontend.macros` covers them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from bpf_lint.frontend import clang, kinds

_NAME = re.compile(rb"[A-Za-z_]\w*")
_ANONYMOUS_AT = re.compile(rb"\((?:unnamed|anonymous)[^()]* at ([^()]*:\d+:\d+)\)")
_ENUMERATOR = re.compile(rb"(\w+)(?: = [^,\n]*)?,?\n")


class Declaration:
    """A top-level declaration; its text is pretty-printed when first asked for."""

    __slots__ = ("_policy", "_text", "cursor", "defined", "kind", "name")

    def __init__(self, cursor: clang.Cursor, policy: int) -> None:
        lib = clang.library()
        self.cursor = cursor
        self.kind = cursor.kind
        self.name = clang.text(lib.clang_getCursorSpelling(cursor))
        self.defined = bool(lib.clang_isCursorDefinition(cursor))
        self._policy = policy
        self._text: bytes | None = None

    @property
    def text(self) -> bytes:
        """The declaration as the compiler understood it, macros expanded."""
        if self._text is None:
            lib = clang.library()
            printed = lib.clang_getCursorPrettyPrinted(self.cursor, self._policy)
            self._text = clang.raw_text(printed)
        return self._text

    @property
    def interface(self) -> bytes:
        """What the code that uses the declaration depends on."""
        text = self.text
        if self.kind == kinds.FUNCTION_DECL:
            head = text.partition(b" {\n")[0]
            return head + (b" {}" if self.defined else b"")
        if self.kind == kinds.VAR_DECL:
            head, _, _ = text.partition(b" = ")
            return text if b"(*" in head else head
        if self.kind in (kinds.STRUCT_DECL, kinds.UNION_DECL):
            lib = clang.library()
            size = lib.clang_Type_getSizeOf(lib.clang_getCursorType(self.cursor))
            return text + b" %d" % size
        return text


class Tokens:
    """Names in texts; texts repeat over configurations, so the answers are kept."""

    def __init__(self) -> None:
        self._known: dict[bytes, frozenset[bytes]] = {}

    def of(self, text: bytes) -> frozenset[bytes]:
        """Return the identifiers of a text, and the places of unnamed records it mentions."""
        known = self._known.get(text)
        if known is None:
            names = set(_NAME.findall(text))
            names.update(_ANONYMOUS_AT.findall(text))
            known = self._known[text] = frozenset(names)
        return known


class KeyMaker:
    """Keys of the functions of one translation unit."""

    def __init__(self, tokens: Tokens, declarations: Iterable[Declaration], base: bytes) -> None:
        self._tokens = tokens
        self._base = base
        self._declarations: list[Declaration] = []
        self._digests: dict[int, bytes] = {}
        self._by_name: dict[bytes, list[int]] = {}
        self._closure_digests: dict[int, bytes] = {}
        self._closures: dict[int, frozenset[int]] = {}
        for declaration in declarations:
            self._add(declaration)

    def key(self, text: bytes, name: str, place: str, extra: bytes) -> str:
        """Return the key of a function with this text at this place."""
        names = self._tokens.of(text) & self._by_name.keys() | {name.encode()}
        digests = {
            self._closure_digest(number)
            for mentioned in names
            for number in self._by_name.get(mentioned, ())
        }
        state = blake2b(self._base, digest_size=16)
        for part in (text, place.encode(), extra, *sorted(digests)):
            state.update(len(part).to_bytes(4, "little"))
            state.update(part)
        return state.hexdigest()

    def _add(self, declaration: Declaration) -> None:
        number = len(self._declarations)
        self._declarations.append(declaration)
        names = {declaration.name.encode()}
        if declaration.kind == kinds.ENUM_DECL:
            names.update(_ENUMERATOR.findall(declaration.text))
        if "(" in declaration.name:
            names.update(_ANONYMOUS_AT.findall(declaration.name.encode()))
        for name in names:
            self._by_name.setdefault(name, []).append(number)

    def _digest(self, number: int) -> bytes:
        known = self._digests.get(number)
        if known is None:
            text = self._declarations[number].interface
            known = self._digests[number] = blake2b(text, digest_size=16).digest()
        return known

    def _closure_digest(self, number: int) -> bytes:
        known = self._closure_digests.get(number)
        if known is None:
            digests = sorted(map(self._digest, self._closure(number)))
            known = blake2b(b"".join(digests), digest_size=16).digest()
            self._closure_digests[number] = known
        return known

    def _closure(self, start: int) -> frozenset[int]:
        """Return the declarations that one depends on, itself included."""
        known = self._closures.get(start)
        if known is not None:
            return known
        reached = {start}
        work = [start]
        while work:
            for number in self._mentioned(work.pop()):
                if number in reached:
                    continue
                complete = self._closures.get(number)
                if complete is not None:
                    reached |= complete
                else:
                    reached.add(number)
                    work.append(number)
        closure = self._closures[start] = frozenset(reached)
        return closure

    def _mentioned(self, number: int) -> list[int]:
        tokens = self._tokens.of(self._declarations[number].interface)
        return [n for token in tokens & self._by_name.keys() for n in self._by_name[token]]
