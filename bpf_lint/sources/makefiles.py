"""Makefiles read as text: the flags that they give to a compiler for BPF. Nothing is run."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator

import msgspec

from bpf_lint.sources.text import is_file, read_text

ASSIGNMENT = re.compile(
    r"^[ ]*(?:export[ ]+|override[ ]+)*([A-Za-z_][\w.-]*)[ \t]*(\+=|:{0,3}=|\?=)[ \t]*(.*)$"
)
INCLUDE = re.compile(r"^[ ]*-?s?include[ \t]+(.+)$")
REFERENCE = re.compile(r"\$(?:\(([^()$]*)\)|\{([^{}$]*)\}|([A-Za-z]))")
COMPILER = re.compile(r"\bclang\b|\$[({](?:CLANG|CC|LLVM_CC|BPF_CC|BPF_CLANG|\w*CLANG\w*)[)}]")
FOR_BPF = re.compile(r"target[= ]\s*bpf|\bbpf(?:el|eb)?\b", re.I)
WANTED = ("-I", "-D", "-U", "-isystem", "-iquote", "-idirafter", "-include", "-imacros")
DEEPEST = 20
LONGEST = 100_000  # characters of a command line


class Flag(msgspec.Struct, frozen=True):
    """Words of a compiler's command line, and where they are written.

    Args:
        words: "-Ifolder", or an option and its value.
        folder: Absolute: where relative paths start.
        path, line: The place.
    """

    words: tuple[str, ...]
    folder: str
    path: str
    line: int


class _Command(msgspec.Struct, frozen=True):
    text: str
    path: str
    line: int


class Makefile:
    """One makefile with those that it includes."""

    def __init__(self, path: str, root: str) -> None:
        self.folder = os.path.dirname(path)
        self.root = root
        self.variables: dict[str, str] = {}
        self.commands: list[_Command] = []
        self._read(path, 0)

    def flags(self) -> list[Flag]:
        """The flags of commands that compile for BPF, in order, each once."""
        commands = [one for one in self.commands if COMPILER.search(one.text)]
        expanded = [(one, self.expand(one.text)) for one in commands]
        found: dict[tuple[str, ...], Flag] = {}
        for command, text in expanded:
            if not FOR_BPF.search(text):
                continue
            for words in wanted(text):
                flag = Flag(words, self.folder, command.path, command.line)
                found.setdefault(words, flag)
        return list(found.values())

    def expand(self, text: str, depth: int = 0) -> str:
        """A text with its variables; what only make or a shell could tell becomes nothing."""
        while depth < DEEPEST and len(text) < LONGEST and REFERENCE.search(text):
            text = REFERENCE.sub(lambda match: self._value(match), text)
            depth += 1
        return text

    def _value(self, match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3] or ""
        word, _, rest = name.partition(" ")
        if word in ("abspath", "realpath", "strip"):
            return rest.strip()
        if word == "shell":
            return self.folder if rest.strip() == "pwd" else "\0"
        if " " in name or "," in name or ":" in name:
            return self._substituted(name)
        return self.variables.get(name, self._given(name))

    def _given(self, name: str) -> str:
        return self.folder if name in ("CURDIR", "PWD", "M", "here") else "\0"

    def _substituted(self, name: str) -> str:
        """`$(VAR:a=b)` as VAR; `$(addprefix P,WORDS)`; any other function as nothing."""
        if name.startswith("addprefix "):
            prefix, _, words = name.removeprefix("addprefix ").partition(",")
            return " ".join(prefix.strip() + word for word in words.split())
        variable, colon, _ = name.partition(":")
        return self.variables.get(variable, "\0") if colon and " " not in variable else "\0"

    def _read(self, path: str, depth: int) -> None:
        for line, text in logical_lines(read_text(path, 1_000_000)):
            if text.startswith("\t"):
                self.commands.append(_Command(text, path, line))
            elif match := ASSIGNMENT.match(text):
                self._assign(match[1], match[2], match[3].partition(" #")[0].strip())
            elif (match := INCLUDE.match(text)) and depth < DEEPEST:
                for name in self.expand(match[1]).split():
                    self._include(name, depth)

    def _include(self, name: str, depth: int) -> None:
        path = os.path.normpath(os.path.join(self.folder, name))
        if "\0" not in name and path.startswith(self.root + "/") and is_file(path):
            self._read(path, depth + 1)

    def _assign(self, name: str, sign: str, value: str) -> None:
        if sign == "+=":
            self.variables[name] = f"{self.variables.get(name, '')} {value}".strip()
        elif sign == "?=":
            self.variables.setdefault(name, value)
        elif f"$({name})" in value or f"${{{name}}}" in value:
            old = self.variables.get(name, "")
            value = value.replace(f"$({name})", old).replace(f"${{{name}}}", old)
            self.variables[name] = value
        else:
            self.variables[name] = value


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations joined, and the number of the first; no comments."""
    start, parts = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        if line.endswith("\\"):
            parts += line[:-1] + " "
            continue
        whole, parts = parts + line, ""
        if not whole.lstrip().startswith("#"):
            yield start, whole


def wanted(text: str) -> Iterator[tuple[str, ...]]:
    """The options about headers and macros in a command line, those that are known in full."""
    try:
        words = shlex.split(text, comments=False)
    except ValueError:
        words = text.split()
    rest = iter(words)
    for word in rest:
        option = next((one for one in WANTED if word.startswith(one)), "")
        if not option:
            continue
        value = word.removeprefix(option) or next(rest, "")
        if value and not set("\0$`;|&<>*") & set(value):
            yield (option, value) if option.startswith("-i") else (option + value,)
