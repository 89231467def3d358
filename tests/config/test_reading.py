"""Errors in TOML files name the key, the line and a near match."""

from __future__ import annotations

import pytest

from bpf_lint.config.positions import positions
from bpf_lint.config.reading import convert, parse
from bpf_lint.config.schema import Profile
from bpf_lint.model.errors import ConfigError

GOOD = '''\
name = "x"

[modes.veth]
description = """
[not.a.table]
key = 1
"""

[modes.ipvlan]
probes = [
  { path = "a" }, # "quoted" ]
  { path = "b", contains = "x" },
]

[[attachments]]
program = "x"
entries = []
hook = "h"
device = "d"

[[attachments]]
program = "y"
entries = ["a",
  "b"]
hook = "h"
device = "d"
'''


def error(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        convert(parse(text, "f.toml"), Profile)
    return str(caught.value)


def test_a_valid_file_is_converted() -> None:
    profile = convert(parse(GOOD, "f.toml"), Profile)
    assert profile.modes["ipvlan"].probes[1].contains == "x"


def test_positions_of_keys_tables_and_elements() -> None:
    lines = positions(GOOD)
    assert lines[("modes", "veth")] == 3
    assert lines[("modes", "ipvlan", "probes")] == 10
    assert lines[("modes", "ipvlan", "probes", 1, "contains")] == 12
    assert lines[("attachments", 0, "hook")] == 18
    assert lines[("attachments", 1, "entries", 1)] == 24
    assert ("not", "a", "table") not in lines


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'contains = "x"',
            'contans = "x"',
            'f.toml:12: unknown key "contans" in [modes.ipvlan.probes.1]; did you mean "contains"?',
        ),
        (
            'contains = "x"',
            "contains = 3",
            'f.toml:12: key "modes.ipvlan.probes.1.contains": expected text, got a number',
        ),
        (
            'entries = []\nhook = "h"\n',
            "entries = []\n",
            'f.toml:15: key "hook" is missing in [attachments.0]',
        ),
        ('name = "x"', "name = ", "f.toml:1: is not valid TOML: Invalid value"),
        ('name = "x"', 'nmae = "x"', 'f.toml:1: unknown key "nmae"; did you mean "name"?'),
    ],
)
def test_errors_are_located(old: str, new: str, expected: str) -> None:
    assert error(GOOD.replace(old, new)) == expected


def test_an_unfinished_file_is_located_at_its_end() -> None:
    assert error("name = 'x'\nprograms = [") == "f.toml:2: is not valid TOML: Invalid value"
