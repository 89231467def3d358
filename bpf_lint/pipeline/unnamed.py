"""Programs that no one has named: beside the described folder, or in no [[programs]]."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path

import msgspec

from bpf_lint.config.choose import generic
from bpf_lint.config.probes import hold
from bpf_lint.config.schema import Program
from bpf_lint.contexts.plan import ITSELF
from bpf_lint.model.finding import Skipped
from bpf_lint.pipeline.narrowing import shown
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.sources.tree import discover, resolve
from bpf_lint.sources.workspace import left_out

UNNAMED = "no [[programs]] of {file} names it; `exclude` tells that it need not be analysed"
MOST_NAMES = 8
OUTSIDE = "lies outside of the folder that {file} describes; name that folder to analyse it alone"


def unnamed(setup: Setup, parsed: Parsed) -> tuple[list[Skipped], list[str]]:
    """Programs in the named folders that were not planned, and what is said of a profile's.

    A user's own description is wrong where it leaves a program out. A profile that recognises a
    project knows which programs run, so that the others are told in a note.
    """
    if setup.request.lenient:
        return [], []
    read = {os.path.normpath(file) for unit in parsed.units.values() for file in unit.files}
    read |= {unit.path for plan in setup.plans for job in plan.systems for unit in job.units}
    skipped: list[Skipped] = []
    beside: list[str] = []
    for path in programs_in(setup):
        plan = next((one for one in setup.plans if _within(path, one)), setup.plans[0])
        if str(path) in read or _told(path, plan):
            continue
        if plan.workspace.choice.recognised:
            beside.append(shown(path, setup.root))
        elif plan.workspace.user.document:
            skipped.append(_skipped(path, plan, setup.root))
    return skipped, [_beside(beside)] if beside else []


def _beside(paths: list[str]) -> str:
    """Programs that a profile does not name, counted, the first few named."""
    names = ", ".join(paths[:MOST_NAMES]) + (", ..." if len(paths) > MOST_NAMES else "")
    noun = "program" if len(paths) == 1 else "programs"
    return f"{len(paths)} {noun} that the profile does not name, not analysed: {names}"


def programs_in(setup: Setup) -> Iterator[Path]:
    """Sources in the folders of the command line that look like programs.

    None where nothing describes the tree: there they are what is analysed.
    """
    if not any(plan.workspace.described for plan in setup.plans):
        return
    probes = generic(setup.catalogue).profile.programs
    for given in resolve(setup.request.paths):
        for name in () if given.files else discover(given.folder, given.root):
            if any(looks_like(one, name, given.folder) for one in probes):
                yield given.folder / name


def looks_like(program: Program, name: str, folder: Path) -> bool:
    """True where the glob and the probes of a profile's program hold for a source."""
    probes = [
        msgspec.structs.replace(one, path=escape(name)) if one.path == ITSELF else one
        for one in program.probes
    ]
    return fnmatchcase(name, program.path) and hold(probes, folder)


def _within(path: Path, plan: Plan) -> bool:
    return path.is_relative_to(plan.workspace.tree.folder)


def _told(path: Path, plan: Plan) -> bool:
    """True where the configuration names a source, or leaves it out."""
    space = plan.workspace
    if not _within(path, plan):
        return False
    name = path.relative_to(space.tree.folder).as_posix()
    named = any(fnmatchcase(name, one.path) for one in space.profile.programs)
    return named or left_out(space.user, path)


def _skipped(path: Path, plan: Plan, root: Path) -> Skipped:
    document = plan.workspace.user.document
    file = shown(Path(document.path), root) if document else ""
    reason = UNNAMED if _within(path, plan) else OUTSIDE
    return Skipped(shown(path, root), reason.format(file=file))
