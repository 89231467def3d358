"""The few functions of libclang that the front end calls, bound without wrappers.

The binding of the `clang` package makes Python objects with methods; reading the same
structures directly costs a fifth, and some functions used here are not in it.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_longlong, c_uint, c_void_p
from functools import lru_cache
from importlib.util import find_spec
from typing import Any


class Cursor(ctypes.Structure):
    """CXCursor; for declarations `d0` is the declaration, for statements `d1` the statement."""

    _fields_ = [
        ("kind", c_int),
        ("xdata", c_int),
        ("d0", c_void_p),
        ("d1", c_void_p),
        ("d2", c_void_p),
    ]
    kind: int
    d0: int | None
    d1: int | None


class Type(ctypes.Structure):
    """CXType; `d0` identifies the qualified type within its translation unit."""

    _fields_ = [("kind", c_int), ("d0", c_void_p), ("d1", c_void_p)]
    kind: int
    d0: int | None


class String(ctypes.Structure):
    """CXString."""

    _fields_ = [("data", c_void_p), ("flags", c_uint)]


class Location(ctypes.Structure):
    """CXSourceLocation; `raw` identifies the location within its translation unit."""

    _fields_ = [("p0", c_void_p), ("p1", c_void_p), ("raw", c_uint)]
    raw: int


class Range(ctypes.Structure):
    """CXSourceRange."""

    _fields_ = [("p0", c_void_p), ("p1", c_void_p), ("begin", c_uint), ("end", c_uint)]


class Token(ctypes.Structure):
    """CXToken."""

    _fields_ = [("int_data", c_uint * 4), ("ptr_data", c_void_p)]


class UnsavedFile(ctypes.Structure):
    """CXUnsavedFile: contents that stand for a file."""

    _fields_ = [("name", c_char_p), ("contents", c_char_p), ("length", ctypes.c_ulong)]


VISITOR = ctypes.CFUNCTYPE(c_int, Cursor, Cursor, c_void_p)
FIELD_VISITOR = ctypes.CFUNCTYPE(c_int, Cursor, c_void_p)
INCLUSION_VISITOR = ctypes.CFUNCTYPE(None, c_void_p, POINTER(Location), c_uint, c_void_p)
BREAK, CONTINUE, RECURSE = 0, 1, 2

_OUT = (POINTER(c_void_p), POINTER(c_uint), POINTER(c_uint), POINTER(c_uint))
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "createIndex": (c_void_p, (c_int, c_int)),
    "disposeIndex": (None, (c_void_p,)),
    "parseTranslationUnit2": (
        c_int,
        (
            c_void_p,
            c_char_p,
            POINTER(c_char_p),
            c_int,
            POINTER(UnsavedFile),
            c_uint,
            c_uint,
            POINTER(c_void_p),
        ),
    ),
    "disposeTranslationUnit": (None, (c_void_p,)),
    "getTranslationUnitCursor": (Cursor, (c_void_p,)),
    "getInclusions": (None, (c_void_p, INCLUSION_VISITOR, c_void_p)),
    "getNumDiagnostics": (c_uint, (c_void_p,)),
    "getDiagnostic": (c_void_p, (c_void_p, c_uint)),
    "getDiagnosticSeverity": (c_int, (c_void_p,)),
    "getDiagnosticSpelling": (String, (c_void_p,)),
    "getDiagnosticLocation": (Location, (c_void_p,)),
    "disposeDiagnostic": (None, (c_void_p,)),
    "getCString": (c_char_p, (String,)),
    "disposeString": (None, (String,)),
    "getClangVersion": (String, ()),
    "visitChildren": (c_uint, (Cursor, VISITOR, c_void_p)),
    "isCursorDefinition": (c_uint, (Cursor,)),
    "getCursorType": (Type, (Cursor,)),
    "getCursorSpelling": (String, (Cursor,)),
    "getCursorReferenced": (Cursor, (Cursor,)),
    "getCursorSemanticParent": (Cursor, (Cursor,)),
    "getCursorLocation": (Location, (Cursor,)),
    "getCursorExtent": (Range, (Cursor,)),
    "getRangeStart": (Location, (Range,)),
    "getRangeEnd": (Location, (Range,)),
    "getExpansionLocation": (None, (Location, *_OUT)),
    "getFileLocation": (None, (Location, *_OUT)),
    "getRange": (Range, (Location, Location)),
    "tokenize": (None, (c_void_p, Range, POINTER(c_void_p), POINTER(c_uint))),
    "getTokenLocation": (Location, (c_void_p, Token)),
    "disposeTokens": (None, (c_void_p, c_void_p, c_uint)),
    "getFileName": (String, (c_void_p,)),
    "getCursorPrintingPolicy": (c_void_p, (Cursor,)),
    "getCursorPrettyPrinted": (String, (Cursor, c_void_p)),
    "PrintingPolicy_dispose": (None, (c_void_p,)),
    "getCursorBinaryOperatorKind": (c_int, (Cursor,)),
    "getCursorUnaryOperatorKind": (c_int, (Cursor,)),
    "Cursor_Evaluate": (c_void_p, (Cursor,)),
    "EvalResult_getKind": (c_int, (c_void_p,)),
    "EvalResult_getAsLongLong": (c_longlong, (c_void_p,)),
    "EvalResult_dispose": (None, (c_void_p,)),
    "Cursor_getVarDeclInitializer": (Cursor, (Cursor,)),
    "Cursor_getStorageClass": (c_int, (Cursor,)),
    "Cursor_hasVarDeclGlobalStorage": (c_int, (Cursor,)),
    "Cursor_getOffsetOfField": (c_longlong, (Cursor,)),
    "Cursor_isBitField": (c_uint, (Cursor,)),
    "getFieldDeclBitWidth": (c_int, (Cursor,)),
    "getEnumConstantDeclValue": (c_longlong, (Cursor,)),
    "getEnumDeclIntegerType": (Type, (Cursor,)),
    "getCanonicalType": (Type, (Type,)),
    "getPointeeType": (Type, (Type,)),
    "getArrayElementType": (Type, (Type,)),
    "getArraySize": (c_longlong, (Type,)),
    "getResultType": (Type, (Type,)),
    "getTypeDeclaration": (Cursor, (Type,)),
    "getTypeSpelling": (String, (Type,)),
    "isConstQualifiedType": (c_uint, (Type,)),
    "isVolatileQualifiedType": (c_uint, (Type,)),
    "Type_getSizeOf": (c_longlong, (Type,)),
    "Type_visitFields": (c_uint, (Type, FIELD_VISITOR, c_void_p)),
    "getTranslationUnitTargetInfo": (c_void_p, (c_void_p,)),
    "TargetInfo_getTriple": (String, (c_void_p,)),
    "TargetInfo_dispose": (None, (c_void_p,)),
}


@lru_cache(maxsize=1)
def library() -> Any:
    """Return libclang with its signatures set.

    Raises:
        OSError: If libclang is not installed or lacks a function.
    """
    lib = ctypes.CDLL(_library_path())
    for name, (result, arguments) in _SIGNATURES.items():
        try:
            function = getattr(lib, f"clang_{name}")
        except AttributeError as error:
            raise OSError(f"libclang is too old: it has no clang_{name}") from error
        function.restype, function.argtypes = result, arguments
    return lib


def _library_path() -> str:
    spec = find_spec("clang")
    if spec is None or not spec.submodule_search_locations:
        raise OSError("the Python package libclang is not installed")
    native = os.path.join(spec.submodule_search_locations[0], "native")
    for name in ("libclang.so", "libclang.dylib", "libclang.dll"):
        if os.path.exists(path := os.path.join(native, name)):
            return path
    raise OSError(f"no libclang library in {native}")


def text(string: String) -> str:
    """Return a CXString as str and free it."""
    return raw_text(string).decode("utf-8", "replace")


def raw_text(string: String) -> bytes:
    """Return a CXString as bytes and free it."""
    lib = library()
    value: bytes | None = lib.clang_getCString(string)
    lib.clang_disposeString(string)
    return value or b""


def version() -> str:
    """Return the version of libclang as it names itself."""
    return text(library().clang_getClangVersion())


def children(cursor: Cursor) -> list[Cursor]:
    """Return the direct children of a cursor."""
    found: list[Cursor] = []

    def visit(child: Cursor, _parent: Cursor, _data: int) -> int:
        found.append(child)
        return CONTINUE

    library().clang_visitChildren(cursor, VISITOR(visit), None)
    return found


def evaluate(cursor: Cursor) -> int | None:
    """Return the value of an integer constant expression, None for anything else."""
    lib = library()
    result = lib.clang_Cursor_Evaluate(cursor)
    if not result:
        return None
    value = None
    if lib.clang_EvalResult_getKind(result) == 1:
        value = int(lib.clang_EvalResult_getAsLongLong(result))
    lib.clang_EvalResult_dispose(result)
    return value


def string_bytes(cursor: Cursor) -> bytes:
    """Return the contents of a string literal, escapes resolved, without the final zero."""
    written = string_value(cursor).encode("utf-8")
    return written.decode("unicode_escape", "replace").encode("latin-1", "replace")


def string_value(cursor: Cursor) -> str:
    """Return the contents of a string literal, escapes as written."""
    spelling = text(library().clang_getCursorSpelling(cursor))
    return spelling.partition('"')[2].removesuffix('"')
