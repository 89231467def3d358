"""Vetting of compiler flags that come with an analysed tree.

Flags that describe how C is read are kept, flags about output are dropped, and flags that
make a compiler load code, run a program or read an option file are refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bpf_lint.model.errors import ConfigError

SYSTEM = (
    "/usr/include",
    "/usr/local/include",
    "/usr/lib",
    "/usr/lib64",
    "/usr/src",
    "/lib/modules",
)

# Options with a path, joined or as the next argument. Longer names first.
PATHS = ("-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-isysroot", "-I")
# Other options with a value, joined or as the next argument.
VALUES = ("-D", "-U")
SEPARATE = {"-target", "--target", "-x", "-std", "--std"}

KEEP = re.compile(
    r"-(?:std=\S+|-std=\S+|-target=\S+|nostdinc|nostdlibinc|undef|ansi|pedantic|w|g(?:dwarf[\w-]*|gdb\d?|line-tables-only|no-[\w-]+|\d)?|O(?:[0-3sgz]|fast)?|xc"
    r"|W(?![alp],)[\w+=-]*|m(?!llvm|link)[\w.,+=-]+|pthread"
    r"|f(?:no-)?(?:strict-aliasing|stack-protector[\w-]*|builtin[\w-]*|common|unroll-loops"
    r"|jump-tables|pic|PIC|pie|PIE|short-enums|signed-char|unsigned-char|wrapv|trapv|inline[\w-]*"
    r"|asynchronous-unwind-tables|unwind-tables|exceptions|omit-frame-pointer|ident"
    r"|delete-null-pointer-checks|stack-clash-protection|cf-protection[\w=,-]*|freestanding"
    r"|hosted|ms-extensions|gnu89-inline|function-sections|data-sections|merge-all-constants"
    r"|macro-backtrace-limit=\d+|color-diagnostics|diagnostics-color\S*|visibility=\w+"
    r"|zero-initialized-in-bss|verbose-asm|standalone-debug|limit-debug-info|blocks"
    r"|strict-overflow|strict-flex-arrays=?\d*|debug-types-section|vectorize|slp-vectorize"
    r"|math-errno|tree-vectorize|short-wchar|bracket-depth=\d+|error-limit=\d+))"
)
DROP = re.compile(
    r"-(?:c|S|E|v|P|pipe|M|MM|MD|MMD|MP|MG|MV|emit-llvm|emit-ast|fsyntax-only|save-temps\S*"
    r"|ftime-report|fdiagnostics\S*|Wp,-MM?D,\S+|-analyze|###|Qunused-arguments|static|shared"
    r"|f(?:file|debug|macro)-prefix-map=\S*|fdebug-compilation-dir=\S*|flto\S*|s|rdynamic)"
)
DROP_NEXT = {"-o", "-MF", "-MT", "-MQ", "-MJ", "--serialize-diagnostics"}
CODE_GENERATION = re.compile(
    r"-target-feature|[+-](?:alu32|dwarfris)|-disable-llvm-passes|-disable-O0-optnone"
)


class Vetted(msgspec.Struct, frozen=True):
    """Flags that are safe to give to clang, and those that were left out as unknown."""

    flags: tuple[str, ...]
    ignored: tuple[str, ...] = ()


def vet(
    flags: Sequence[str], folder: Path, root: Path, *, confined: bool, source: str = ""
) -> Vetted:
    """Vet flags and make their paths relative to the report root.

    Args:
        flags: As written, without the compiler's name.
        folder: Folder that relative paths in the flags start from.
        root: Report root.
        confined: Refuse paths outside the root and the system's include folders.
        source: The file that is compiled, where the flags name it.

    Raises:
        ConfigError: A flag would make clang load or run code, or read an option file.
    """
    return _Vetting(folder, root, confined, source).run(flags)


class _Vetting:
    """State of one pass over a list of flags."""

    def __init__(self, folder: Path, root: Path, confined: bool, source: str) -> None:
        self.folder, self.root, self.confined, self.source = folder, root, confined, source
        self.kept: list[str] = []
        self.ignored: list[str] = []

    def run(self, flags: Sequence[str]) -> Vetted:
        rest = iter(flags)
        for flag in rest:
            self.one(flag, rest)
        return Vetted(tuple(self.kept), tuple(self.ignored))

    def one(self, flag: str, rest: Iterator[str]) -> None:
        name = next((name for name in PATHS if flag.startswith(name)), "")
        if name and not flag.startswith("-include-pch"):
            self.kept += [name, self.path(flag, flag.removeprefix(name) or _next(flag, rest))]
        elif flag[:2] in VALUES:
            self.kept.append(flag[:2] + (flag[2:] or _next(flag, rest)))
        elif flag in SEPARATE:
            self.kept += [flag, self.value(flag, _next(flag, rest))]
        elif flag in DROP_NEXT:
            _next(flag, rest)
        elif flag == "-Xclang":
            self.code_generation(flag, _next(flag, rest))
        elif KEEP.fullmatch(flag):
            self.kept.append(flag)
        elif not (DROP.fullmatch(flag) or flag.startswith("-o") or self.is_source(flag)):
            self.other(flag)

    def value(self, flag: str, value: str) -> str:
        if flag == "-x" and value not in ("c", "c-header"):
            raise ConfigError(f'flag "-x {value}" is refused: only C is analysed')
        return value

    def code_generation(self, flag: str, value: str) -> None:
        if not CODE_GENERATION.fullmatch(value):
            raise refused(f"{flag} {value}")

    def is_source(self, flag: str) -> bool:
        return bool(self.source) and os.path.realpath(self.folder / flag) == self.source

    def other(self, flag: str) -> None:
        if dangerous(flag):
            raise refused(flag)
        self.ignored.append(flag)

    def path(self, flag: str, text: str) -> str:
        path = Path(os.path.normpath(self.folder / text))
        real = Path(os.path.realpath(path))
        inside = real.is_relative_to(self.root)
        system = any(real.is_relative_to(place) for place in SYSTEM)
        if self.confined and not (inside or system):
            raise ConfigError(
                f'flag "{flag}" is refused: {path} is outside of {self.root} and of the '
                "system's include folders"
            )
        return os.path.relpath(path, self.root) if path.is_relative_to(self.root) else str(path)


def dangerous(flag: str) -> bool:
    """True for what is no known flag about reading C: it may load, run or read anything.

    Flags that only steer code generation or warnings may be left out instead.
    """
    plain = re.fullmatch(r"-(?:f|W|m)[a-z][\w.+-]*(?:=[\w.+-]+)?", flag)
    loads = re.match(
        r"-(?:fplugin|fpass-plugin|fmodule|fno-modules|fprebuilt|fimplicit-module|fbuiltin-module"
        r"|fsanitize|fprofile|fuse-ld|fxray|fcrash|fembed|fthinlto|fbuild|foffload|fopenmp"
        r"|fdepfile|fsave|fintegrated|fno-integrated|mllvm|mlink|Wa,|Wl,|Wp,)",
        flag,
    )
    return not plain or bool(loads)


def refused(flag: str) -> ConfigError:
    """The error about a flag that could load or run code."""
    return ConfigError(
        f'flag "{flag}" is refused: it could make clang load code, run a program or read options'
    )


def _next(flag: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise ConfigError(f'flag "{flag}" lacks its value')
    return value
