"""What a person gave that triage cannot use."""

from __future__ import annotations


class TriageError(Exception):
    """A broken baseline, a rule glob that names nothing, a revision that is not there."""
