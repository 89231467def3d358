"""The generated programs, compiled and analysed, and the comparison with a kernel."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

from tests.running import lint_json

from .. import stage
from ..harness.programs import compile_to
from ..pairs import reported
from ..trials import Result, Trial
from .draft import SHARES, Draft, drafts
from .writing import file_name, name, source, text, trial

ARRIVED = "DELIVERED"


@cache
def programs() -> dict[str, Draft]:
    """All drafts, by trial id."""
    return {trial(one).id: one for mode in SHARES for one in drafts(mode)}


def trials(mode: str) -> list[Trial]:
    """The trials of a mode."""
    return [trial(one) for one in drafts(mode)]


def objects(mode: str) -> dict[str, bytes]:
    """The compiled programs of a mode, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name(mode)
        path.write_text(text(drafts(mode)))
        compiled = path.with_suffix(".o")
        return {compiled.name: compile_to(compiled, path, stage.options(mode))}


@cache
def verdicts() -> dict[str, set[str]]:
    """Rules that bpf-lint reports, by trial id."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        for mode in SHARES:
            (folder / file_name(mode)).write_text(text(drafts(mode)))
        (folder / "bpf-lint.toml").write_text(_configuration())
        report = lint_json(folder, cwd=folder).report
    assert report["summary"]["skipped"] == [], report["summary"]["skipped"]
    return reported(report, _alone())


def _configuration() -> str:
    """The configuration of `pairs`, for the generated files: one for each mode."""
    settings = (stage.PAIRS / "bpf-lint.toml").read_text()
    # One draft has few of the entries, maps and symbols that all trials name together.
    settings = re.sub(r"\noptional = true[^\n]*", "", settings)
    tables = r"(?m)^(\[modes\.[^\]]+\]|\[\[(?:attachments|symbols|prog_arrays|fields)\]\])$"
    settings = re.sub(tables, r"\1\noptional = true", settings)
    settings = settings.replace(
        '"-I../../fixtures/include"', f'"-I{stage.INCLUDE}", "-I{stage.PAIRS}"'
    )
    files = (f'path = "{file_name(mode)}"\nmodes = ["{mode}"]' for mode in SHARES)
    return settings.replace('path = "*.c"', "\n\n[[programs]]\n".join(files))


def _alone() -> dict[tuple[str, str], str]:
    """Functions that are the only ones of their section in a file."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in programs().values():
        found.setdefault((file_name(one.mode), one.section), []).append(name(one))
        if one.writer:
            found.setdefault((file_name(one.mode), one.writer), []).append("")
    return {key: names[0] for key, names in found.items() if len(names) == 1}


class GeneratedSummary:
    """What one kernel did with the generated programs."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.missing = Counter[str]()
        self.done = Counter[str]()
        self.unlike: list[str] = []

    def compare(self, result: Result) -> None:
        """Compare one result with what bpf-lint reports."""
        rules = verdicts().get(result.id, set())
        self.done[result.outcome] += 1
        if bool(rules) == (result.outcome == ARRIVED):
            self.unlike.append(result.id)
            said = ", ".join(sorted(rules)) or "nothing"
            print(
                f"{result.id}: bpf-lint reports {said}, {self.release} did {result.outcome}", end=""
            )
            print(f" [{result.evidence}]")

    def print(self) -> int:
        """Print the sums and the smallest disagreement; return the exit code."""
        for reason, count in self.missing.items():
            print(f"not run: {count} generated programs on {self.release} ({reason})")
        outcomes = ", ".join(f"{count} {one}" for one, count in sorted(self.done.items()))
        print(
            f"{self.done.total()} generated programs run on {self.release} ({outcomes}),", end=" "
        )
        print(f"{len(self.unlike)} unlike bpf-lint's verdict")
        if self.unlike:
            smallest = min(self.unlike, key=lambda one: len(source(programs()[one])))
            print(f"the smallest, {smallest}:\n{source(programs()[smallest])}")
        return 1 if self.unlike else 0
