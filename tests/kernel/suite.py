"""All trials: the pairs and the generated programs, by mode."""

from __future__ import annotations

from . import pairs, stage
from .compared import PairSummary
from .generated import run as generated
from .trials import Result, Trial


def local_modes() -> list[str]:
    """Modes whose devices most machines have."""
    return [mode for mode in stage.modes() if not stage.is_virtual(mode)]


def virtual_modes() -> list[str]:
    """The other modes."""
    return [mode for mode in stage.modes() if stage.is_virtual(mode)]


def trials(modes: list[str]) -> list[Trial]:
    """The trials of some modes, those of one mode together."""
    return [one for mode in modes for one in (*pairs.trials(mode), *generated.trials(mode))]


def objects(modes: list[str]) -> dict[str, bytes]:
    """Their compiled programs, by file name."""
    found: dict[str, bytes] = {}
    for mode in modes:
        found |= pairs.objects(mode) | generated.objects(mode)
    return found


class TrialSummary:
    """What one kernel did with all trials."""

    def __init__(self, release: str) -> None:
        self.pairs = PairSummary(release)
        self.generated = generated.GeneratedSummary(release)

    def compare(self, result: Result) -> None:
        """Compare a result with what bpf-lint reports."""
        self._of(result.id).compare(result)

    def miss(self, name: str, reason: str) -> None:
        """Count a trial that was not run."""
        self._of(name).missing[reason] += 1

    def print(self) -> int:
        """Print the sums; return the exit code."""
        return max(self.pairs.print(), self.generated.print())

    def _of(self, name: str) -> PairSummary | generated.GeneratedSummary:
        return self.generated if name.startswith("generated-") else self.pairs
