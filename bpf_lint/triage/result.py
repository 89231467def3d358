"""What triage takes and gives."""

from __future__ import annotations

import msgspec

from bpf_lint.config.user_schema import PathSettings
from bpf_lint.model.finding import Finding, Suppressed
from bpf_lint.triage.baseline import Baseline


class TriageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings the person wants to see.

    Args:
        select: Rule globs; empty for all rules that ran.
        ignore: Rule globs, stronger than `select`.
        per_path: Rule globs ignored below some paths.
        honour_ignores: False for `--no-ignores`: suppressions in the source have no effect.
        baseline: Findings that were known before.
        known_rules: Ids of all rules, also of those that did not run.
        ran: Ids of the rules that ran; None for all known ones.
        files: Paths of all source files that were read, to find unused suppressions.
        complete: True where every mode, configuration and program was analysed: only then is
            a suppression or baseline entry without a finding unused.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path: tuple[PathSettings, ...] = ()
    honour_ignores: bool = True
    baseline: Baseline | None = None
    known_rules: tuple[str, ...] = ()
    ran: tuple[str, ...] | None = None
    files: tuple[str, ...] = ()
    complete: bool = True


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong with a suppression or a baseline entry.

    Args:
        kind: "malformed", "unknown-rule", "unused" or "stale-baseline".
        line: 1-based, 0 where there is none.
    """

    path: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class TriageResult(msgspec.Struct, frozen=True):
    """Findings to show, findings not to show with the reason, and problems on the way.

    Args:
        decided: Those of the suppressed that a comment or the baseline names.
    """

    kept: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, str], ...]
    problems: tuple[Problem, ...]
    decided: tuple[Suppressed, ...] = ()
