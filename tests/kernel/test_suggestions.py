"""Every suggestion has been followed: a pair's right program does what its wrong one is told."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from tests.running import lint_json
from tests.toml import load_toml

from . import pairs, test_sockets

DATA = Path(__file__).with_name("suggestions.toml")
RULES = Catalogue(data_folder()).rules
FACT = re.compile(r"\{[\w.]+\}")


class Suggestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suggestion of a rule, and the pairs ("FILE:NAME", without _wrong) that follow it.

    Args:
        when: Condition of the advice, "" for the rule's general suggestion.
        reason: Why no pair can show it, where there is none.
    """

    rule: str
    when: str = ""
    pairs: list[str] = []
    reason: str = ""


SUGGESTIONS = msgspec.convert(load_toml(DATA.read_text())["suggestions"], list[Suggestion])
FOLLOWED = [(one, pair) for one in SUGGESTIONS for pair in one.pairs]
TEXTS = {
    (rule.id, when): text
    for rule in RULES
    for when, text in [("", rule.suggestion), *((one.when, one.text) for one in rule.advice)]
}


def test_each_suggestion_has_a_pair_or_a_reason() -> None:
    listed = [(one.rule, one.when) for one in SUGGESTIONS]
    assert sorted(listed) == sorted(TEXTS)
    assert [one for one in SUGGESTIONS if bool(one.pairs) == bool(one.reason)] == []
    assert sum(bool(one.reason) for one in SUGGESTIONS) <= 10


@pytest.mark.parametrize(("one", "pair"), FOLLOWED, ids=lambda value: getattr(value, "rule", value))
def test_the_wrong_program_is_given_the_suggestion(one: Suggestion, pair: str) -> None:
    text = " ".join(TEXTS[one.rule, one.when].split())
    expected = ".*?".join(map(re.escape, FACT.split(text)))
    told = given().get(f"{pair}_wrong", {}).get(one.rule, set())
    assert told
    assert all(re.fullmatch(expected, suggestion) for suggestion in told), told


@pytest.mark.parametrize("pair", sorted({pair for _, pair in FOLLOWED}))
def test_the_right_program_runs_and_is_given_none(pair: str) -> None:
    file, _, name = pair.partition(":")
    if file == test_sockets.SOURCE.name:
        assert f"{name}_right" in test_sockets.PROGRAMS
    else:
        assert pairs.programs()[file, f"{name}_right"].modes
    assert f"{pair}_right" not in given()


@cache
def given() -> dict[str, dict[str, set[str]]]:
    """The suggestions of all reports, by "FILE:PROGRAM" and rule."""
    named = {(one.file, one.section): one.name for one in pairs.programs().values()}
    found: dict[str, dict[str, set[str]]] = {}
    for report in (pairs.report(), lint_json(test_sockets.FOLDER).report):
        for finding in report["findings"]:
            for file, entry in _entries(finding):
                program = f"{file}:{named.get((file, entry), entry)}"
                by_rule = found.setdefault(program, {})
                by_rule.setdefault(finding["rule"], set()).add(finding["suggestion"])
    return found


def _entries(finding: dict[str, Any]) -> set[tuple[str, str]]:
    return {(Path(one["program"]).name, one["entry"]) for one in finding["contexts"]}
