"""`bpf-lint schema`: JSON schemas, for editors and for readers of reports."""

from __future__ import annotations

import json
from functools import partial

import click

from bpf_lint.cli.streams import tell
from bpf_lint.config.shapes import data_schema
from bpf_lint.reporters import json_v1
from bpf_lint.rules.vocabulary import rule_schema
from bpf_lint.survey.formats import history_json, sweep_json

NAMES = {"config": "bpf-lint", "rule": "rule", "profile": "profile", "kernel": "kernel"}


@click.command("schema", help="Print the JSON schema of a kind of file.")
@click.argument("kind", type=click.Choice([*NAMES, "report", "history", "sweep"]), default="config")
def command(kind: str) -> None:
    """Print a schema."""
    own = {
        "report": json_v1.schema,
        "rule": rule_schema,
        "history": history_json.schema,
        "sweep": sweep_json.schema,
    }
    schema = own.get(kind) or partial(data_schema, NAMES[kind])
    tell(json.dumps(schema(), indent=2) + "\n")
