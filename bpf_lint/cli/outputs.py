"""`--output-format FORMAT[=FILE]`, of every command that has several formats."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from bpf_lint.cli.streams import output
from bpf_lint.config.nearest import unknown
from bpf_lint.files.writing import replace_text
from bpf_lint.model.printable import guarded

F = TypeVar("F", bound=Callable[..., Any])

Chosen = tuple[str, str]  # a format, and a file or "" for standard output


class Format(click.ParamType[Chosen]):
    """FORMAT or FORMAT=FILE.

    Args:
        known: Names of formats.
    """

    name = "format"

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Chosen:
        """Split and check the format's name."""
        if isinstance(value, tuple):
            return value
        name, _, file = str(value).partition("=")
        if name not in self._known:
            self.fail(unknown("output format", name, self._known), param, ctx)
        if file and file != "-" and (Path(file).is_dir() or not Path(file).parent.is_dir()):
            # Said before a long run, not after it.
            self.fail(f"cannot write {file}: no such folder, or a folder itself", param, ctx)
        return name, "" if file == "-" else file

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The formats' names."""
        return [CompletionItem(name) for name in self._known if name.startswith(incomplete)]


def format_option(known: Collection[str], unnamed: str = "") -> Callable[[F], F]:
    """`--output-format`, repeatable.

    Args:
        unnamed: What is said of a run that names none.
    """
    return click.option(
        "--output-format",
        "formats",
        type=Format(known),
        multiple=True,
        metavar="FORMAT[=FILE]",
        help=f"Repeatable: {', '.join(known)}{unnamed}.",
    )


def one_to_standard_output(formats: Sequence[Chosen]) -> None:
    """Refuse two formats on one stream.

    Raises:
        UsageError: There are two.
    """
    if sum(not file for _name, file in formats) > 1:
        raise click.UsageError("only one output format can go to standard output; use FORMAT=FILE")


def write_outputs(formats: Sequence[Chosen], render: Callable[[str], str], tree: Path) -> None:
    """Write every format; files first, so that what cannot be written is said before a report.

    Files are guarded as the streams are: a runner reads them, too.
    """
    for name, file in sorted(formats or (("text", ""),), key=lambda one: not one[1]):
        text = guarded(render(name))
        if file:
            write_file(file, text, tree)
        else:
            stream = output()
            stream.use_utf8()
            stream.write(text)


def write_file(file: str, text: str, tree: Path) -> None:
    """Write a file.

    Raises:
        FileError: It cannot be written.
    """
    try:
        replace_text(Path(file), text, tree)
    except OSError as error:
        raise click.FileError(file, error.strerror or str(error)) from None
