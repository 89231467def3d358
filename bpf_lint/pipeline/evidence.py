"""What a repository says of attachments, devices and numbers, for a configuration to begin with."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from bpf_lint.model.errors import InputError
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, prepare
from bpf_lint.pipeline.proposals import proposals
from bpf_lint.pipeline.request import Request, silent
from bpf_lint.pipeline.stages import parse_plan
from bpf_lint.reporters.proposals import table
from bpf_lint.sources.loaders import Attached, Loaders, folded

MOST_DEVICES, MOST_LINES = 12, 2


def attachments_said(
    entries: Mapping[str, str], loaders: Loaders, program: str = ""
) -> dict[str, Attached]:
    """What loaders say of functions with these sections: the first line that tells a hook.

    Args:
        program: Path of the functions' program: the loader that lies nearest to it is heard first.
    """
    names = {folded(function): function for function in entries}
    sections = list(entries.values())
    names.update({f"sec {s}": f for f, s in entries.items() if sections.count(s) == 1})
    found: dict[str, Attached] = {}
    for one in sorted(loaders.attached(names), key=lambda one: _way(program, one.said.path)):
        if one.hook:
            found.setdefault(one.entry, one)
    return found


def _way(program: str, loader: str) -> int:
    """Folders to go up and down from a program to a loader."""
    way = os.path.relpath(os.path.dirname(loader) or ".", os.path.dirname(program) or ".")
    return 0 if way == "." else way.count("/") + 1


def evidence_lines(plan: Plan, parsed: Parsed) -> Iterator[str]:
    """What loaders say of the entries of a plan, for those who have no profile."""
    if plan.workspace.choice.recognised:
        return
    entries = {
        name: unit.functions[name].section
        for unit in parsed.units.values()
        for name in unit.entries
    }
    tree = plan.workspace.tree
    said = attachments_said(entries, Loaders(Path(tree.root), tree.around()))
    for function, one in sorted(said.items()):
        yield f"found: {function} at {one.hook}, by what its loader says: {one.said}"


def devices_said(loaders: Loaders, kinds: Collection[str]) -> list[str]:
    """Lines that make devices, one for each kind and file."""
    found = {(kind, line.path): line for kind, line in reversed(list(loaders.devices(kinds)))}
    lines = [f"{kind}: {line}" for (kind, _), line in sorted(found.items())]
    return lines[:MOST_DEVICES]


def numbers_said(folder: Path, loaders: Loaders) -> Iterator[str]:
    """Tables for the numbers of redirects, with lines of loaders that write them.

    None where no program can be read.
    """
    try:
        setup = prepare(Request(paths=(str(folder),), no_config=True))
        plans = [(plan, parse_plan(setup, plan, silent)) for plan in setup.plans]
    except InputError:
        return
    units = {id(u): (u, plan.workspace.profile) for plan, own in plans for u in own.units.values()}
    for one in proposals(list(units.values()), setup.catalogue.kernel, None):
        written = tuple(map(str, islice(loaders.written(one.name), MOST_LINES)))
        # A table without its namespace is an error: it is a comment until that is filled in.
        lines = table(msgspec.structs.replace(one, written=written))
        yield "\n".join(line.removeprefix("# ") for line in lines if line)
