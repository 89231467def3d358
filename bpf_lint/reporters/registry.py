"""Output formats by name."""

from __future__ import annotations

from importlib import import_module
from typing import IO, Protocol, cast

from bpf_lint.model.finding import Report
from bpf_lint.reporters.options import Options

FORMATS = {
    "text": "bpf_lint.reporters.text",
    "concise": "bpf_lint.reporters.concise",
    "json": "bpf_lint.reporters.json_v1",
    "sarif": "bpf_lint.reporters.sarif",
    "github": "bpf_lint.reporters.github",
    "gitlab": "bpf_lint.reporters.gitlab",
    "junit": "bpf_lint.reporters.junit",
    "rdjson": "bpf_lint.reporters.rdjson",
    "markdown": "bpf_lint.reporters.markdown",
}


class Renderer(Protocol):
    """A module of this package that knows one format."""

    def render(self, report: Report, options: Options) -> str:
        """The whole output, with its last newline."""
        ...


def render(report: Report, format: str, options: Options) -> str:
    """The report in the named format.

    Raises:
        ValueError: No format has that name.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown output format {format!r}, known: {', '.join(FORMATS)}")
    module = cast(Renderer, import_module(FORMATS[format]))
    return module.render(report, options)


def write(report: Report, format: str, stream: IO[str], options: Options) -> None:
    """Write the report in the named format to a text stream.

    Raises:
        ValueError: No format has that name.
    """
    stream.write(render(report, format, options))
