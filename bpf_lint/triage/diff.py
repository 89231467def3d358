"""Comparison of two reports by fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from bpf_lint.model.finding import Finding, Report
from bpf_lint.triage.moved import States, renamed


class Difference(msgspec.Struct, frozen=True):
    """Findings of the new report that the old one lacks, and the other way round.

    Args:
        new: Only in the new report.
        fixed: Only in the old report.
        unchanged: In both, as the new report has them.
        moved: Those of the unchanged whose file or function has another name now.
    """

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    unchanged: tuple[Finding, ...]
    moved: tuple[Finding, ...] = ()


def diff(old: Report, new: Report, states: States | None = None) -> Difference:
    """Compare findings by fingerprint, with their number where several share one.

    Args:
        states: Sources of the two, to follow renames; None to follow none.
    """
    added, unchanged = _split(new.findings, old.findings)
    fixed, _ = _split(old.findings, new.findings)
    pairs = renamed(fixed, added, states) if states else []
    moved = tuple(after for _, after in pairs)
    before = [one for one, _ in pairs]
    return Difference(
        tuple(one for one in added if one not in moved),
        tuple(one for one in fixed if one not in before),
        (*unchanged, *moved),
        moved,
    )


def new_since(old: Report, new: Report, revision: str, states: States | None = None) -> Report:
    """The new report with only the findings that the old one lacks, and a note that says so.

    Args:
        states: See `diff`.
    """
    difference = diff(old, new, states)
    unchanged, fixed = len(difference.unchanged), len(difference.fixed)
    moved = f" ({len(difference.moved)} of them renamed)" if difference.moved else ""
    note = (
        f"only findings that are new since {revision}: {unchanged} unchanged{moved}, {fixed} fixed"
    )
    notes = [*new.summary.notes, note]
    notes += [f"{revision}: not analysed: {s.path}: {s.reason}" for s in old.summary.skipped]
    summary = msgspec.structs.replace(new.summary, findings=len(difference.new), notes=tuple(notes))
    return msgspec.structs.replace(new, summary=summary, findings=difference.new)


def _split(
    findings: Iterable[Finding], others: Iterable[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings without and with a partner of the same fingerprint among the others."""
    left = Counter(finding.fingerprint for finding in others)
    alone: list[Finding] = []
    paired: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.path, f.line, f.column, f.rule)):
        (paired if left[finding.fingerprint] > 0 else alone).append(finding)
        left[finding.fingerprint] -= 1
    return tuple(alone), tuple(paired)
