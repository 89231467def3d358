"""`bpf-lint sweep`: the reports about a fleet of repositories."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from bpf_lint.cli.options import cache_folder, listed, survey_options
from bpf_lint.cli.outputs import format_option, one_to_standard_output, write_outputs
from bpf_lint.cli.progress import Line, progress
from bpf_lint.cli.streams import say
from bpf_lint.cli.surveys import engine_of

if TYPE_CHECKING:
    from bpf_lint.survey.fleet import Fleet
    from bpf_lint.survey.sweep import Sweep

FORMATS = ("text", "json", "markdown", "html")

HELP = """Analyse the repositories and commits that FILE names, and report over all of them.

FILE says where the clones are, which commits and folders are analysed, and which reports are
true, false, and why. Nothing is fetched. --since tells what is new, gone and judged anew.

Exit codes: 0 every report is judged, 1 some are not, are new or gone, 2 something was not
analysed as FILE says.
"""


@click.command("sweep", help=HELP)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--clones",
    multiple=True,
    metavar="DIR",
    help="A clone, or a folder of clones (repeatable; also $BPF_LINT_CLONES).",
)
@click.option("--since", default="", metavar="FILE", help="JSON output of the last sweep.")
@click.option("--tree", "trees", multiple=True, metavar="GLOB", help="Only trees of these names.")
@click.option("--no-system-headers", is_flag=True, help="Read no headers of this machine.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Processes (default: processors).",
)
@click.option(
    "--cache-dir", default="", metavar="DIR", help="Cache (default: $XDG_CACHE_HOME/bpf-lint)."
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("-v", "--verbose", is_flag=True, help="Say where the time went.")
@survey_options
@format_option(FORMATS)
def command(**options: Any) -> int:
    """Sweep a fleet."""
    one_to_standard_output(options["formats"])
    line = progress(options["quiet"], estimates=True)
    try:
        found = _sweep(options, line)
    finally:
        line.clear()
    write_outputs(options["formats"], lambda name: _render(found, name), Path.cwd())
    if options["verbose"]:
        say(line.times(), err=True)
    return _finish(found)


def _sweep(options: Any, line: Line) -> Sweep:
    from bpf_lint.files.reach import repository
    from bpf_lint.pipeline import Request
    from bpf_lint.survey.clones import Clones
    from bpf_lint.survey.fleet import read_fleet
    from bpf_lint.survey.formats.sweep_json import read_sweep
    from bpf_lint.survey.state import Terms
    from bpf_lint.survey.sweep import sweep

    file = Path(options["file"])
    fleet = _chosen(read_fleet(file), options["trees"])
    last = read_sweep(options["since"]) if options["since"] else None
    clones = Clones(file.parent, options["clones"])
    request = Request(
        paths=(),
        select=listed(options["select"]),
        ignore=listed(options["ignore"]),
        system_headers=fleet.system_headers and not options["no_system_headers"],
        lenient=True,
    )
    cache = cache_folder(options["cache_dir"], options["no_cache"])
    terms = Terms(str(cache.absolute()) if cache else "", options["timeout"])
    # The fleet's file may be a stranger's where it lies in a repository.
    tree = repository(file.parent.resolve()) or Path(os.devnull)
    with engine_of(options, tree, line) as engine:
        return sweep(fleet, file.parent, clones, request, terms, engine, last)


def _chosen(fleet: Fleet, globs: tuple[str, ...]) -> Fleet:
    """The fleet with the trees that are asked for."""
    from fnmatch import fnmatchcase

    from bpf_lint.config.nearest import unknown
    from bpf_lint.model.errors import InputError

    for glob in globs:
        if not any(fnmatchcase(tree.title, glob) for tree in fleet.trees):
            raise InputError(unknown("tree", glob, [tree.title for tree in fleet.trees]))
    trees = [t for t in fleet.trees if not globs or any(fnmatchcase(t.title, g) for g in globs)]
    return msgspec.structs.replace(fleet, trees=trees)


def _render(found: Sweep, name: str) -> str:
    module = import_module(f"bpf_lint.survey.formats.sweep_{name}")
    text: str = module.render(found)
    return text


def _finish(found: Sweep) -> int:
    from bpf_lint.survey.formats.sweep_words import problems

    for one in problems(found):
        say(f"bpf-lint: {one}", err=True)
    if not found.whole:
        return 2
    return 0 if found.settled else 1
