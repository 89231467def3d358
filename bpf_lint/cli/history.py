"""`bpf-lint history`: since when, and in which releases."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bpf_lint.cli.options import listed, request_of, run_options, survey_options
from bpf_lint.cli.outputs import format_option, one_to_standard_output, write_outputs
from bpf_lint.cli.progress import Line, progress
from bpf_lint.cli.streams import say
from bpf_lint.cli.surveys import engine_of

if TYPE_CHECKING:
    from bpf_lint.survey.history import History

FORMATS = ("text", "json", "markdown", "html")

HELP = """Say of each finding in which releases it is, and which commits brought and removed it.

REV..REV is a range of commits; its releases are the tags in it, or those that --tags names.
PATH is a folder or file of the repository (default: the current folder). Commits between two
releases are looked at where these differ, by halves. The work tree is not touched.

Exit codes: 0 everything was analysed, 2 something was not.
"""


@click.command("history", help=HELP)
@click.argument("what", nargs=-1, metavar="[REV..REV] [PATH]...")
@click.option(
    "--tags", multiple=True, metavar="GLOB", help='Releases: tags (repeatable; "!GLOB": not these).'
)
@click.option("--branches", multiple=True, metavar="GLOB", help="Releases: heads of branches.")
@click.option(
    "--every",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Look at each Nth commit of the range that changes something.",
)
@click.option(
    "--rounds",
    type=click.IntRange(0),
    default=None,
    metavar="N",
    help="Look between releases at most so often; each time halves what is left (0: not at all).",
)
@run_options
@survey_options
@format_option(FORMATS)
def command(**options: Any) -> int:
    """Tell a history."""
    one_to_standard_output(options["formats"])
    given, paths = _split(options["what"])
    request = request_of(
        {**options, "paths": paths},
        select=listed(options["select"]),
        ignore=listed(options["ignore"]),
    )
    line = progress(options["quiet"], estimates=True)
    try:
        found, root = _history(request, given, options, line)
    finally:
        line.clear()
    write_outputs(options["formats"], lambda name: _render(found, name), root)
    if options["verbose"]:
        say(line.times(), err=True)
    return _finish(found)


def _split(what: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The range, and the paths: a first word that is no path is a range."""
    if what and not Path(what[0]).exists():
        return what[0], what[1:] or (".",)
    return "", what or (".",)


def _history(request: Any, given: str, options: Any, line: Line) -> tuple[History, Path]:
    from bpf_lint.survey.history import history
    from bpf_lint.survey.rows import Wanted, rows_of
    from bpf_lint.survey.view import view_of, with_headers

    wanted = Wanted(given, options["tags"], options["branches"], options["every"] or 0)
    if not (given or wanted.tags or wanted.branches):
        raise click.UsageError("say which commits: REV..REV, --tags or --branches")
    if wanted.every and not given:
        raise click.UsageError("--every needs a range of commits: REV..REV")
    view = view_of(request, options["timeout"])
    rows = rows_of(view, wanted)
    view = with_headers(view, rows[-1].commit)
    with engine_of(options, view.clone.path, line) as engine:
        return history(view, rows, engine, options["rounds"]), view.clone.path


def _render(found: History, name: str) -> str:
    module = import_module(f"bpf_lint.survey.formats.history_{name}")
    text: str = module.render(found)
    return text


def _finish(found: History) -> int:
    from bpf_lint.survey.formats.words import open_ends

    for one in open_ends(found):
        say(f"bpf-lint: {one}", err=True)
    return 0 if found.whole else 2
