"""C types of a translation unit, reduced to what lowering needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from bpf_lint.frontend import clang

VOID: Final = "void"
BOOL: Final = "bool"
INT: Final = "int"
POINTER: Final = "pointer"
ARRAY: Final = "array"
RECORD: Final = "record"
FUNCTION: Final = "function"
OTHER: Final = "other"

_INT_KINDS = frozenset((*range(4, 21), 106))
_SIGNED_KINDS = frozenset(range(13, 21))
_SIMPLE_KINDS = {2: VOID, 3: BOOL, 101: POINTER, 105: RECORD, 110: FUNCTION, 111: FUNCTION}
_ARRAY_KINDS = frozenset((112, 114, 115))
_ENUM_KIND = 106
_UNEXPOSED_KIND = 1


class CType:
    """A canonical type: its class, size in bits, sign, and what it is made of."""

    __slots__ = ("_members", "_target", "bits", "count", "kind", "signed", "table", "tag", "type")

    def __init__(self, table: TypeTable, type_: clang.Type) -> None:
        self.table = table
        self.type = type_
        self.kind = _classify(type_.kind)
        # The type of an overloaded builtin has none: asking for it ends the process.
        size = table.lib.clang_Type_getSizeOf(type_) if type_.kind != _UNEXPOSED_KIND else 0
        self.bits = size * 8 if size > 0 and self.kind not in (VOID, FUNCTION) else 0
        self.signed = type_.kind in _SIGNED_KINDS
        if type_.kind == _ENUM_KIND:
            declaration = table.lib.clang_getTypeDeclaration(type_)
            base = table.lib.clang_getEnumDeclIntegerType(declaration)
            canonical = table.lib.clang_getCanonicalType(base)
            self.signed = canonical.kind in _SIGNED_KINDS
        self.count = table.lib.clang_getArraySize(type_) if type_.kind == 112 else 0
        self.tag = ""
        if self.kind == RECORD:
            declaration = table.lib.clang_getTypeDeclaration(type_)
            name = clang.text(table.lib.clang_getCursorSpelling(declaration))
            self.tag = "" if "(" in name else name
        self._target: CType | None = None
        self._members: Members | None = None

    @classmethod
    def decayed(cls, array: CType) -> CType:
        """Return the pointer type that a parameter of array type really has."""
        pointer = cls(array.table, array.type)
        pointer.kind, pointer.bits, pointer.signed = POINTER, 64, False
        pointer._target = array.target
        return pointer

    @property
    def is_scalar(self) -> bool:
        """True for values that fit a register."""
        return self.kind in (INT, POINTER, BOOL, OTHER)

    @property
    def is_address(self) -> bool:
        """True for pointers, and arrays, whose value is their address."""
        return self.kind in (POINTER, ARRAY)

    @property
    def width(self) -> tuple[int, bool]:
        """(bits, signed) of a value; an array's value is an address."""
        return (64, False) if self.kind == ARRAY else (self.bits, self.signed)

    @property
    def is_aggregate(self) -> bool:
        """True for records and arrays."""
        return self.kind in (RECORD, ARRAY)

    @property
    def target(self) -> CType:
        """What a pointer points to, an array holds, a function returns."""
        if self._target is None:
            lib = self.table.lib
            if self.kind == POINTER:
                target = lib.clang_getPointeeType(self.type)
            elif self.kind == ARRAY:
                target = lib.clang_getArrayElementType(self.type)
            else:
                target = lib.clang_getResultType(self.type)
            self._target = self.table.of(target)
        return self._target

    @property
    def stride(self) -> int:
        """Bits between elements of a pointer or array; 8 for void and functions, as GNU C."""
        return self.target.bits if self.target.kind not in (VOID, FUNCTION) else 8

    @property
    def members(self) -> Members:
        """Members of a record, those of anonymous records included."""
        if self._members is None:
            self._members = Members(self)
        return self._members


class Member(NamedTuple):
    """A member: its offset from the record's start and its width, in bits."""

    name: str
    offset: int
    width: int
    type: CType
    identity: int | None
    anonymous: bool


class Members:
    """Members of a record, by declaration and by name."""

    def __init__(self, record: CType) -> None:
        self.ordered: list[Member] = []
        self.by_identity: dict[int | None, Member] = {}
        self.by_name: dict[str, Member] = {}
        for cursor in _field_cursors(record):
            self._add(record.table, cursor)

    def _add(self, table: TypeTable, cursor: clang.Cursor) -> None:
        lib = table.lib
        type_ = table.of(lib.clang_getCursorType(cursor))
        name = clang.text(lib.clang_getCursorSpelling(cursor))
        anonymous = not name or "(" in name
        offset = lib.clang_Cursor_getOffsetOfField(cursor)
        width = type_.bits
        if lib.clang_Cursor_isBitField(cursor):
            width = lib.clang_getFieldDeclBitWidth(cursor)
        member = Member("" if anonymous else name, offset, width, type_, cursor.d0, anonymous)
        self.ordered.append(member)
        self.by_identity[cursor.d0] = member
        if not anonymous:
            self.by_name[name] = member
        elif type_.kind == RECORD:
            self._adopt(member)

    def _adopt(self, owner: Member) -> None:
        for inner in owner.type.members.by_identity.values():
            moved = inner._replace(offset=owner.offset + inner.offset)
            self.by_identity[inner.identity] = moved
            if inner.name:
                self.by_name[inner.name] = moved


def _field_cursors(record: CType) -> list[clang.Cursor]:
    found: list[clang.Cursor] = []

    def visit(cursor: clang.Cursor, _data: int) -> int:
        found.append(cursor)
        return 1

    record.table.lib.clang_Type_visitFields(record.type, clang.FIELD_VISITOR(visit), None)
    return found


def _classify(kind: int) -> str:
    if kind in _INT_KINDS:
        return INT
    if kind in _ARRAY_KINDS:
        return ARRAY
    return _SIMPLE_KINDS.get(kind, OTHER)


class TypeTable:
    """Types of one translation unit, each made once."""

    def __init__(self) -> None:
        self.lib = clang.library()
        self._known: dict[int | None, CType] = {}
        self._of_cursor: Callable[[clang.Cursor], clang.Type] = self.lib.clang_getCursorType

    def of(self, type_: clang.Type) -> CType:
        """Return the canonical type behind a libclang type."""
        known = self._known.get(type_.d0)
        if known is None:
            canonical = self.lib.clang_getCanonicalType(type_)
            known = self._known.get(canonical.d0)
            if known is None:
                known = self._known[canonical.d0] = CType(self, canonical)
            self._known[type_.d0] = known
        return known

    def of_cursor(self, cursor: clang.Cursor) -> CType:
        """Return the type of an expression or declaration."""
        return self.of(self._of_cursor(cursor))
