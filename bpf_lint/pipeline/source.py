"""Text of the analysed files, by their path in findings."""

from __future__ import annotations

import os

from bpf_lint.files.reach import Reach
from bpf_lint.files.reading import read


class Source:
    """Reads files below (or outside of) the report root, each once.

    Args:
        root: Folder that relative paths start from.
        tree: The analysed one, where it is another; "" for the same.
    """

    def __init__(self, root: str, tree: str = "") -> None:
        self.root = root
        self._reaches = (Reach(root), Reach(tree or root))
        self._lines: dict[str, list[str] | None] = {}

    def text(self, path: str) -> str | None:
        """A file's text, None where it cannot be read or lies outside of the tree."""
        try:
            file = os.path.join(self.root, path)
            shown = any(reach.shows(file) for reach in self._reaches)
            return read(file).decode("utf-8", "replace") if shown else None
        except (OSError, ValueError):
            return None

    def line(self, path: str, line: int) -> str:
        """A line of a file, "" where there is none."""
        if path not in self._lines:
            text = self.text(path)
            self._lines[path] = None if text is None else text.split("\n")
        lines = self._lines[path]
        return lines[line - 1] if lines and 0 < line <= len(lines) else ""
