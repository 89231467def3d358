"""Findings in pinned commits of Cilium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.data import Control, Expected, Tree, extract, read_corpus
from tests.running import lint_json

CORPUS = read_corpus()
NAMESPACE_RULES = (
    "cross-netns-redirect",
    "cross-netns-fib-lookup",
    "redirect-peer-outside-ingress",
)

pytestmark = pytest.mark.cilium

Analyse = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def analyse(tmp_path_factory: pytest.TempPathFactory) -> Analyse:
    """Analyse a commit once, as `bpf-lint bpf` does without options."""
    reports: dict[str, dict[str, Any]] = {}

    def report(commit: str) -> dict[str, Any]:
        if commit not in reports:
            folder = tmp_path_factory.mktemp(commit[:12])
            extract(commit, folder)
            reports[commit] = lint_json("bpf", cwd=folder, timeout=1800).report
        return reports[commit]

    return report


def each(report: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every finding of the namespace rules with each of its contexts."""
    return [
        (finding, context)
        for finding in report["findings"]
        if finding["rule"] in NAMESPACE_RULES
        for context in finding["contexts"]
    ]


def site(step: dict[str, Any]) -> str:
    return f"{Path(step['path']).relative_to('bpf')}:{step['line']}"


def matches(expected: Expected, finding: dict[str, Any], context: dict[str, Any]) -> bool:
    key = (finding["rule"], site(finding), context["mode"])
    if key != (expected.rule, expected.site, expected.mode):
        return False
    return expected.entry in ("", context["entry"])


def passed(context: dict[str, Any]) -> set[str]:
    """The places of a path, of the origin and of its way."""
    steps = [*context["trace"], *context["target"].get("steps", []), context["target"]]
    return {site(step) for step in steps if step["path"].startswith("bpf/")}


@pytest.mark.parametrize("tree", CORPUS.trees, ids=lambda tree: tree.name)
def test_every_program_is_analysed(tree: Tree, analyse: Analyse) -> None:
    summary = analyse(tree.commit)["summary"]
    assert summary["skipped"] == []
    assert summary["analysed"] == summary["programs"] > 0
    if tree.modes:
        assert {unit["mode"] for unit in summary["units"]} == set(tree.modes)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [(tree, expected) for tree in CORPUS.trees for expected in tree.findings],
    ids=lambda value: value.name if isinstance(value, Tree) else f"{value.rule}@{value.site}",
)
def test_a_known_bug_is_reported(tree: Tree, expected: Expected, analyse: Analyse) -> None:
    found = [context for f, context in each(analyse(tree.commit)) if matches(expected, f, context)]
    assert found, f"not reported: {expected.rule} at {expected.site} in mode {expected.mode}"
    places = set().union(*map(passed, found))
    missing = [step for step in expected.passes if not places & set(step.split("|"))]
    assert missing == []


@pytest.mark.parametrize("tree", CORPUS.trees, ids=lambda tree: tree.name)
def test_what_is_right_is_not_reported(tree: Tree, analyse: Analyse) -> None:
    wrong = [
        (f["rule"], site(f), context["mode"], context["entry"])
        for f, context in each(analyse(tree.commit))
        if site(f) in tree.right
        or context["mode"] in tree.silent_modes
        or f["rule"] in tree.silent_rules
        or context["entry"] in tree.silent_entries
        or f["function"] in tree.absent_functions
    ]
    assert wrong == []


def without_lines(report: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(f["rule"], f["path"], f["function"], context["mode"]) for f, context in each(report)}


@pytest.mark.parametrize("control", CORPUS.controls, ids=lambda control: control.name)
def test_a_change_that_fixes_nothing_changes_nothing(control: Control, analyse: Analyse) -> None:
    before, after = analyse(control.before), analyse(control.after)
    assert without_lines(before) == without_lines(after)
    sites = {site(f) for f, _ in each(before)} | {site(f) for f, _ in each(after)}
    assert sites.isdisjoint(control.silent_sites)


def test_the_data_names_whole_commits() -> None:
    commits = [tree.commit for tree in CORPUS.trees]
    commits += [commit for c in CORPUS.controls for commit in (c.before, c.after)]
    assert all(len(commit) == 40 for commit in commits)
    assert len(set(commits)) == len(commits)
