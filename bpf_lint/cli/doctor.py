"""`bpf-lint doctor`: what would be read, how, and what is wrong with it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from bpf_lint import __version__
from bpf_lint.cli.options import request_of, shared
from bpf_lint.cli.progress import progress
from bpf_lint.cli.streams import say
from bpf_lint.files import sandbox
from bpf_lint.reporters.common import plural
from bpf_lint.sources.supplied import supplied_headers

if TYPE_CHECKING:
    from bpf_lint.pipeline.parse import Parsed
    from bpf_lint.pipeline.planning import Plan, Setup
    from bpf_lint.sources.workspace import Workspace

MOST_MACROS = 4  # that a page shows of a program; -v shows all
PAIRS = "pairs of mode and configuration"


@click.command("doctor", help="Say what would be read, with which flags, and what is wrong.")
@shared
@click.option("--coverage", is_flag=True, help="Audit: what of each program is reached.")
def command(**options: Any) -> int:
    """Print what a run would work on."""
    from bpf_lint.cli.audit import audit
    from bpf_lint.pipeline.planning import prepare
    from bpf_lint.pipeline.stages import not_analysed, parse_plan, stages
    from bpf_lint.pipeline.validation import check

    setup = prepare(request_of(options))
    line = progress(options["quiet"])
    try:
        if options["coverage"]:
            done = stages(setup, line, audit=True)
            text = list(audit(done.answers))
            problems = not_analysed(setup, done)
            text += [f"not analysed: {problem}" for problem in problems]
        else:
            check(setup)
            parsed = [parse_plan(setup, plan, line) for plan in setup.plans]
            text = list(describe(setup, parsed, verbose=options["verbose"]))
            problems = [why for one in parsed for why in one.failed.values()]
    finally:
        line.clear()
    for row in text:
        say(row)
    return 2 if problems or any(plan.skipped for plan in setup.plans) else 0


def describe(setup: Setup, parsed: list[Parsed], *, verbose: bool) -> Iterator[str]:
    """The lines of the report."""
    from bpf_lint.frontend import version
    from bpf_lint.pipeline.attachments import attachment_lines
    from bpf_lint.pipeline.evidence import evidence_lines

    yield f"bpf-lint {__version__}, Python {platform.python_version()}, {version()}"
    yield f"rules: {setup.catalogue.folder} ({len(setup.rules)} run)"
    yield f"cache: {setup.request.cache or 'none'}"
    missing = sandbox.available()
    yield f"processes are confined by the kernel: {f'no, {missing}' if missing else 'yes'}"
    for plan, own in zip(setup.plans, parsed, strict=True):
        yield ""
        yield from _plan(plan)
        yield from _guesses(plan)
        yield from _programs(plan, own, verbose=verbose)
        yield from attachment_lines(plan, own, setup.catalogue.kernel)
        yield from evidence_lines(plan, own, setup.catalogue.kernel)
        yield from _unattached(setup, plan, own)
        yield from _problems(plan, own, verbose=verbose)


def _plan(plan: Plan) -> Iterator[str]:
    from bpf_lint.contexts.plan import modes_of

    space = plan.workspace
    yield f"folder: {space.tree.folder}"
    yield f"paths are relative to: {space.tree.root}"
    if space.tree.only:
        yield f"reported: {', '.join(space.tree.only)}"
    yield f"profile: {space.profile.name} ({_why(space)})"
    document = space.user.document
    yield f"configuration file: {document.path if document else 'none'}"
    yield f"flags from: {plan.flags_from}"
    modes = [name for name in modes_of(space.profile, space.tree) if name]
    yield f"modes: {', '.join(modes) or 'none'}"
    absent = sorted(set(space.profile.modes) - set(modes))
    if absent:
        yield f"modes of the profile that this tree does not have: {', '.join(absent)}"
    for note in space.notes:
        yield f"note: {note}"


def _guesses(plan: Plan) -> Iterator[str]:
    """Flags that nobody gave, each with the line that it rests on."""
    programs: dict[Any, int] = {}
    for guess in plan.guesses.programs.values():
        for basis in dict.fromkeys(guess.basis):
            programs[basis] = programs.get(basis, 0) + 1
    for basis, count in sorted(programs.items()):
        others = f"; so are headers in {', '.join(basis.others)}" if basis.others else ""
        yield (
            f"guess: {basis.flag} for {plural(count, 'program')}, {basis.why}: "
            f"{basis.path}:{basis.line}{others}"
        )
    if plan.guesses.parts:
        root = plan.workspace.tree.root
        parts = ", ".join(os.path.relpath(path, root) for path in plan.guesses.parts)
        yield f"guess: parts of other programs, which include them: {parts}"


def _why(space: Workspace) -> str:
    """Why the profile is this one, and its file."""
    shipped = space.choice.loaded
    if space.choice.recognised:
        return f"recognised; {shipped.document.path}"
    if space.described:
        return "as the configuration file describes it"
    return f"nothing describes this tree; {shipped.document.path}"


def _programs(plan: Plan, parsed: Parsed, *, verbose: bool) -> Iterator[str]:
    """Each program with its systems, entries and flags."""
    from bpf_lint.pipeline.parse import unit_key

    jobs: dict[str, list[tuple[str, Any]]] = {}
    for system in plan.systems:
        name = f"{system.mode}/{system.configuration}" if system.mode else system.configuration
        for unit in system.units:
            jobs.setdefault(unit.name, []).append((name, unit))
    for name, found in sorted(jobs.items()):
        keys = {unit_key(unit): unit for _, unit in found}
        units = [parsed.units[key] for key in keys if key in parsed.units]
        entries = sorted({entry for unit in units for entry in unit.entries})
        defined = max((unit.defined for unit in units), default=0)
        counts = f"{plural(defined, 'function')}, {len(entries)} of them entries; " if units else ""
        sets = plural(len(keys), "different set")
        pairs = f"in {len(found)} of {len(plan.systems)} {PAIRS}"
        yield f"program {name}: {counts}{pairs}, {sets} of flags"
        ours = supplied_headers(file for unit in units for file in unit.files)
        if ours:
            yield f"  headers that come with bpf-lint: {', '.join(ours)}"
        if verbose:
            yield f"  in: {', '.join(system for system, _ in found)}"
            yield f"  entries: {', '.join(entries) or 'none'}"
            yield from (f"  flags: {' '.join(unit.flags)}" for unit in keys.values())
        else:
            yield f"  flags: {_short(next(iter(keys.values())).flags)}"


def _short(flags: Sequence[str]) -> str:
    """Flags without their macros, which are counted where they are many."""
    macros = [one for one in flags if one.startswith("-D")]
    if len(macros) <= MOST_MACROS:
        return " ".join(flags)
    others = " ".join(one for one in flags if one not in macros)
    return f"{others} and {len(macros)} macros (-v shows them)"


def _unattached(setup: Setup, plan: Plan, parsed: Parsed) -> Iterator[str]:
    """Functions with a program section that nothing leads to in any system."""
    from bpf_lint.pipeline.graphs import attached_systems

    found: dict[tuple[str, str], bool] = {}
    for system in attached_systems(setup, plan, parsed):
        for one, is_led_to in system.led_to().items():
            found[one] = found.get(one, False) or is_led_to
    units: dict[str, list[str]] = {}
    for unit, function in sorted(one for one, is_led_to in found.items() if not is_led_to):
        units.setdefault(function, []).append(unit)
    for function, names in units.items():
        where = ", ".join(names)
        yield f"not reachable: {function} in {where}: no attachment and no tail call leads to it"


def _problems(plan: Plan, parsed: Parsed, *, verbose: bool) -> Iterator[str]:
    from bpf_lint.pipeline.drift import drift, of_other_versions
    from bpf_lint.pipeline.parse import unit_key

    for one in plan.skipped:
        yield f"problem: {one.path}: {one.reason}"
    units = {unit_key(unit): unit.name for system in plan.systems for unit in system.units}
    for text in sorted({f"{units[key]}: {why}" for key, why in parsed.failed.items()}):
        yield f"problem: {text}"
    expected = of_other_versions(plan, parsed)
    found = drift(plan, parsed)
    if new := [text for text in found if text not in expected]:
        yield f"drift: {plural(len(new), 'name')} of the profile that this tree does not have:"
        yield from (f"  {text}" for text in new)
    if old := [text for text in found if text in expected]:
        names = f": {', '.join(old)}" if verbose else "; -v lists them"
        yield f"of other versions, as expected not in this tree: {plural(len(old), 'name')}{names}"
