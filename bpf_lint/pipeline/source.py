"""Text of the analysed files, by their path in findings."""

from __future__ import annotations

import os


class Source:
    """Reads files below (or outside of) the report root, each once.

    Args:
        root: Folder that relative paths start from.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._lines: dict[str, list[str] | None] = {}

    def text(self, path: str) -> str | None:
        """A file's text, None where it cannot be read."""
        try:
            with open(os.path.join(self.root, path), "rb") as stream:
                return stream.read().decode("utf-8", "replace")
        except (OSError, ValueError):
            return None

    def line(self, path: str, line: int) -> str:
        """A line of a file, "" where there is none."""
        if path not in self._lines:
            text = self.text(path)
            self._lines[path] = None if text is None else text.split("\n")
        lines = self._lines[path]
        return lines[line - 1] if lines and 0 < line <= len(lines) else ""
