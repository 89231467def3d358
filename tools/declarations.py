"""C declarations of BTF types: complete, in an order that compiles, with the kernel's layout."""

from __future__ import annotations

from collections.abc import Iterable

import btf
from btf import Btf, Type

# Said once, by hand, so that <stdbool.h> and <stdarg.h> may come before or after.
BY_HAND = {"bool", "va_list", "__builtin_va_list", "__gnuc_va_list", "wchar_t"}
WORDS = {btf.STRUCT: "struct", btf.UNION: "union", btf.ENUM: "enum", btf.ENUM64: "enum"}


class Printer:
    """Collects the text of types, each after those that it needs.

    Args:
        types: The kernel's.
        wanted: Ids of the structures and unions that are defined; others are only declared.
    """

    def __init__(self, types: Btf, wanted: Iterable[int]) -> None:
        self.types = types
        self.wanted = {self.name_of(number) for number in wanted}
        self.done: set[str] = set(BY_HAND)
        self.declared: dict[str, None] = {}
        self.lines: list[str] = []
        self.holes = 0

    def text(self) -> str:
        """Everything that was asked for, declarations first."""
        return "\n".join([*(f"{one};" for one in self.declared), "", *self.lines, ""])

    def name_of(self, number: int) -> str:
        """Return "struct x", "enum x" or a typedef's name; "" for what has no name."""
        one = self.types.types[number]
        if not one.name:
            return ""
        return f"{WORDS[one.kind]} {one.name}" if one.kind in WORDS else one.name

    def define(self, number: int) -> None:
        """Write the definition of a type and of all that it needs before it."""
        one, name = self.types.types[number], self.name_of(number)
        if name in self.done:
            return
        if one.kind in (btf.STRUCT, btf.UNION):
            self.done.add(name)
            self.need_members(one)
            self.lines.append(f"{self.body(number, 0)};\n")
        elif one.kind in (btf.ENUM, btf.ENUM64):
            self.done.add(name)
            self.lines.append(f"{self.enumeration(one, 0)};\n")
        elif one.kind == btf.TYPEDEF:
            self.done.add(name)
            self.need(one.target)
            self.lines.append(f"typedef {self.declare(one.target, one.name, 0)};\n")

    def need(self, number: int) -> None:
        """What has to stand before a declaration that uses a type."""
        one = self.types.types[number]
        if one.kind == btf.PTR:
            self.need_behind(one.target)
        elif one.kind == btf.FUNC_PROTO:
            for target in (one.target, *(t for _, t in one.parameters)):
                self.need_behind(target)
        elif one.kind == btf.TYPEDEF or (one.name and one.kind in WORDS):
            self.define(number)
        elif one.kind in (btf.STRUCT, btf.UNION):
            self.need_members(one)
        elif one.target and one.kind in (btf.ARRAY, *btf.MODIFIERS):
            self.need(one.target)

    def need_behind(self, number: int) -> None:
        """What has to stand before a pointer to a type: a record need only be declared."""
        one = self.types.types[number]
        if one.kind in (btf.STRUCT, btf.UNION) and one.name:
            self.declared[self.name_of(number)] = None
        elif one.kind == btf.FWD:
            self.declared[f"{'union' if one.flag else 'struct'} {one.name}"] = None
        elif one.kind in (btf.CONST, btf.VOLATILE, btf.RESTRICT, btf.TYPE_TAG):
            self.need_behind(one.target)
        else:
            self.need(number)

    def need_members(self, record: Type) -> None:
        """What has to stand before a record."""
        for member in record.members:
            self.need(member.type)

    def declare(self, number: int, name: str, depth: int) -> str:
        """A declaration of `name` with a type."""
        one = self.types.types[number]
        if one.kind == btf.PTR:
            return self.declare(one.target, f"*{name}", depth)
        if one.kind == btf.ARRAY:
            return self.declare(one.target, f"{_wrapped(name)}[{one.count}]", depth)
        if one.kind == btf.FUNC_PROTO:
            parameters = [
                self.declare(t, "", depth).rstrip() if t else "..." for _, t in one.parameters
            ]
            listed = ", ".join(parameters) or "void"
            return self.declare(one.target, f"{_wrapped(name)}({listed})", depth)
        if one.kind in (btf.CONST, btf.VOLATILE):
            word = "const" if one.kind == btf.CONST else "volatile"
            inner = self.types.types[one.target]
            if inner.kind == btf.PTR:
                return self.declare(one.target, f"{word} {name}", depth)
            return f"{word} {self.declare(one.target, name, depth)}"
        if one.kind in (btf.RESTRICT, btf.TYPE_TAG):
            return self.declare(one.target, name, depth)
        return f"{self.specifier(number, depth)} {name}".rstrip()

    def specifier(self, number: int, depth: int) -> str:
        """A type's name, or its body where it has none."""
        one = self.types.types[number]
        if one.kind == btf.FWD:
            return f"{'union' if one.flag else 'struct'} {one.name}"
        if one.name:
            return self.name_of(number)
        if one.kind in (btf.STRUCT, btf.UNION):
            return self.body(number, depth)
        return self.enumeration(one, depth) if one.kind in WORDS else "void"

    def enumeration(self, one: Type, depth: int) -> str:
        """An enumeration with its numbers."""
        tab = "\t" * (depth + 1)
        rows = [f"{tab}{name} = {_number(value, one)}," for name, value in one.values]
        head = f"enum {one.name} {{".replace("  ", " ")
        small = " __attribute__((packed))" if one.size < 4 else ""
        return "\n".join([head, *rows, "\t" * depth + "}" + small])

    def body(self, number: int, depth: int) -> str:
        """A record with its members, holes written out."""
        one = self.types.types[number]
        packed = self.is_packed(one)
        rows = _Rows(self, one, packed, depth).rows()
        head = f"{WORDS[one.kind]} {one.name} {{".replace("  ", " ")
        tail = "\t" * depth + "}" + (" __attribute__((packed))" if packed else "")
        return "\n".join([head, *rows, tail])

    def alignment(self, number: int) -> int:
        """The alignment that a compiler gives a type, in bytes."""
        one = self.types.types[self.types.resolve(number)]
        if one.kind == btf.ARRAY:
            return self.alignment(one.target)
        if one.kind in (btf.STRUCT, btf.UNION):
            if self.is_packed(one):
                return 1
            return max((self.alignment(m.type) for m in one.members), default=1)
        return max(1, min(self.types.size(number), 16))

    def is_packed(self, one: Type) -> bool:
        """True where the members lie as no compiler would lay them out unasked."""
        largest = 1
        for member in one.members:
            alignment = self.alignment(member.type)
            largest = max(largest, alignment)
            if not member.bits:
                if member.offset % (8 * alignment):
                    return True
            elif member.offset // (8 * alignment) != (member.offset + member.bits - 1) // (
                8 * alignment
            ):
                return True
        return bool(one.size % largest)


class _Rows:
    """The members of one record, one line each."""

    def __init__(self, printer: Printer, record: Type, packed: bool, depth: int) -> None:
        self.printer, self.record, self.packed, self.depth = printer, record, packed, depth
        self.at = 0  # bits
        self.largest = 1
        self.lines: list[str] = []

    def rows(self) -> list[str]:
        for member in self.record.members:
            self.member(member)
        if self.record.kind == btf.STRUCT:
            end = self.at if self.packed else _up(self.at, 8 * self.largest)
            if end < 8 * self.record.size:
                self.hole(8 * self.record.size)
        return self.lines

    def member(self, member: btf.Member) -> None:
        types = self.printer.types
        alignment = 1 if self.packed else self.printer.alignment(member.type)
        self.largest = max(self.largest, alignment)
        if self.record.kind == btf.STRUCT:
            reached = self.at if member.bits else _up(self.at, 8 * alignment)
            if reached < member.offset:
                self.hole(member.offset)
        bits = member.bits or 8 * types.size(member.type)
        self.at = member.offset + bits
        text = self.printer.declare(member.type, member.name, self.depth + 1)
        self.line(f"{text}{f': {member.bits}' if member.bits else ''};")

    def hole(self, until: int) -> None:
        """Room up to an offset: whole bytes as an array, bits as a bit-field without name."""
        bits = until - self.at
        if self.at % 8 or until % 8:
            part = min(bits, -self.at % 8 or bits)
            kind = "unsigned char" if part <= 8 else "unsigned int" if part <= 32 else "__u64"
            self.line(f"{kind} : {part};")
            self.at += part
            if self.at < until:
                self.hole(until)
            return
        self.printer.holes += 1
        self.line(f"unsigned char __hole_{self.printer.holes}[{bits // 8}];")
        self.at = until

    def line(self, text: str) -> None:
        self.lines.append("\t" * (self.depth + 1) + text)


def _wrapped(name: str) -> str:
    return f"({name})" if name.startswith(("*", "const", "volatile")) else name


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def _number(value: int, one: Type) -> str:
    if one.kind == btf.ENUM64:
        return f"{value}ULL"
    return str(value if value >= 0 or one.flag else value & 0xFFFFFFFF)
