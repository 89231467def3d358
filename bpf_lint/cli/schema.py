"""`bpf-lint schema`: JSON schemas, for editors and for readers of reports."""

from __future__ import annotations

import json

import click

from bpf_lint.cli.streams import tell
from bpf_lint.config.shapes import data_schema
from bpf_lint.reporters import json_v1

NAMES = {"config": "bpf-lint", "rule": "rule", "profile": "profile", "kernel": "kernel"}


@click.command("schema", help="Print the JSON schema of a kind of file.")
@click.argument("kind", type=click.Choice([*NAMES, "report"]), default="config")
def command(kind: str) -> None:
    """Print a schema."""
    schema = json_v1.schema() if kind == "report" else data_schema(NAMES[kind])
    tell(json.dumps(schema, indent=2) + "\n")
