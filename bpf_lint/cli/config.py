"""`bpf-lint config`: each setting, its value, and where it comes from."""

from __future__ import annotations

import json
from typing import Any

import click
from click.core import ParameterSource

from bpf_lint.cli.options import listed, request_of, rule_options, shared
from bpf_lint.cli.streams import say, tell


@click.command("config", help="Print each setting, and where it comes from: file, option, default.")
@shared
@rule_options
@click.option("--output-format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Print what a run with these options would work with."""
    from bpf_lint.pipeline.planning import prepare
    from bpf_lint.pipeline.settings import settings
    from bpf_lint.reporters.jsontext import json_text

    request = request_of(
        options,
        select=listed(options["select"]),
        ignore=listed(options["ignore"]),
        baseline=options["baseline"],
        honour_ignores=not options["no_ignores"],
    )
    found = list(settings(prepare(request), _given(ctx)))
    if options["form"] == "json":
        tell(json_text(found))
        return
    for one in found:
        say(f"{one.name} = {json.dumps(one.value, ensure_ascii=False)}  # {one.source}")


def _given(ctx: click.Context) -> set[str]:
    """Options that stand on the command line, by their main names."""
    return {
        max(parameter.opts, key=lambda name: (name in ("-j", "-p", "-D"), len(name)))
        for parameter in ctx.command.params
        if isinstance(parameter, click.Option)
        and parameter.name
        and ctx.get_parameter_source(parameter.name) == ParameterSource.COMMANDLINE
    }
