"""What is attached where, as the configuration says it: the table of `doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from os.path import relpath

import msgspec

from bpf_lint.callgraph.tailcalls import slots_of
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.hooks import attached
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.ir.nodes import Function, Unit
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Plan

HEAD = ("entry", "hook", "device", "kind", "skb->dev in", "mode", "known from")
Row = tuple[str, ...]


def attachment_lines(plan: Plan, parsed: Parsed, kernel: KernelModel) -> Iterator[str]:
    """The table of one plan: its attachments, then the entries that are attached nowhere."""
    modes: dict[Row, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    for system, job, unit in units_in(plan, parsed):
        for at, one in enumerate(plan.workspace.profile.attachments):
            alone = msgspec.structs.replace(plan.workspace.profile, attachments=[one])
            for hook, function in attached(system, job, unit, alone, kernel):
                seen.add((job.name, function))
                place = (hook.hook, hook.device, hook.device_kind, hook.skb_netns)
                row = (f"{job.name}:{function}", *place, _source(plan, at))
                modes.setdefault(row, set()).add(system.mode)
    rows = [(*row[:5], _modes(own), row[5]) for row, own in sorted(modes.items())]
    if rows:
        yield from _table([HEAD, *rows])
    idle = {
        f"{job.name}:{name}"
        for _, job, unit in units_in(plan, parsed)
        for name in unit.entries
        if (job.name, name) not in seen and not _called(unit, name, plan.workspace.profile)
    }
    if idle:
        yield f"attached nowhere: {', '.join(sorted(idle))}"


def hooks_of(plan: Plan, parsed: Parsed, kernel: KernelModel) -> dict[tuple[str, str], set[str]]:
    """The hooks of each function that is attached, by program and function."""
    found: dict[tuple[str, str], set[str]] = {}
    for system, job, unit in units_in(plan, parsed):
        for hook, function in attached(system, job, unit, plan.workspace.profile, kernel):
            found.setdefault((job.name, function), set()).add(hook.hook)
    return found


def units_in(plan: Plan, parsed: Parsed) -> Iterator[tuple[SystemJob, UnitJob, Unit]]:
    """Every program that was read, in each system."""
    for system in plan.systems:
        for job in system.units:
            key = unit_key(job)
            if key in parsed.units:
                yield system, job, parsed.units[key]


def _called(unit: Unit, name: str, profile: Profile) -> bool:
    """True for a program that is in a slot of a prog array."""
    function: Function = unit.functions[name]
    globs = [text.rpartition(":")[2] for array in profile.prog_arrays for text in array.programs]
    named = any(fnmatchcase(one, glob) for glob in globs for one in (name, function.section))
    return named or name in slots_of(unit, profile).values()


def _source(plan: Plan, at: int) -> str:
    """Where the attachment of a number is written: the user's file and line, or the profile."""
    space = plan.workspace
    own = space.user.settings.attachments
    first = len(space.profile.attachments) - len(own)
    if at < first or space.user.document is None:
        return f"profile {space.choice.loaded.profile.name}"
    line = space.user.error("", "attachments", at - first).line
    assumed = " (assumed)" if own[at - first].assumed else ""
    return f"{relpath(space.user.document.path, space.tree.root)}:{line}{assumed}"


def _modes(modes: set[str]) -> str:
    return ", ".join(sorted(mode for mode in modes if mode)) or "-"


def _table(rows: list[Row]) -> Iterator[str]:
    """Rows with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
