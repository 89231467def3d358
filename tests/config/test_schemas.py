"""The checked-in JSON schemas are those of the types."""

from __future__ import annotations

import json

import pytest

from bpf_lint.config.shapes import SHAPES, data_schema
from bpf_lint.reporters import json_v1
from bpf_lint.rules.vocabulary import kinds, rule_schema
from tests.running import ROOT


@pytest.mark.parametrize("name", SHAPES)
def test_schemas_of_toml_files_are_in_step(name: str) -> None:
    path = ROOT / "schemas" / f"{name}.schema.json"
    schema = rule_schema() if name == "rule" else data_schema(name)
    assert json.loads(path.read_text()) == json.loads(json.dumps(schema))


def test_the_schema_of_reports_is_in_step() -> None:
    path = ROOT / "schemas" / "report.schema.json"
    assert json.loads(path.read_text()) == json.loads(json.dumps(json_v1.schema()))


def test_the_schema_of_rules_lists_the_kinds_of_events() -> None:
    event = rule_schema()["$defs"]["Rule"]["properties"]["event"]
    assert [one.get("items", one)["enum"] for one in event["anyOf"]] == [sorted(kinds())] * 2
