"""Expectations in C files: comments that say what must be reported on their line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bpf_lint.model.errors import InputError
from bpf_lint.model.finding import Finding

MARK = re.compile(r"/\*\s*want(?P<summary>-summary)?:(?P<body>.*?)\*/")
ITEM = re.compile(r'\s*(?P<rule>[a-z0-9-]+)(?:\[(?P<modes>[a-z0-9,-]+)\])?\s+"(?P<text>[^"]*)"\s*')
COUNT = re.compile(r"\s*(?P<name>[a-z_]+)\s*=\s*(?P<number>\d+)\s*")


class Want(msgspec.Struct, frozen=True, order=True):
    """One rule that must report one line in one mode, naming `text` as the origin."""

    file: str
    line: int
    rule: str
    mode: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}[{self.mode}] {self.text!r}"


class Expectations(msgspec.Struct, frozen=True):
    """Everything that the files of one folder expect."""

    wants: tuple[Want, ...]
    summary: dict[str, int]


def read_expectations(folder: Path) -> Expectations:
    """Collect the expectations of all C files and headers of a folder.

    Raises:
        InputError: A comment looks like an expectation and cannot be read, or a file cannot.
    """
    wants: list[Want] = []
    summary: dict[str, int] = {}
    for file in sorted(folder.glob("*.[ch]")):
        for number, line in enumerate(_text(file).splitlines(), start=1):
            if "want" in line and "/*" in line and not MARK.search(line) and "want:" in line:
                raise InputError("an expectation must begin and end on its line", file.name, number)
            for mark in MARK.finditer(line):
                if mark["summary"]:
                    summary.update(_count(mark["body"], file.name, number))
                else:
                    wants.extend(_wants(mark["body"], file.name, number))
    return Expectations(tuple(sorted(wants)), summary)


def differences(expected: Iterable[Want], findings: Iterable[Finding]) -> Iterator[str]:
    """What is missing, what is reported beside it, and what is said of another number."""
    wants = {(want.file, want.line, want.rule, want.mode): want for want in expected}
    found = _by_place(findings)
    for key in sorted(wants.keys() | found.keys()):
        file, line, rule, mode = key
        if key not in found:
            yield f"missing: {wants[key]}"
        elif key not in wants:
            yield f"unexpected: {file}:{line}: {rule}[{mode}] {found[key]}"
        elif wants[key].text not in found[key]:
            yield f"another origin than {wants[key].text!r}: {file}:{line}: {found[key]}"


def _by_place(findings: Iterable[Finding]) -> dict[tuple[str, int, str, str], str]:
    """What is said at each file, line, rule and mode."""
    found: dict[tuple[str, int, str, str], str] = {}
    for finding in findings:
        for one in finding.occurrences:
            key = (Path(finding.path).name, finding.line, finding.rule, one.hook.mode)
            origin = one.target.origin if one.target else ""
            found[key] = f"{found.get(key, finding.message)} {origin}".strip()
    return found


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", str(file)) from None


def _wants(body: str, file: str, line: int) -> Iterator[Want]:
    for item in body.split(";"):
        match = ITEM.fullmatch(item)
        if match is None:
            raise InputError(f"not an expectation: {item.strip()!r}", file, line)
        for mode in (match["modes"] or "").split(","):
            yield Want(file, line, match["rule"], mode, match["text"])


def _count(body: str, file: str, line: int) -> dict[str, int]:
    match = COUNT.fullmatch(body)
    if match is None:
        raise InputError(f"not a count: {body.strip()!r}", file, line)
    return {match["name"]: int(match["number"])}
