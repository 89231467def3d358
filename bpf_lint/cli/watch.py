"""`--watch`: run again when a file changes, and draw the result anew."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import click

from bpf_lint.cli.streams import output, say
from bpf_lint.model.errors import InputError

DEBOUNCE = 150  # milliseconds: an editor writes several files, or one in several steps


def watched(paths: Collection[str], written: Collection[str], once: Callable[[], int]) -> int:
    """Run, and run again after each change, until somebody interrupts.

    Args:
        paths: Files and folders that are analysed.
        written: Files that a run writes: these are not waited for.
        once: One run; its exit code.

    Returns:
        The exit code of the last run.

    Raises:
        click.UsageError: The library that watches files is not installed.
    """
    folders = sorted({_folder(path) for path in paths})
    changes = _changes(folders, {os.path.realpath(path) for path in written})
    code = _round(once, folders)
    try:
        for _ in changes:
            code = _round(once, folders)
    except KeyboardInterrupt:
        say("", err=True)
    return code


def _folder(path: str) -> str:
    return path if Path(path).is_dir() else str(Path(path).parent)


def _changes(folders: list[str], written: set[str]) -> Iterator[object]:
    """Something for each time that files have changed."""
    try:
        from watchfiles import DefaultFilter, watch
    except ImportError:
        raise click.UsageError("--watch needs watchfiles: pip install 'bpf-lint[watch]'") from None
    usual = DefaultFilter()

    def wanted(change: object, path: str) -> bool:
        return usual(change, path) and os.path.realpath(path) not in written

    return iter(watch(*folders, watch_filter=wanted, debounce=DEBOUNCE, step=50))


def _round(once: Callable[[], int], folders: list[str]) -> int:
    """One run under a clear screen; what is wrong with the configuration can be mended, too."""
    stream = output()
    if stream.isatty():
        stream.clear()
    begun = time.monotonic()
    try:
        code = once()
    except (InputError, click.ClickException) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        say(f"bpf-lint: {text}", err=True)
        code = 2
    stream.flush()
    spent = time.monotonic() - begun
    say(f"{spent:.1f} s; watching {', '.join(folders)} (Ctrl-C ends)", err=True)
    return code
