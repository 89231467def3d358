"""One translation unit: parsed, and lowered as far as its entries reach."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from ctypes import byref, c_char_p, c_void_p
from typing import TYPE_CHECKING

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import Attributes, Context, read_attributes
from bpf_lint.frontend.flags import Arguments
from bpf_lint.frontend.keys import Declaration, KeyMaker
from bpf_lint.frontend.lowering import lower_function
from bpf_lint.frontend.macros import MacroReach
from bpf_lint.frontend.maps import is_map, read_map
from bpf_lint.frontend.places import relative
from bpf_lint.frontend.tree import Tree, build
from bpf_lint.frontend.variables import read_variable
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place

if TYPE_CHECKING:
    from bpf_lint.frontend.frontend import FrontEnd

_SEVERITIES = {2: "warning", 3: "error", 4: "fatal"}
_RECURSION_LIMIT = 12_000
_LOWERING_VERSION = b"1"


class TranslationUnit:
    """libclang's handle, freed when the block ends."""

    def __init__(self, index: int, path: str, arguments: Arguments) -> None:
        self.lib = clang.library()
        self.handle = c_void_p()
        encoded = [flag.encode() for flag in arguments.flags]
        array = (c_char_p * len(encoded))(*encoded)
        header = arguments.header.encode()
        unsaved = clang.UnsavedFile(arguments.header_path.encode(), header, len(header))
        self.status = self.lib.clang_parseTranslationUnit2(
            index, path.encode(), array, len(encoded), byref(unsaved), 1, 0, byref(self.handle)
        )

    def __enter__(self) -> TranslationUnit:
        return self

    def __exit__(self, *_: object) -> None:
        if self.handle:
            self.lib.clang_disposeTranslationUnit(self.handle)

    def files(self) -> list[str]:
        """Return the names of all files read, as the compiler opened them."""
        found: list[str] = []

        def visit(file: int, _stack: int, _depth: int, _data: int) -> None:
            found.append(clang.text(self.lib.clang_getFileName(file)))

        self.lib.clang_getInclusions(self.handle, clang.INCLUSION_VISITOR(visit), None)
        return found

    def triple(self) -> str:
        """Return the target that the unit was parsed for."""
        info = self.lib.clang_getTranslationUnitTargetInfo(self.handle)
        triple = clang.text(self.lib.clang_TargetInfo_getTriple(info))
        self.lib.clang_TargetInfo_dispose(info)
        return triple


class UnitReader:
    """Reads one parsed translation unit into an `ir.Unit`."""

    def __init__(
        self, owner: FrontEnd, unit: TranslationUnit, path: str, arguments: Arguments, root: str
    ) -> None:
        self.owner = owner
        self.unit = unit
        self.path = path
        self.root = root
        self.arguments = arguments
        self.context = Context(root, owner.texts, unit.handle)
        self.lib = clang.library()

    def read(self, layouts: Sequence[str], roots: Sequence[str]) -> ir.Unit:
        """Return the unit; with compiler errors, only its files and errors."""
        errors = tuple(self._errors())
        files = tuple(self._files())
        if errors:
            return empty_unit(relative(self.path, self.root), errors, files)
        self._declare()
        entries, functions, errors = self._functions(roots)
        variables, maps = self._variables(functions)
        return ir.Unit(
            path=relative(self.path, self.root),
            functions=functions,
            entries=entries,
            variables=variables,
            maps=maps,
            layouts=self._layouts(layouts),
            files=files,
            errors=errors,
            defined=len(self.definitions),
        )

    def _errors(self) -> Iterator[ir.Diagnostic]:
        handle = self.unit.handle
        for number in range(self.lib.clang_getNumDiagnostics(handle)):
            diagnostic = self.lib.clang_getDiagnostic(handle, number)
            severity = self.lib.clang_getDiagnosticSeverity(diagnostic)
            if severity >= 3:
                text = clang.text(self.lib.clang_getDiagnosticSpelling(diagnostic))
                location = self.lib.clang_getDiagnosticLocation(diagnostic)
                place = self.context.places.at(location)
                yield ir.Diagnostic(_SEVERITIES.get(severity, "error"), text, place)
            self.lib.clang_disposeDiagnostic(diagnostic)

    def _files(self) -> Iterator[str]:
        for name in self.unit.files():
            path = os.path.join(self.root, name)
            if path != self.arguments.header_path:
                yield path

    def _declare(self) -> None:
        """Collect top-level declarations with their texts."""
        cursor = self.lib.clang_getTranslationUnitCursor(self.unit.handle)
        policy = self.lib.clang_getCursorPrintingPolicy(cursor)
        self.declarations: list[Declaration] = []
        self.definitions: dict[str, Declaration] = {}
        self.texts_of: dict[str, list[str]] = {}
        for child in clang.children(cursor):
            declaration = self._declaration(child, policy)
            self.declarations.append(declaration)
            if declaration.kind == kinds.FUNCTION_DECL:
                if declaration.defined:
                    self.definitions[declaration.name] = declaration
                head = declaration.text.partition(b" {\n")[0].decode("utf-8", "replace")
                self.texts_of.setdefault(declaration.name, []).append(head)
        self.lib.clang_PrintingPolicy_dispose(policy)
        self.attributes: dict[str, Attributes] = {}
        self.context.attributes = self._attributes
        self.context.is_defined = self.definitions.__contains__

    def _declaration(self, cursor: clang.Cursor, policy: int) -> Declaration:
        name = clang.text(self.lib.clang_getCursorSpelling(cursor))
        text = clang.raw_text(self.lib.clang_getCursorPrettyPrinted(cursor, policy))
        defined = bool(self.lib.clang_isCursorDefinition(cursor))
        return Declaration(cursor.kind, name, text, cursor, defined)

    def _attributes(self, name: str) -> Attributes:
        known = self.attributes.get(name)
        if known is None:
            known = self.attributes[name] = read_attributes(self.texts_of.get(name, []))
        return known

    def _functions(
        self, roots: Sequence[str]
    ) -> tuple[tuple[str, ...], dict[str, ir.Function], tuple[ir.Diagnostic, ...]]:
        """Lower what the entries reach."""
        entries = [name for name in self.definitions if self._attributes(name).section]
        base = b"|".join((
            _LOWERING_VERSION,
            clang.version().encode(),
            self.unit.triple().encode(),
            self.arguments.relevant.encode(),
        ))
        keys = KeyMaker(self.owner.tokens, self.declarations, base)
        files = {os.path.normpath(name) for name in self._files()}
        files.add(self.arguments.header_path)
        reach = MacroReach(self.owner.macros, sorted(files), self.arguments.header.encode())
        functions: dict[str, ir.Function] = {}
        errors: list[ir.Diagnostic] = []
        work = [*reversed(entries), *roots]
        while work:
            name = work.pop()
            declaration = self.definitions.get(name)
            if declaration is None or name in functions:
                continue
            try:
                function = self._function(declaration, keys, reach)
            except RecursionError:
                place = self.context.places.of(declaration.cursor)
                errors.append(ir.Diagnostic("error", f"{name} is nested too deeply", place))
                continue
            functions[name] = function
            work.extend(reversed(function.calls))
        ordered = {n: functions[n] for n in self.definitions if n in functions}
        return tuple(entries), {} if errors else ordered, tuple(errors)

    def _function(
        self, declaration: Declaration, keys: KeyMaker, reach: MacroReach
    ) -> ir.Function:
        place = self.context.places.of(declaration.cursor)
        attributes = self._attributes(declaration.name)
        where = f"{place.path}:{place.line}:{place.column}:{place.spelling}:{attributes}"
        source = self.context.places.source(declaration.cursor)
        key = keys.key(declaration.text, declaration.name, where, reach.digest(source))
        function = self.owner.store.get(key)
        if function is None:
            text = declaration.text.decode("utf-8", "replace")
            function = lower_function(self.context, declaration.cursor, key, attributes, text)
            self.owner.store.put(key, function)
            self.owner.lowered += 1
        return function

    def _variables(
        self, functions: dict[str, ir.Function]
    ) -> tuple[dict[str, ir.Variable], dict[str, ir.Map]]:
        variables: dict[str, ir.Variable] = {}
        maps: dict[str, ir.Map] = {}
        for declaration in self.declarations:
            if declaration.kind != kinds.VAR_DECL:
                continue
            cursor, name = declaration.cursor, declaration.name
            type_ = self.context.types.of_cursor(cursor)
            if type_.kind == types.POINTER and type_.target.kind == types.FUNCTION:
                continue
            section = read_attributes([declaration.text.decode("utf-8", "replace")]).section
            section = section or (variables[name].section if name in variables else "")
            if is_map(type_, section):
                maps[name] = read_map(self.context, cursor, name, section)
                continue
            variable = read_variable(self.context, cursor, name, section)
            known = variables.get(name)
            if known is None or variable.initial or not known.defined:
                variables[name] = variable
        for function in functions.values():
            variables.update(self._statics(function))
        return variables, maps

    def _statics(self, function: ir.Function) -> Iterator[tuple[str, ir.Variable]]:
        """Yield the static variables of a function, named "function.variable"."""
        prefix = f"{function.name}."
        if not any(name.startswith(prefix) for name in function.globals):
            return
        work: list[Tree] = [build(self.definitions[function.name].cursor, self.context.types)]
        while work:
            tree = work.pop()
            work.extend(tree.children)
            if tree.kind != kinds.VAR_DECL:
                continue
            name = prefix + clang.text(self.lib.clang_getCursorSpelling(tree.cursor))
            if name in function.globals:
                yield name, read_variable(self.context, tree.cursor, name, "")

    def _layouts(self, wanted: Sequence[str]) -> dict[str, tuple[int, int]]:
        records = {name.partition(".")[0] for name in wanted}
        known: dict[str, types.CType] = {}
        for declaration in self.declarations:
            if declaration.name in records and declaration.defined:
                type_ = self.context.types.of_cursor(declaration.cursor)
                if type_.kind == types.RECORD and type_.bits:
                    known[declaration.name] = type_
        layouts: dict[str, tuple[int, int]] = {}
        for name in wanted:
            record, _, path = name.partition(".")
            if record in known and (found := _find(known[record], path)) is not None:
                layouts[name] = found
        return layouts


def _find(type_: types.CType, path: str) -> tuple[int, int] | None:
    offset, width = 0, type_.bits
    for name in path.split("."):
        member = type_.members.by_name.get(name) if type_.kind == types.RECORD else None
        if member is None:
            return None
        offset, width, type_ = offset + member.offset, member.width, member.type
    return offset, width


def empty_unit(
    path: str, errors: tuple[ir.Diagnostic, ...], files: tuple[str, ...] = ()
) -> ir.Unit:
    """Return a unit that could not be read."""
    return ir.Unit(path, {}, (), {}, {}, {}, files, errors, 0)


def failure(path: str, root: str, text: str) -> ir.Unit:
    """Return a unit that failed before or beside the compiler."""
    name = relative(path, root)
    return empty_unit(name, (ir.Diagnostic("fatal", text, Place(name, 1)),))


def raise_recursion_limit() -> None:
    """Let lowering recurse into deeply nested code."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
