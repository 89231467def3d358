"""What a person gave that triage cannot use."""

from __future__ import annotations

from bpf_lint.model.errors import ConfigError


class TriageError(ConfigError):
    """A broken baseline, a rule glob that names nothing, a revision that is not there."""
