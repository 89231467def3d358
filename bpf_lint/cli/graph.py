"""`bpf-lint graph`: what each hook can execute, across objects."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from bpf_lint.cli.options import request_of, shared
from bpf_lint.cli.progress import progress
from bpf_lint.cli.streams import say, tell

if TYPE_CHECKING:
    from bpf_lint.callgraph.graph import HookGraph
    from bpf_lint.pipeline.planning import Setup
    from bpf_lint.pipeline.request import Progress

FORMATS = ("text", "dot", "json")


@click.command("graph", help="Print the calls and tail calls from each hook.")
@shared
@click.option("--executed", is_flag=True, help="Only what the analysis finds that some path takes.")
@click.option("--to", "target", default="", metavar="NAME", help='Only paths to it ("redirect").')
@click.option("--output-format", "form", type=click.Choice(FORMATS), default="text")
def command(**options: Any) -> int:
    """Print call graphs."""
    from bpf_lint.callgraph import graph, render
    from bpf_lint.pipeline.planning import prepare
    from bpf_lint.reporters.jsontext import json_text

    line = progress(options["quiet"])
    setup = prepare(request_of(options))
    try:
        graphs, problems = (_executed if options["executed"] else _static)(setup, line)
    finally:
        line.clear()
    graphs = graph.union(graphs)
    graphs = [one for one in graphs if _wanted(one, options)]
    lost = (one for each in graphs for one in each.edges if one.kind == "unresolved")
    unresolved = sorted({f"{one.place}: {one.target.name}" for one in lost})
    if options["target"]:
        graphs = [graph.leading_to(one, options["target"]) for one in graphs]
        graphs = [one for one in graphs if one.edges]
    forms: dict[str, Callable[[list[HookGraph]], str]]
    forms = {"text": render.text, "dot": render.dot, "json": json_text}
    tell(forms[options["form"]](graphs))
    if unresolved:
        say(f"{len(unresolved)} tail calls without a known target:", err=True)
        for text in unresolved:
            say(f"  {text}", err=True)
    for reason in problems:
        say(f"not analysed: {reason}", err=True)
    return 2 if problems else 0


def _static(setup: Setup, line: Progress) -> tuple[list[HookGraph], list[str]]:
    """The graphs that the source has."""
    from bpf_lint.pipeline.graphs import static_graphs

    return static_graphs(setup, line)


def _executed(setup: Setup, line: Progress) -> tuple[list[HookGraph], list[str]]:
    """The graphs of what the analysis ran."""
    from bpf_lint.pipeline.stages import not_analysed, stages

    done = stages(setup, line, graph=True)
    return [one for answer in done.answers for one in answer.graphs], not_analysed(setup, done)


def _wanted(one: HookGraph, options: Any) -> bool:
    entries, programs = options["entries"], options["programs"]
    path = one.entry.program
    names = (one.name, one.entry.name)
    return (not entries or any(fnmatchcase(n, glob) for n in names for glob in entries)) and (
        not programs or any(fnmatchcase(path, g) or fnmatchcase(path, f"*/{g}") for g in programs)
    )
