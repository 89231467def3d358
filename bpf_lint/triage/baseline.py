"""The baseline: findings that were known before, by fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from bpf_lint.files.reading import read
from bpf_lint.files.writing import replace_text
from bpf_lint.model.finding import Finding
from bpf_lint.triage.errors import TriageError


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known finding; everything but fingerprint and count is for the reader of the file."""

    fingerprint: str
    count: int
    rule: str
    path: str
    function: str
    statement: str = ""


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A baseline file, version 1."""

    version: Literal[1]
    findings: tuple[Accepted, ...] = ()


def from_findings(findings: Iterable[Finding]) -> Baseline:
    """The baseline that knows exactly these findings."""
    counts: Counter[str] = Counter()
    known: dict[str, Finding] = {}
    for finding in findings:
        counts[finding.fingerprint] += 1
        known.setdefault(finding.fingerprint, finding)
    entries = (
        Accepted(digest, counts[digest], f.rule, f.path, f.function, f.statement)
        for digest, f in known.items()
    )
    return Baseline(1, tuple(sorted(entries, key=lambda e: (e.path, e.rule, e.fingerprint))))


def write_baseline(path: Path, findings: Iterable[Finding], tree: Path) -> int:
    """Write a baseline file at once and return its number of entries.

    Args:
        tree: The analysed tree; nothing is written behind its links.

    Raises:
        TriageError: The file cannot be written.
    """
    baseline = from_findings(findings)
    text = msgspec.json.format(msgspec.json.encode(baseline), indent=2).decode() + "\n"
    try:
        replace_text(path, text, tree)
    except OSError as error:
        raise TriageError(
            f"cannot write the baseline: {error.strerror or error}", str(path)
        ) from error
    return len(baseline.findings)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        TriageError: Missing, unreadable, or not a baseline of version 1.
    """
    try:
        data = read(path)
    except OSError as error:
        raise TriageError(
            f"cannot read the baseline: {error.strerror or error}", str(path)
        ) from error
    try:
        baseline = msgspec.json.decode(data, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"broken baseline: {error}; write it again with --write-baseline"
        raise TriageError(message, str(path)) from error
    for entry in baseline.findings:
        if entry.count < 1:
            where = f"{entry.path} [{entry.rule}]"
            raise TriageError(f"broken baseline: count of {where} is {entry.count}", str(path))
    return baseline
