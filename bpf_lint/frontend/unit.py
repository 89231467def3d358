"""One parsed program read into an `ir.Unit`: lowered as far as its entries reach."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bpf_lint.cache.moved import Lines, moved
from bpf_lint.files.reach import Reach
from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.damage import Damage, missing_headers
from bpf_lint.frontend.declarations import Context
from bpf_lint.frontend.inventory import Inventory
from bpf_lint.frontend.kept import Kept
from bpf_lint.frontend.keys import Declaration, KeyMaker
from bpf_lint.frontend.lines import Uses
from bpf_lint.frontend.lowering import lower_function
from bpf_lint.frontend.macros import MacroReach
from bpf_lint.frontend.maps import is_map, read_map
from bpf_lint.frontend.places import relative
from bpf_lint.frontend.sections import given_sections
from bpf_lint.frontend.syntax import Syntax, build
from bpf_lint.frontend.translation import Inclusion, TranslationUnit
from bpf_lint.frontend.unwritten import fix_unwritten
from bpf_lint.frontend.variables import read_variable
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place

NOWHERE = "does not compile; the compiler does not say where"
HIDDEN = "does not compile; why is not shown, as it lies outside of the tree"

# Part of every key: raise it when the same source lowers to something else.
_LOWERING_VERSION = b"3"


class UnitReader:
    """Reads one translation unit."""

    def __init__(self, kept: Kept, unit: TranslationUnit, path: str, reach: Reach) -> None:
        self.kept = kept
        self.unit = unit
        self.reach = reach
        self.full_path = path
        self.path = relative(path, unit.root)
        self.context = Context(unit.root, kept.texts, unit.handle)

    def read(self, layouts: Sequence[str], roots: Sequence[str]) -> ir.Unit:
        """Return the unit; with compiler errors, what they leave whole."""
        inclusions = self.unit.inclusions()
        files = tuple(one.path for one in inclusions)
        # Nothing is said of a unit that read what it must not: it may quote that.
        strays = tuple(self._strays(inclusions))
        if strays:
            return empty_unit(self.path, strays)
        errors = tuple(self._errors())
        self.inventory = Inventory(self.unit)
        lines = self.context.texts.lines(self.full_path)
        self.inventory.given_sections = given_sections(
            self.inventory.declarations, lines, self.context.places, self.path
        )
        self.damage = Damage(errors, self.inventory, self.context.places) if errors else None
        self.opaque: dict[str, str] = {}
        self.context.attributes = self.inventory.attributes
        self.context.is_defined = self.inventory.definitions.__contains__
        uses = self.kept.lines.of(self._texts(files))
        self.context.asks_lines = bool(uses)
        variables, maps = self._variables()
        entries = self.inventory.entries()
        functions = self._functions([*entries, *roots], files, variables, maps)
        if self.opaque:
            self._forget(variables, maps)
        elif not self.damage:
            fix_unwritten(variables, functions.values())
        unit = ir.Unit(
            path=self.path,
            functions=functions,
            entries=tuple(name for name in entries if name in functions),
            variables=variables,
            maps=maps,
            layouts=self.inventory.layouts(layouts, self.context.types),
            files=files,
            errors=errors,
            defined=len(self.inventory.definitions),
            opaque=tuple(self.opaque.items()),
            missing=missing_headers(errors),
            loose=tuple(_said(one) for one in self.damage.loose) if self.damage else (),
            wanted=tuple(self._wanted(functions.values())),
            exports=tuple(self.inventory.exports()),
            counts=bool(uses) and self._counts_lines(uses),
        )
        self.inventory.close()
        return unit

    def _counts_lines(self, uses: Uses) -> bool:
        """True where a directive, or a declaration that is no function, asks for its line."""
        if any(one.directives for one in uses.values()):
            return True
        return any(
            not uses[path].lines.isdisjoint(range(first, last + 1))
            for declaration in self.inventory.declarations
            if declaration.kind != kinds.FUNCTION_DECL
            for path, first, last in [self.context.places.extent(declaration.cursor)]
            if path in uses
        )

    def _strays(self, inclusions: Iterable[Inclusion]) -> Iterator[ir.Diagnostic]:
        """Yield an error for each file outside of the reach."""
        for path, at in inclusions:
            why = self.kept.why_refused(path, self.reach)
            if why:
                place = self.context.places.at(at) if at else Place(self.path, 1)
                name = relative(os.path.normpath(path), self.unit.root)
                if not self._is_shown(place):
                    place = Place(self.path, 1)
                printable = name.encode(errors="backslashreplace").decode()
                yield ir.Diagnostic("fatal", f"{printable} {why}", place)

    def _is_shown(self, place: Place) -> bool:
        """True for a place that reports may quote the text of."""
        try:
            place.path.encode()
        except UnicodeEncodeError:
            return False
        return self.reach.shows(os.path.join(self.unit.root, place.path))

    def _errors(self) -> Iterator[ir.Diagnostic]:
        """Yield the compiler's errors; what it says of a file outside is left out."""
        for error in self.unit.errors(self.context.places):
            if not error.place.path:
                yield ir.Diagnostic(error.severity, NOWHERE, Place(self.path, 1))
            elif self._is_shown(error.place):
                yield error
            else:
                yield msgspec.structs.replace(error, text=HIDDEN)

    def _functions(
        self,
        roots: Sequence[str],
        files: Sequence[str],
        variables: dict[str, ir.Variable],
        maps: dict[str, ir.Map],
    ) -> dict[str, ir.Function]:
        """Lower what the roots reach by calls and addresses, also through initial values."""
        keys = self._keys()
        reach = self._reach(files)
        definitions = self.inventory.definitions
        functions: dict[str, ir.Function] = {}
        work = list(reversed(roots))
        while work:
            name = work.pop()
            if name in functions or name in self.opaque or name not in definitions:
                continue
            if self.damage and name in self.damage.functions:
                self.opaque[name] = _said(self.damage.functions[name])
                continue
            function = self._function(definitions[name], keys, reach)
            if self.damage and (unknown := self.damage.implicit(function)):
                self.opaque[name] = f"{function.place}: nothing declares {unknown}"
                continue
            functions[name] = function
            variables.update(self._statics(function))
            for mentioned in function.globals:
                if mentioned in variables:
                    work += [i.address for i in variables[mentioned].initial]
                elif mentioned in maps:
                    work += [slot for _, slot in maps[mentioned].slots]
            work += reversed(function.calls)
        return {name: functions[name] for name in definitions if name in functions}

    def _wanted(self, functions: Iterable[ir.Function]) -> list[str]:
        """Return what functions call and another unit can define."""
        called = {name for function in functions for name in function.calls}
        return sorted(filter(self.inventory.is_wanted, called))

    def _forget(self, variables: dict[str, ir.Variable], maps: dict[str, ir.Map]) -> None:
        """Take functions that are left out of prog arrays and initial values."""
        for name, map_ in maps.items():
            slots = tuple(slot for slot in map_.slots if slot[1] not in self.opaque)
            maps[name] = msgspec.structs.replace(map_, slots=slots)
        for name, variable in variables.items():
            initial = tuple(one for one in variable.initial if one.address not in self.opaque)
            variables[name] = msgspec.structs.replace(variable, initial=initial)

    def _keys(self) -> KeyMaker:
        parts = (clang.version(), self.unit.triple(), self.unit.arguments.relevant)
        base = b"|".join((_LOWERING_VERSION, *(part.encode() for part in parts)))
        return KeyMaker(self.kept.tokens, self.inventory.declarations, base)

    def _reach(self, files: Sequence[str]) -> MacroReach:
        flags = self.unit.arguments.header.encode()
        return MacroReach(self.kept.macros, self._texts(files), flags, self.unit.root)

    def _texts(self, files: Sequence[str]) -> list[str]:
        """Return the files that were read, and the header that stands for flags."""
        paths = {os.path.normpath(path) for path in files}
        return sorted(paths | {self.unit.arguments.header_path})

    def _function(self, declaration: Declaration, keys: KeyMaker, reach: MacroReach) -> ir.Function:
        place = self.context.places.of(declaration.cursor)
        attributes = self.inventory.attributes(declaration.name)
        source = self.context.places.source(declaration.cursor)

        def key_at(line: int, back: Lines) -> str:
            where = f"{place.path}:{line}:{place.column}:{attributes}"
            digest = reach.digest(source, back)
            return keys.key(declaration.text, declaration.name, where, digest)

        key = key_at(place.line, {})
        function = self.kept.store.get(key)
        if function is None and self.kept.back:
            then = self._line_then(declaration, place)
            old = self.kept.store.get(key_at(then, self.kept.back)) if then else None
            function = _there(old, key, self.kept.moved) if old else None
            if function:
                self.kept.store.put(key, function)
        if function is None:
            text = declaration.text.decode("utf-8", "replace")
            function = lower_function(self.context, declaration.cursor, key, attributes, text)
            self.kept.store.put(key, function)
            self.kept.lowered += 1
        return function

    def _line_then(self, declaration: Declaration, place: Place) -> int:
        """The line that a function was on, 0 where its lines have not moved together."""
        _, first, last = self.context.places.extent(declaration.cursor)
        if place.path not in self.kept.back:
            return place.line
        back = self.kept.back[place.path]
        then = back.get(place.line, 0)
        away = then - place.line
        lines = range(min(first, place.line), last + 1)
        return then if all(back.get(line) == line + away for line in lines) else 0

    def _variables(self) -> tuple[dict[str, ir.Variable], dict[str, ir.Map]]:
        """Return variables and maps; helpers, which are function pointers, are left out."""
        variables: dict[str, ir.Variable] = {}
        maps: dict[str, ir.Map] = {}
        for declaration in self.inventory.declarations:
            if declaration.kind != kinds.VAR_DECL:
                continue
            cursor, name = declaration.cursor, declaration.name
            type_ = self.context.types.of_cursor(cursor)
            section = self.inventory.attributes(name).section
            if is_map(type_, section):
                maps[name] = read_map(self.context, cursor, name, section)
                continue
            variable = read_variable(self.context, cursor, name, section)
            if _is_function_pointer(type_) and not any(i.address for i in variable.initial):
                continue
            known = variables.get(name)
            if known is None or variable.initial or not known.defined:
                variables[name] = variable
        return variables, maps

    def _statics(self, function: ir.Function) -> Iterator[tuple[str, ir.Variable]]:
        """Yield the static variables of a function, named "function.variable"."""
        prefix = f"{function.name}."
        if not any(name.startswith(prefix) for name in function.globals):
            return
        cursor = self.inventory.definitions[function.name].cursor
        work: list[Syntax] = [build(cursor, self.context.types)]
        while work:
            tree = work.pop()
            work.extend(tree.children)
            if tree.kind != kinds.VAR_DECL:
                continue
            name = prefix + clang.text(clang.library().clang_getCursorSpelling(tree.cursor))
            if name in function.globals:
                yield name, read_variable(self.context, tree.cursor, name, "")


def _there(function: ir.Function, key: str, lines: Lines) -> ir.Function | None:
    """A function where its lines are now; None where one of them is nowhere."""
    if function.counts:
        return None
    try:
        return msgspec.structs.replace(moved(function, lines), key=key)
    except KeyError:
        return None


def _said(error: ir.Diagnostic) -> str:
    return f"{error.place}: {error.text}"


def _is_function_pointer(type_: types.CType) -> bool:
    return type_.kind == types.POINTER and type_.target.kind == types.FUNCTION


def empty_unit(
    path: str, errors: tuple[ir.Diagnostic, ...], files: tuple[str, ...] = ()
) -> ir.Unit:
    """Return a unit that could not be read."""
    return ir.Unit(path, {}, (), {}, {}, {}, files, errors, 0)


def failure(path: str, root: str, text: str) -> ir.Unit:
    """Return a unit that failed before or beside the compiler."""
    name = relative(path, root)
    return empty_unit(name, (ir.Diagnostic("fatal", text, Place(name, 1)),))
