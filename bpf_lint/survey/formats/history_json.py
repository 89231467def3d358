"""A history as JSON, version 1."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bpf_lint import __version__
from bpf_lint.model.schema import schema_of
from bpf_lint.reporters.json_v1 import JsonTool
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.survey.history import History, Lasting, Release


class JsonHistory(msgspec.Struct, frozen=True):
    """Findings by release, with the commits at which they came and went."""

    version: Literal[1]
    tool: JsonTool
    releases: tuple[Release, ...]
    findings: tuple[Lasting, ...]
    states: int


def render(history: History) -> str:
    """The document."""
    tool = JsonTool("bpf-lint", __version__)
    return json_text(JsonHistory(1, tool, history.releases, history.findings, history.states))


def schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bpf-lint history, version 1",
        **schema_of(JsonHistory),
    }
