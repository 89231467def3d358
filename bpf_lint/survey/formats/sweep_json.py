"""A sweep as JSON, version 1: what the next one is compared with."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bpf_lint import __version__
from bpf_lint.files.reading import read
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.schema import schema_of
from bpf_lint.reporters.json_v1 import JsonTool
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.survey.sweep import Sweep, Swept


class JsonSweep(msgspec.Struct, frozen=True):
    """The reports about a fleet, and what is said of them."""

    version: Literal[1]
    tool: JsonTool
    trees: tuple[Swept, ...]
    compared: bool = False


def render(sweep: Sweep) -> str:
    """The document."""
    return json_text(JsonSweep(1, JsonTool("bpf-lint", __version__), sweep.trees, sweep.compared))


def read_sweep(path: str) -> Sweep:
    """The sweep that was written to a file.

    Raises:
        ConfigError: It cannot be read, or is none.
    """
    try:
        document = msgspec.json.decode(read(path), type=JsonSweep)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is no sweep of version 1: {error}", path) from None
    return Sweep(document.trees, document.compared)


def schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bpf-lint sweep, version 1",
        **schema_of(JsonSweep),
    }
