"""Paths of a report as people open them: from the folder that they work in."""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from bpf_lint.model.finding import Report
from bpf_lint.reporters.options import Options

# Formats for people, who stand in some folder; machines read paths from the repository's root.
FOR_PEOPLE = frozenset({"text", "full", "concise"})
_PATHS = frozenset({"path", "program"})


def near(report: Report, options: Options) -> tuple[Report, Options]:
    """As `relative`, but from the analysed folder where that lies outside: see `Options.base`."""
    base = _analysed(options)
    if not base or os.path.commonpath((base, options.folder)) in (base, options.folder):
        return relative(report, options)
    shown, told = relative(report, msgspec.structs.replace(options, folder=base))
    return shown, msgspec.structs.replace(told, base=base, root=base)


def _analysed(options: Options) -> str:
    """The folder that all analysed paths lie in, "" where nobody knows."""
    if not options.root or not options.folder:
        return ""
    paths = [os.path.realpath(os.path.join(options.folder, path)) for path in options.paths]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in paths]
    return os.path.commonpath(folders) if folders else ""


def relative(report: Report, options: Options) -> tuple[Report, Options]:
    """A report and its options with paths that begin in the working folder (`Options.folder`).

    The shorter of the relative and the absolute path is taken: what lies far away is not counted
    in folders up.
    """
    root, folder = options.root, options.folder
    if not root or not folder or root == folder:
        return report, options
    mapper = _Mapper(root, folder)
    mapper.learn(report)
    shown: Report = mapper.of(report)
    read = options.read_source

    def read_source(path: str) -> str | None:
        return read(mapper.before.get(path, path))

    return shown, msgspec.structs.replace(options, read_source=read_source, root=folder)


class _Mapper:
    """Maps every path of a report, also those in its notes; `before`: by the new path, the old."""

    def __init__(self, root: str, folder: str) -> None:
        self._root, self._folder = root, folder
        self._known: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def path(self, path: str) -> str:
        """A path as it is shown."""
        if path not in self._known:
            absolute = os.path.normpath(os.path.join(self._root, path))
            near = os.path.relpath(absolute, self._folder)
            self._known[path] = min(near, absolute, key=len) if path else path
            self.before[self._known[path]] = path
        return self._known[path]

    def learn(self, report: Report) -> None:
        """Find the paths that texts of a report may name."""
        summary = report.summary
        paths = {unit.path for unit in summary.units} | {one.path for one in summary.skipped}
        paths |= {finding.path for finding in (*report.findings, *report.unknown)}
        listed = "|".join(map(re.escape, sorted(paths - {""}, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?<![\w./-])(?:{listed})(?![\w/-])") if listed else None

    def of(self, value: Any, name: str = "") -> Any:
        """A value of a report, under a name."""
        if isinstance(value, str):
            return self._string(value, name)
        if isinstance(value, msgspec.Struct):
            members = {one: self.of(getattr(value, one), one) for one in value.__struct_fields__}
            return type(value)(**members)
        if isinstance(value, tuple):
            return tuple(self.of(one, name) for one in value)
        return value

    def _string(self, text: str, name: str) -> str:
        if name in _PATHS or name == "programs":
            return self.path(text)
        if name in ("notes", "reason", "text", "places") and self._pattern:
            return self._pattern.sub(lambda found: self.path(found[0]), text)
        return text
