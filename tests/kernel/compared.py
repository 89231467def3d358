"""Trials on one kernel: bpf-lint's verdict, what the source expects, and what the kernel did."""

from __future__ import annotations

from collections import Counter

from . import pairs
from .trials import Result

ARRIVED = "DELIVERED"


class PairSummary:
    """What one kernel did with the programs of `pairs`."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.missing = Counter[str]()
        self.outcomes: dict[str, str] = {}
        self.wrong = 0

    def compare(self, result: Result) -> None:
        """Compare one, and print what is different."""
        self.outcomes[result.id] = result.outcome
        name, _, decoy = result.id.partition("+")
        file, rest = name.split(":")
        function, mode = rest.rstrip("]").split("[")
        program = pairs.programs()[file, function]
        rules = pairs.verdicts().get(name, set())
        found = []
        if program.loses(mode) == (result.outcome == ARRIVED):
            wanted = "not arrive" if program.loses(mode) else f"arrive at {program.goal}"
            found.append(f"its packets should {wanted}: {result.outcome}")
        if not program.gap and bool(rules) != (result.outcome != ARRIVED):
            found.append(f"bpf-lint reports {sorted(rules) or 'nothing'}: {result.outcome}")
        if decoy and result.outcome not in ("MISDELIVERED", "DROPPED"):
            found.append(f"with a decoy: {result.outcome}")
        if found:
            self.wrong += 1
            print(f"{result.id}: {'; '.join(found)} [{result.evidence}]")

    def print(self) -> int:
        """Print the sums; return the exit code."""
        for reason, count in self.missing.items():
            print(f"not run: {count} trials of pairs on {self.release} ({reason})")
        strayed = sum(one == "MISDELIVERED" for one in self.outcomes.values())
        print(f"{len(self.outcomes)} trials of pairs run on {self.release},", end=" ")
        print(f"{strayed} misdelivered, {self.wrong} unlike bpf-lint's verdict")
        return 1 if self.wrong else 0
