"""Lines of source around the places of a report."""

from __future__ import annotations

from bpf_lint.model.printable import safe
from bpf_lint.reporters.common import place
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.places import Sources

AROUND = 8  # lines before and after each place
WIDEST = 400  # characters of a line; the rest is cut
TAB = 8


class Lines:
    """Gathers places, and gives the lines around them, each line once."""

    def __init__(self, options: Options) -> None:
        self._sources = Sources(options)
        self._wanted: dict[str, set[int]] = {}

    def want(self, path: str, line: int) -> None:
        """Show a place, 1-based."""
        if path and line > 0:
            self._wanted.setdefault(path, set()).add(line)

    def windows(self) -> dict[str, list[tuple[int, list[str]]]]:
        """By path as it is shown, runs of lines: (number of the first, texts)."""
        found = {path: self._windows(path) for path in sorted(self._wanted)}
        return {place(path): windows for path, windows in found.items() if windows}

    def _windows(self, path: str) -> list[tuple[int, list[str]]]:
        lines = self._sources.lines(path)
        near = sorted(
            {
                number
                for line in self._wanted[path]
                for number in range(max(1, line - AROUND), min(len(lines), line + AROUND) + 1)
            }
        )
        windows: list[tuple[int, list[str]]] = []
        for number in near:
            if not windows or windows[-1][0] + len(windows[-1][1]) != number:
                windows.append((number, []))
            windows[-1][1].append(_shown(lines[number - 1]))
        return windows


def _shown(line: str) -> str:
    """A line without tabs and without characters that cannot be seen."""
    text = safe(line.expandtabs(TAB)).rstrip()
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
