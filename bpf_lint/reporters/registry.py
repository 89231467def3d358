"""Output formats by name."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from bpf_lint.model.finding import Report
from bpf_lint.model.printable import guarded
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.relative import FOR_PEOPLE, near, relative

FORMATS = {
    "text": "bpf_lint.reporters.text",
    "full": "bpf_lint.reporters.full",
    "concise": "bpf_lint.reporters.concise",
    "json": "bpf_lint.reporters.json_v1",
    "sarif": "bpf_lint.reporters.sarif",
    "github": "bpf_lint.reporters.github",
    "gitlab": "bpf_lint.reporters.gitlab",
    "junit": "bpf_lint.reporters.junit",
    "rdjson": "bpf_lint.reporters.rdjson",
    "markdown": "bpf_lint.reporters.markdown",
    "html": "bpf_lint.reporters.html.page",
}

# Formats that speak to a CI runner.
WITH_COMMANDS = frozenset({"github"})


class Renderer(Protocol):
    """A module of this package that knows one format."""

    def render(self, report: Report, options: Options) -> str:
        """The whole output, with its last newline."""
        ...


def render(report: Report, format: str, options: Options) -> str:
    """The report in the named format, as it may be printed where a CI runner reads it.

    Raises:
        ValueError: No format has that name.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown output format {format!r}, known: {', '.join(FORMATS)}")
    module = cast(Renderer, import_module(FORMATS[format]))
    if format in FOR_PEOPLE:
        report, options = (near if format == "text" else relative)(report, options)
    text = module.render(report, options)
    return guarded(
        text, styles=options.color or options.hyperlinks, commands=format in WITH_COMMANDS
    )
