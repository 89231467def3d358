"""Triage: which findings are shown; rule selection, inline suppressions, baseline, comparison."""

from bpf_lint.model.fingerprint import fingerprint, normalise_statement
from bpf_lint.triage.apply import apply
from bpf_lint.triage.diff import Difference, diff
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.result import Problem, TriageResult, TriageSettings

__all__ = [
    "Difference",
    "Problem",
    "TriageError",
    "TriageResult",
    "TriageSettings",
    "apply",
    "diff",
    "fingerprint",
    "normalise_statement",
]
