"""CMakeLists.txt and meson.build read as text: include folders and macros. Nothing is run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from bpf_lint.sources.makefiles import Flag, wanted
from bpf_lint.sources.text import read_text

CMAKE = re.compile(
    r"\b(?:target_)?(include_directories|compile_definitions|add_definitions|add_compile_definitions)"
    r"\s*\(([^)]*)\)",
    re.I,
)
MESON_FOLDERS = re.compile(r"\binclude_directories\s*\(([^)]*)\)")
OPTIONS = re.compile(r"-(?:I|D|isystem\s+)[^\s'\",;)]+")
QUOTED = re.compile(r"'([^']*)'")
WORDS = {"PUBLIC", "PRIVATE", "INTERFACE", "SYSTEM", "BEFORE", "AFTER"}
SOURCE = re.compile(r"\$\{(?:CMAKE_CURRENT_SOURCE_DIR|CMAKE_CURRENT_LIST_DIR|PROJECT_SOURCE_DIR)\}")
TOP = re.compile(r"\$\{CMAKE_SOURCE_DIR\}|\$\{PROJECT_SOURCE_DIR\}")


def read(path: str, root: str) -> Iterator[Flag]:
    """The flags that a build file speaks of, in order."""
    text = read_text(path, 1_000_000)
    folder = os.path.dirname(path)
    found = _cmake(text) if path.endswith("CMakeLists.txt") else _meson(text)
    for at, words in found:
        line = text.count("\n", 0, at) + 1
        value = TOP.sub(root, SOURCE.sub(folder, words))
        for flag in wanted(value):
            yield Flag(flag, folder, path, line)


def _cmake(text: str) -> Iterator[tuple[int, str]]:
    for match in CMAKE.finditer(text):
        words = [word.strip('"') for word in match[2].split() if word not in WORDS]
        if "definitions" in match[1].lower():
            flags = [word if word.startswith("-D") else f"-D{word}" for word in words]
        else:
            flags = [f"-I{word}" for word in words if "/" in word or word[0].isalpha()]
        if "definitions" in match[1].lower() and len(flags) > 1 and "target" in match[0].lower():
            flags = flags[1:]
        yield match.start(), " ".join(flags)
    for option in OPTIONS.finditer(text):
        yield option.start(), option[0]


def _meson(text: str) -> Iterator[tuple[int, str]]:
    for match in MESON_FOLDERS.finditer(text):
        yield match.start(), " ".join(f"-I{name}" for name in QUOTED.findall(match[1]))
    for option in OPTIONS.finditer(text):
        yield option.start(), option[0]
