"""Puts findings of all modes and configurations together: one for each rule and site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bpf_lint.model.cause import cause_of
from bpf_lint.model.finding import Finding, Occurrence
from bpf_lint.model.fingerprint import fingerprint


def merge(findings: Iterable[Finding], reasons: Mapping[str, str] | None = None) -> list[Finding]:
    """Findings with equal rule and site become one, its contexts ordered; sorted by place.

    Args:
        reasons: What rules say is wrong with a number, by rule (`Rule.cause`).
    """
    by_site: dict[tuple[str, str, int, int, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.path, finding.line, finding.column, finding.rule, finding.function)
        by_site.setdefault(key, []).append(finding)  # type: ignore[arg-type]
    joined = [_joined(by_site[key]) for key in sorted(by_site)]
    return _together(
        msgspec.structs.replace(one, cause=cause_of(one, (reasons or {}).get(one.rule, "")))
        for one in joined
    )


def _together(findings: Iterable[Finding]) -> list[Finding]:
    """The findings; one that something earlier makes void has the cause of what says that."""
    listed = list(findings)
    causes = {(*_call(one), one.rule): one.cause for one in listed}
    return [
        msgspec.structs.replace(one, cause=causes.get((*_call(one), earlier.rule), one.cause))
        if (earlier := one.occurrences[0].earlier if one.occurrences else None)
        else one
        for one in listed
    ]


def _call(finding: Finding) -> tuple[str, int, int]:
    return finding.path, finding.line, finding.column


def _joined(same: list[Finding]) -> Finding:
    ordered = sorted(same, key=lambda finding: (_order(finding.occurrences[0]), finding.message))
    first = ordered[0]
    occurrences = sorted((o for finding in ordered for o in finding.occurrences), key=_order)
    modes = sorted({occurrence.hook.mode for occurrence in occurrences})
    sure = any(not occurrence.assumptions for occurrence in occurrences)
    return msgspec.structs.replace(
        first,
        confidence="high" if sure else "medium",
        occurrences=tuple(occurrences),
        fingerprint=fingerprint(first.rule, first.path, first.function, first.statement, modes),
    )


def _order(occurrence: Occurrence) -> tuple[object, ...]:
    """What comes to happen first, then what is sure, short paths, by name: the first is shown."""
    hook = occurrence.hook
    target = occurrence.target
    return (
        occurrence.earlier is not None,
        len(occurrence.assumptions),
        hook.mode,
        hook.configuration,
        hook.program,
        hook.entry,
        hook.hook,
        hook.device,
        len(occurrence.trace),
        (target.path, target.line, target.origin) if target else ("", 0, ""),
        msgspec.json.encode(occurrence),  # nothing is left to the order of analysis
    )
