"""`bpf-lint lsp`: the language server, and the analyses that it starts."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import click

from bpf_lint.cli.options import cache_folder, listed, processors
from bpf_lint.cli.streams import output

HELP = """Serve an editor over standard input and output (the Language Server Protocol).

PATHS are what is analysed, from the workspace's folder; without, what lies around the nearest
bpf-lint.toml, or the whole workspace. Files are analysed as they are saved.
"""


@click.command("lsp", help=HELP)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", multiple=True, metavar="RULE", help="Run only these rules (globs).")
@click.option("--profile", default="", metavar="NAME", help="Profile: a name or a .toml file.")
@click.option("--cache-dir", default="", metavar="DIR", help="Cache (see check).")
@click.option("--once", is_flag=True, hidden=True, help="Analyse, and print what is found.")
@click.option("--stdio", is_flag=True, hidden=True, help="What some editors add.")
def command(**options: Any) -> int:
    """Serve."""
    if options["once"]:
        return _once(options)
    if find_spec("pygls") is None:
        raise click.UsageError("the language server needs pygls: pip install 'bpf-lint[lsp]'")
    from bpf_lint.lsp.server import Server

    given = [
        *(f"--select={rule}" for rule in options["select"]),
        *([f"--profile={options['profile']}"] if options["profile"] else []),
        *([f"--cache-dir={options['cache_dir']}"] if options["cache_dir"] else []),
    ]
    Server(given, options["paths"]).serve(sys.stdin.buffer, output().below())
    return 0


def _once(options: Any) -> int:
    """Print a snapshot of the tree."""
    from bpf_lint.pipeline import Request
    from bpf_lint.pipeline.editor import snapshot
    from bpf_lint.reporters.jsontext import json_text

    request = Request(
        paths=options["paths"],
        select=listed(options["select"]),
        profile=options["profile"],
        jobs=processors(),
        cache=cache_folder(options["cache_dir"], False),
    )
    stream = output()
    stream.use_utf8()
    stream.write(json_text(snapshot(request), 0))
    return 0
