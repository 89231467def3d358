"""What is asked of a run, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from bpf_lint.config.rule_schema import Rule
from bpf_lint.model.finding import Finding, Report, Summary
from bpf_lint.model.journey import Journey
from bpf_lint.model.proposal import Proposal
from bpf_lint.pipeline.limits import Bounds
from bpf_lint.triage import Problem


class Progress(Protocol):
    """Told what a run is doing."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A stage has done a part of its work."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Args:
        paths: Folders or files.
        modes, configurations: What is analysed; empty for all.
        programs, entries: Globs; only findings in their contexts are reported.
        profile: Name or file, "" to recognise one.
        defines: More macros.
        jobs: Processes.
        select, ignore: Rule globs.
        database: Folder of compile_commands.json, "" for none.
        system_headers: False to read no headers of this machine.
        config: Configuration file, "" to look for one; `no_config` for none at all.
        baseline: File of known findings, "" for the configured one.
        no_baseline: True to take no baseline at all.
        honour_ignores: False to report what comments in the source suppress.
        cache: Folder of the cache, None for no cache.
        bounds: What one program may take.
        writers: True to look for lines of loaders that write what proposals name.
        journeys: True to tell where packets can go.
        lenient: True where the configuration need not fit the tree, which is of another time.
    """

    paths: tuple[str, ...]
    modes: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    profile: str = ""
    defines: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    jobs: int = 1
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    database: str = ""
    system_headers: bool = True
    config: str = ""
    no_config: bool = False
    baseline: str = ""
    no_baseline: bool = False
    honour_ignores: bool = True
    cache: Path | None = None
    bounds: Bounds = Bounds()
    writers: bool = False
    journeys: bool = False
    lenient: bool = False

    @property
    def narrowed(self) -> bool:
        """True where not everything is analysed or reported."""
        return bool(self.modes or self.configurations or self.programs or self.entries)


class Result(msgspec.Struct, frozen=True):
    """What the analysis says, before triage: what the cache keeps.

    Args:
        files: Every source file that was read, as findings name them.
        proposals, journeys: See `Report`.
    """

    findings: tuple[Finding, ...]
    unknown: tuple[Finding, ...]
    summary: Summary
    files: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    journeys: tuple[Journey, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """A finished run.

    Args:
        report: After triage.
        problems: Suppressions and baseline entries that are wrong or unused.
        suppressed: Number of findings that are not reported, by reason's kind.
        rules: All rules by id.
        root: Folder that paths in the report are relative to.
        all_findings: Before the baseline, for writing one.
        tree: Absolute folder that a stranger may have written.
        notes: What the user should know besides.
    """

    report: Report
    problems: tuple[Problem, ...]
    suppressed: int
    rules: Mapping[str, Rule]
    root: str
    all_findings: tuple[Finding, ...] = ()
    tree: str = ""
    notes: tuple[str, ...] = ()
