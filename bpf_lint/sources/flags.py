"""Vetting of compiler flags: an allow list of exact forms.

Flags that decide how C is read are kept in the forms listed here and in no other, flags about
output and code generation are left out, and a flag that could make a compiler load code, run a
program, read an option file or write is refused. What is not listed never reaches clang.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust

# Options with a path, joined or as the next argument. Longer names first.
PATHS = ("-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I")
FILES = ("-include", "-imacros")
# Options of clang that begin as one of these do, and are others.
UNFIT = re.compile(r'[\0\r\n"\\]')
NOT_PATHS = re.compile(r"-include-pch|-isystem-after|-I-")
# Macros, joined or as the next argument.
MACROS = ("-D", "-U")
MACRO = re.compile(r"[A-Za-z_]\w*(?:\([\w\s,.]*\))?")

TARGET = re.compile(
    r"bpf(?:el|eb)?(?:-[a-z]\w*){0,3}"
    r"|(?:x86_64|i[3-6]86|aarch64|arm|armv[5-8]\w{0,3}|riscv(?:32|64)|powerpc64(?:le)?|ppc64(?:le)?"
    r"|s390x|mips(?:64)?(?:el)?|loongarch64)(?:-(?:unknown|pc|none|redhat|suse))?-linux(?:-gnu\w*|-musl\w*|-android\w*)?"
)
STANDARD = re.compile(
    r"(?:c|gnu)(?:89|9[09x]|99|1[1178x]|2[3xy]|17|18)|iso9899:(?:1990|199409|1999|2011|2017|2018|2024)"
)
LANGUAGES = ("c", "c-header")

_KEPT = """
    -nostdinc -nostdlibinc -nobuiltininc -undef -ansi -pedantic -pthread -m32 -m64
    -mlittle-endian -mbig-endian -O -O0 -O1 -O2 -O3 -Os -Oz -Og -Ofast -fblocks
    -fno-blocks -fbuiltin -fno-builtin -fcommon -fno-common -fexceptions -fno-exceptions
    -ffreestanding -fhosted -fgnu89-inline -fms-extensions -fno-ms-extensions -fpic
    -fPIC -fpie -fPIE -fno-pic -fno-PIC -fno-pie -fno-PIE -fshort-enums -fno-short-enums
    -fshort-wchar -fno-short-wchar -fsigned-char -fno-signed-char -funsigned-char
    -fno-unsigned-char -fstack-protector -fno-stack-protector -fstack-protector-strong
    -fstack-protector-all -fstrict-aliasing -fno-strict-aliasing -ftrapv -fwrapv
    -fno-wrapv
"""
KEPT = frozenset(_KEPT.split())
KEPT_FORMS = re.compile(
    r"-mcpu=(?:generic|v[1-9])|-march=(?!native)[a-z][\w.+-]*|-f(?:no-)?builtin-[a-z]\w*"
)

# About output, linking, messages and debugging: they say nothing about how C is read.
DROPPED = re.compile(
    r"-(?:c|S|E|v|P|w|s|pipe|M|MM|MD|MMD|MP|MG|MV|emit-llvm|emit-ast|fsyntax-only|save-temps(?:=\w+)?"
    r"|ftime-report|Wp,-MM?D,[^,]*|analyze|-analyze|###|Qunused-arguments|static|shared|rdynamic"
    r"|-sysroot=.*|nostdlib|nodefaultlibs|nostartfiles|W(?![alp],)[\w+=-]*"
    r"|f(?:file|debug|macro)-prefix-map=.*|fdebug-compilation-dir=.*|flto(?:=\w+)?"
    r"|g(?:dwarf[\w-]*|gdb\d?|line-tables-only|no-[\w-]+|z(?:=\w+)?|\d|split-dwarf)?)"
)
DROPPED_WITH_NEXT = frozenset(
    (
        "-isysroot",
        "--sysroot",
        "-o",
        "-MF",
        "-MT",
        "-MQ",
        "-MJ",
        "-L",
        "-l",
        "-z",
        "-T",
        "-dumpbase",
    )
) | {"--serialize-diagnostics", "--sysroot"}
DROPPED_JOINED = ("-o", "-MF", "-MT", "-MQ", "-MJ", "-L", "-l")
# Steer code generation through -Xclang or -mllvm; left out with their carrier.
CODE_GENERATION = re.compile(
    r"-target-feature|\+[a-z][\w.-]*|-(?:alu32|dwarfris)|-disable-llvm-passes|-disable-O0-optnone"
    r"|-(?:bpf|inline|unroll|max|enable|disable|simplifycfg|combiner)-[\w-]+(?:=[\w.,-]+)?"
)
CARRIERS = ("-Xclang", "-mllvm")

PLAIN = re.compile(r"-(?:f|W|m)[a-z][\w.+-]*(?:=[\w.+-]+)?")
LOADING = re.compile(
    r"-(?:fplugin|fpass-plugin|fmodule|fno-modules|fprebuilt|fimplicit-module|fbuiltin-module"
    r"|fsanitize|fprofile|fuse-ld|fxray|fcrash|fembed|fthinlto|fbuild|foffload|fopenmp"
    r"|fdepfile|fsave|fintegrated|fno-integrated|mllvm|mlink|mthread|module|Wa,|Wl,|Wp,)"
)


class Vetted(msgspec.Struct, frozen=True):
    """Flags that are safe to give to clang.

    Args:
        flags: Paths in them are relative to the report root where they lie below it.
        ignored: Flags that were left out because they are not known.
        outside: Files and folders outside of the tree that the flags name, absolute.
    """

    flags: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def vet(
    flags: Sequence[str],
    folder: Path,
    root: Path,
    reach: Reach,
    trust: Trust,
    *,
    source: str = "",
) -> Vetted:
    """Vet flags and make their paths relative to the report root.

    Args:
        flags: As written, without the compiler's name.
        folder: Folder that relative paths in the flags start from.
        root: Report root.
        reach: Where headers may lie. Paths elsewhere are refused unless `trust` may name them.
        trust: Whose flags they are.
        source: The file that is compiled, where the flags name it.

    Raises:
        ConfigError: A flag would make clang load or run code, read an option file or write, or
            names a place that it may not.
    """
    return _Vetting(folder, root, reach, trust, source).run(flags)


def vet_defines(defines: Mapping[str, str]) -> list[str]:
    """Macros as flags.

    Raises:
        ConfigError: A name is no macro's.
    """
    return ["-D" + _macro(f"-D{name}", f"{name}={body}") for name, body in defines.items()]


class _Vetting:
    """State of one pass over a list of flags."""

    def __init__(self, folder: Path, root: Path, reach: Reach, trust: Trust, source: str) -> None:
        self.folder, self.root, self.source = folder, root, source
        self.reach, self.trust = reach, trust
        self.kept: list[str] = []
        self.ignored: list[str] = []
        self.outside: list[str] = []

    def run(self, flags: Sequence[str]) -> Vetted:
        rest = iter(flags)
        for flag in rest:
            self.one(flag, rest)
        return Vetted(tuple(self.kept), tuple(self.ignored), tuple(self.outside))

    def one(self, flag: str, rest: Iterator[str]) -> None:
        name = next((name for name in PATHS if flag.startswith(name)), "")
        if name and not NOT_PATHS.match(flag):
            path = self.path(flag, name, flag.removeprefix(name) or _next(flag, rest))
            self.kept += [name, path] if path else []
        elif flag[:2] in MACROS:
            self.kept.append(flag[:2] + _macro(flag, flag[2:] or _next(flag, rest)))
        elif flag == "-target":
            self.kept += [flag, _listed(flag, _next(flag, rest), TARGET)]
        elif flag == "-x":
            self.kept += [flag, _language(_next(flag, rest))]
        elif flag in CARRIERS:
            self.carried(flag, _next(flag, rest))
        elif flag in DROPPED_WITH_NEXT:
            _next(flag, rest)
        else:
            self.alone(flag)

    def alone(self, flag: str) -> None:
        """A flag without a separate value."""
        name, equals, value = flag.partition("=")
        if name in ("-std", "--std", "--target") and equals:
            self.kept.append(flag)
            _listed(flag, value, TARGET if name == "--target" else STANDARD)
        elif flag in ("-xc", "-xc-header") or flag in KEPT or KEPT_FORMS.fullmatch(flag):
            self.kept.append(flag)
        elif not (DROPPED.fullmatch(flag) or _joined(flag) or self.is_source(flag)):
            self.other(flag)

    def carried(self, carrier: str, value: str) -> None:
        if not CODE_GENERATION.fullmatch(value):
            raise refused(f"{carrier} {value}")

    def is_source(self, flag: str) -> bool:
        return bool(self.source) and os.path.realpath(self.folder / flag) == self.source

    def other(self, flag: str) -> None:
        if dangerous(flag):
            raise refused(flag)
        self.ignored.append(flag)

    def path(self, flag: str, name: str, text: str) -> str:
        """A path as clang gets it; "" for one that is left out."""
        if UNFIT.search(text):
            raise ConfigError(f'flag "{flag}" is refused: its path cannot be written in C')
        path = os.path.normpath(self.folder / text)
        if name not in FILES and os.path.isfile(path):
            raise ConfigError(f'flag "{flag}" is refused: {path} is no folder')
        if not self.reach.holds(path):
            if self.trust is Trust.SHIPPED:
                return ""
            if not self.trust.names_headers_outside:
                raise outside(flag, path, self.reach.tree)
            self.outside.append(path)
        if not Path(path).is_relative_to(self.root):
            return path
        below = os.path.relpath(path, self.root)
        return os.path.join(os.curdir, below) if below.startswith("-") else below


def moved(flags: Sequence[str], folder: str) -> list[str]:
    """Flags with their relative paths, from where they were written, led through `folder`."""
    found: list[str] = []
    waits = False  # a path is the next argument
    for flag in flags:
        name = "" if waits else next((name for name in PATHS if flag.startswith(name)), "")
        path = flag.removeprefix(name)
        if (waits or (name and not NOT_PATHS.match(flag))) and path:
            flag = name + os.path.normpath(os.path.join(folder, path))
        waits = flag == name and bool(name)
        found.append(flag)
    return found


def dangerous(flag: str) -> bool:
    """True for what is no known flag about reading C: it may load, run or read anything.

    Flags that only steer code generation or warnings may be left out instead.
    """
    return not PLAIN.fullmatch(flag) or bool(LOADING.match(flag))


def refused(flag: str) -> ConfigError:
    """The error about a flag that could load or run code."""
    return ConfigError(
        f'flag "{flag}" is refused: it could make clang load code, run a program, read options or '
        "write a file"
    )


def outside(flag: str, path: str, tree: str) -> ConfigError:
    """The error about a path that the tree may not name."""
    return ConfigError(
        f'flag "{flag}" is refused: {path} is outside of {tree} and of the system\'s include '
        f"folders; allow it with --headers {path}"
    )


def _listed(flag: str, value: str, known: re.Pattern[str]) -> str:
    if not known.fullmatch(value):
        raise ConfigError(f'flag "{flag}" is refused: "{value}" is no value that is known here')
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ConfigError(f'flag "-x {value}" is refused: only C is analysed')
    return value


def _macro(flag: str, text: str) -> str:
    """A macro's definition on one line."""
    name, equals, body = text.partition("=")
    if not MACRO.fullmatch(name):
        raise ConfigError(f'flag "{flag}" is refused: "{name}" is no name of a macro')
    return name + equals + body


def _joined(flag: str) -> bool:
    """True for an option about output with its value joined."""
    return flag.startswith(DROPPED_JOINED)


def _next(flag: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise ConfigError(f'flag "{flag}" lacks its value')
    return value
