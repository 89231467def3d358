"""Check that files and functions of Python stay short; the limits are below.

usage: sizes.py FILE-OR-FOLDER...
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Lines. Files rarely pass `LONG`: so many do, and none passes `FILE`.
FILE, LONG, LONG_FILES = 450, 350, 7
FUNCTION = 50


def python_files(names: Sequence[str]) -> list[Path]:
    """The files that are named, and those in the folders that are."""
    paths = [Path(name) for name in names]
    return [
        file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
    ]


def complaints(files: Sequence[Path]) -> list[str]:
    """What is too long in these files, one line each."""
    found, long = [], []
    for path in files:
        text = path.read_text()
        lines = text.count("\n")
        if lines > FILE:
            found.append(f"{path}: {lines} lines, at most {FILE}")
        elif lines > LONG:
            long.append(f"{path}: {lines} lines")
        found += functions(path, text)
    if len(long) > LONG_FILES:
        found.append(f"{len(long)} files of more than {LONG} lines, at most {LONG_FILES}:")
        found += sorted(long)
    return found


def functions(path: Path, text: str) -> Iterator[str]:
    """The functions of a file that are too long."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION:
                yield f"{path}:{node.lineno}: {node.name}() has {lines} lines, at most {FUNCTION}"


def main(arguments: Sequence[str]) -> int:
    """Print what is too long; 1 if anything is."""
    found = complaints(python_files(arguments))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
