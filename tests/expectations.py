"""Expectations in C files: comments that say what must be reported on their line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MARK = re.compile(r"/\*\s*want(?P<summary>-summary)?:(?P<body>.*?)\*/")
ITEM = re.compile(r'\s*(?P<rule>[a-z0-9-]+)(?:\[(?P<modes>[a-z0-9,-]+)\])?\s+"(?P<text>[^"]*)"\s*')
COUNT = re.compile(r"\s*(?P<name>[a-z_]+)\s*=\s*(?P<number>\d+)\s*")


@dataclass(frozen=True, order=True)
class Want:
    """One rule that must report one line in one mode, naming `text` as the origin."""

    file: str
    line: int
    rule: str
    mode: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}[{self.mode}] {self.text!r}"


@dataclass(frozen=True)
class Expectations:
    """Everything that the files of one folder expect."""

    wants: tuple[Want, ...]
    summary: dict[str, int]


def read_expectations(folder: Path) -> Expectations:
    """Collect the expectations of all C files and headers of a folder.

    Raises:
        ValueError: A comment looks like an expectation and cannot be read.
    """
    wants: list[Want] = []
    summary: dict[str, int] = {}
    for file in sorted(folder.glob("*.[ch]")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            place = f"{file.name}:{number}"
            if "want" in line and "/*" in line and not MARK.search(line) and "want:" in line:
                raise ValueError(f"{place}: an expectation must begin and end on its line")
            for mark in MARK.finditer(line):
                if mark["summary"]:
                    summary.update(_count(mark["body"], place))
                else:
                    wants.extend(_wants(mark["body"], file.name, number))
    return Expectations(tuple(sorted(wants)), summary)


def _wants(body: str, file: str, line: int) -> list[Want]:
    found = []
    for item in body.split(";"):
        match = ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"{file}:{line}: not an expectation: {item.strip()!r}")
        for mode in (match["modes"] or "").split(","):
            found.append(Want(file, line, match["rule"], mode, match["text"]))
    return found


def _count(body: str, place: str) -> dict[str, int]:
    match = COUNT.fullmatch(body)
    if match is None:
        raise ValueError(f"{place}: not a count: {body.strip()!r}")
    return {match["name"]: int(match["number"])}
