"""What a repository says of attachments, devices and numbers, for a configuration to begin with."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline.attachments import hooks_of, units_in
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Plan, prepare
from bpf_lint.pipeline.proposals import proposals
from bpf_lint.pipeline.request import Request, silent
from bpf_lint.pipeline.stages import parse_plan
from bpf_lint.pipeline.writers import with_writers
from bpf_lint.reporters.proposals import table
from bpf_lint.sources.loaders import Attached, Loaders, folded

MOST_DEVICES = 12


class Numbers(msgspec.Struct, frozen=True):
    """The numbers of redirects that nobody has told the namespace of.

    Args:
        tables: Each as a table of a configuration, to be commented out.
        unread: Programs that were not read, or in part.
    """

    tables: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


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


def agree(hook: str, other: str) -> bool:
    """True for hooks of one type of program: libbpf would refuse to load one at the other's."""
    return (hook == "xdp") == (other == "xdp")


def _way(program: str, loader: str) -> int:
    """Folders to go up and down from a program to a loader."""
    way = os.path.relpath(os.path.dirname(loader) or ".", os.path.dirname(program) or ".")
    return 0 if way == "." else way.count("/") + 1


def evidence_lines(plan: Plan, parsed: Parsed, kernel: KernelModel) -> Iterator[str]:
    """What loaders say of entries that are analysed elsewhere, or by their sections' word only.

    Nothing where a profile recognises the tree, which was made from the same loaders.
    """
    space = plan.workspace
    if space.choice.recognised:
        return
    loaders = Loaders(Path(space.tree.root), space.tree.around(), kernel)
    hooks = hooks_of(plan, parsed, kernel)
    for program, entries in sorted(_entries(plan, parsed).items()):
        for function, one in sorted(attachments_said(entries, loaders, program).items()):
            own = hooks.get((program, function), set())
            if any(agree(hook, one.hook) for hook in own) or not own:
                yield from _told(f"{program}:{function}", one, own, described=space.described)


def _told(entry: str, one: Attached, own: set[str], *, described: bool) -> Iterator[str]:
    """A line about one entry, where its loader says more than is analysed."""
    if one.hook in own and described:
        return  # written down already
    yield f"found: {entry} at {one.hook}, by what its loader says: {one.said}"
    if one.hook not in own:
        at = f"analysed at {', '.join(sorted(own))}" if own else "attached nowhere"
        why = "by the configuration" if described else "by its section's name"
        more = "" if described else "; `bpf-lint init` takes its loader's word"
        yield f"  {at} {why}{more}"


def _entries(plan: Plan, parsed: Parsed) -> dict[str, dict[str, str]]:
    """Entries with their sections, by program."""
    found: dict[str, dict[str, str]] = {}
    for _, job, unit in units_in(plan, parsed):
        own = found.setdefault(job.name, {})
        own.update((name, unit.functions[name].section) for name in unit.entries)
    return found


def devices_said(loaders: Loaders, kinds: Collection[str]) -> list[str]:
    """Lines that make devices, one for each kind and file."""
    found = {(kind, line.path): line for kind, line in reversed(list(loaders.devices(kinds)))}
    lines = [f"{kind}: {line}" for (kind, _), line in sorted(found.items())]
    return lines[:MOST_DEVICES]


def numbers_said(request: Request, loaders: Loaders, skip: Collection[str] = ()) -> Numbers:
    """Tables for the numbers of redirects, with lines of loaders that write them.

    Args:
        request: For the tree.
        skip: Absolute paths of programs that need not be read, for they redirect nothing.
    """
    try:
        setup = prepare(request)
        wanted = [_without(plan, skip) for plan in setup.plans]
        plans = [(plan, parse_plan(setup, plan, silent)) for plan in wanted]
    except InputError:
        return Numbers()
    units = {
        (job.program, id(unit)): (job.program, unit, plan.workspace.profile)
        for plan, own in plans
        for _, job, unit in units_in(plan, own)
    }
    found = proposals(list(units.values()), setup.catalogue.kernel, None)
    # A table without its namespace is an error: it is a comment until that is filled in.
    tables = (
        "\n".join(line.removeprefix("# ") for line in table(one) if line)
        for one in with_writers(found, [loaders])
    )
    return Numbers(
        tuple(tables), tuple(sorted(name for p, own in plans for name in unread(p, own)))
    )


def _without(plan: Plan, skip: Collection[str]) -> Plan:
    """A plan without some programs."""
    systems = (
        msgspec.structs.replace(one, units=tuple(job for job in one.units if job.path not in skip))
        for one in plan.systems
    )
    return msgspec.structs.replace(plan, systems=tuple(systems))


def unread(plan: Plan, parsed: Parsed) -> set[str]:
    """Programs of a plan that were not read, or in part."""
    broken = parsed.failed.keys() | parsed.partial.keys()
    jobs = (job for system in plan.systems for job in system.units)
    return {one.path for one in plan.skipped} | {j.name for j in jobs if unit_key(j) in broken}
