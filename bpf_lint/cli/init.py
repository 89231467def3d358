"""`bpf-lint init`: a commented bpf-lint.toml for the tree at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bpf_lint.cli.options import cache_folder, processors
from bpf_lint.cli.streams import say, tell
from bpf_lint.config.user import FILE
from bpf_lint.files.writing import replace_text

if TYPE_CHECKING:
    from bpf_lint.pipeline.template import Draft
    from bpf_lint.sources.host.taken import Taken


@click.command("init", help=f"Write a commented {FILE} for the tree in PATH.")
@click.argument("path", default=".")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--stdout", "show", is_flag=True, help="Print it instead.")
@click.option("--from-host", is_flag=True, help="Ask this machine's ip and bpftool what runs here.")
@click.option(
    "--from-json",
    "files",
    multiple=True,
    metavar="DIR|FILE",
    type=click.Path(exists=True),
    help="What ip and bpftool said on a node (repeatable).",
)
def command(path: str, force: bool, show: bool, from_host: bool, files: tuple[str, ...]) -> None:
    """Write a configuration file."""
    from bpf_lint.files.reach import repository
    from bpf_lint.pipeline.template import template

    folder = Path(path)
    if not folder.is_dir():
        raise click.ClickException(f"{path}: no such folder")
    cache = cache_folder("", no_cache=False)
    draft = template(folder, _taken(from_host, files), jobs=processors(), cache=cache)
    if show:
        tell(draft.text)
        return
    target = folder / FILE
    if os.path.lexists(target) and not force:
        raise click.ClickException(f"{target} is there already; --force replaces it")
    try:
        replace_text(target, draft.text, repository(folder.resolve()) or folder)
    except OSError as error:
        raise click.FileError(str(target), error.strerror or str(error)) from None
    for line in _done(target, path, draft):
        say(line)


def _done(target: Path, path: str, draft: Draft) -> Iterator[str]:
    """What was written, and what is left to do."""
    known = f"; the profile {draft.profile} knows this tree, and all of it may stay as it is"
    yield f"{target} written{known if draft.profile else ''}"
    if draft.left:
        yield "Left to edit there:"
    yield from (f"- {line}" for line in draft.left)
    yield f"Then: `bpf-lint {path}`; `bpf-lint doctor {path}` draws what is attached where"


def _taken(from_host: bool, files: tuple[str, ...]) -> Taken | None:
    """What was asked of a node, None for nothing."""
    from bpf_lint.sources.host import taken

    if from_host and files:
        raise click.UsageError("--from-host does not go with --from-json")
    if from_host:
        return taken.from_host()
    return taken.from_files(Path(file) for file in files) if files else None
