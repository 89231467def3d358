"""Findings in pinned commits of Cilium."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.corpus.data import Control, Expected, Pair, Tree, extract, read_corpus
from tests.running import lint_json

CORPUS = read_corpus()
NAMESPACE_RULES = (
    "cross-netns-redirect",
    "cross-netns-fib-lookup",
    "redirect-peer-outside-ingress",
)

pytestmark = pytest.mark.cilium

Analyse = Callable[[str], dict[str, Any]]
Found = list[tuple[dict[str, Any], dict[str, Any]]]


def analyser(factory: pytest.TempPathFactory, *options: str) -> Analyse:
    """Analyse each commit once."""
    reports: dict[str, dict[str, Any]] = {}

    def report(commit: str) -> dict[str, Any]:
        if commit not in reports:
            folder = factory.mktemp(commit[:12])
            extract(commit, folder)
            reports[commit] = lint_json(*options, "bpf", cwd=folder, timeout=1800).report
        return reports[commit]

    return report


@pytest.fixture(scope="module")
def analyse(tmp_path_factory: pytest.TempPathFactory) -> Analyse:
    """As `bpf-lint bpf` does without options."""
    return analyser(tmp_path_factory)


@pytest.fixture(scope="module")
def analyse_all(tmp_path_factory: pytest.TempPathFactory) -> Analyse:
    """With every rule, the previews too."""
    return analyser(tmp_path_factory, "--select", "*")


def contexts(report: dict[str, Any]) -> Found:
    """Every finding with each of its contexts."""
    return [(finding, context) for finding in report["findings"] for context in finding["contexts"]]


def each(report: dict[str, Any]) -> Found:
    """Those of the namespace rules."""
    return [found for found in contexts(report) if found[0]["rule"] in NAMESPACE_RULES]


def site(step: dict[str, Any]) -> str:
    return f"{Path(step['path']).relative_to('bpf')}:{step['line']}"


def matches(expected: Expected, finding: dict[str, Any], context: dict[str, Any]) -> bool:
    key = (finding["rule"], site(finding), context["mode"])
    if key != (expected.rule, expected.site, expected.mode):
        return False
    return expected.entry in ("", context["entry"])


def passed(context: dict[str, Any]) -> set[str]:
    """The places of a path, of the origin and of its way."""
    target = context["target"]
    steps = [*context["trace"], *([*target.get("steps", []), target] if target else [])]
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
    check_reported(expected, each(analyse(tree.commit)))


def check_reported(expected: Expected, reported: Found) -> None:
    found = [context for f, context in reported if matches(expected, f, context)]
    assert found, f"not reported: {expected.rule} at {expected.site} in mode {expected.mode}"
    places = set().union(*map(passed, found))
    missing = [step for step in expected.passes if not places & set(step.split("|"))]
    assert missing == []
    if expected.configurations:
        assert {context["configuration"] for context in found} == set(expected.configurations)


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


@pytest.mark.parametrize(
    ("pair", "expected"),
    [(pair, expected) for pair in CORPUS.pairs for expected in pair.findings],
    ids=lambda value: value.name if isinstance(value, Pair) else value.site,
)
def test_a_bug_is_reported_before_its_fix(
    pair: Pair, expected: Expected, analyse_all: Analyse
) -> None:
    expected = msgspec.structs.replace(expected, rule=pair.rule)
    check_reported(expected, contexts(analyse_all(pair.before)))


@pytest.mark.parametrize("pair", CORPUS.pairs, ids=lambda pair: pair.name)
def test_a_fix_ends_the_reports_of_its_functions(pair: Pair, analyse_all: Analyse) -> None:
    known = {expected.site for expected in pair.findings}
    before, after = analyse_all(pair.before), analyse_all(pair.after)
    functions = {f["function"] for f, _ in contexts(before) if site(f) in known}
    still = {
        site(f) for f, _ in contexts(after) if f["rule"] == pair.rule and f["function"] in functions
    }
    assert still == set(pair.remains)


def without_lines(report: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(f["rule"], f["path"], f["function"], context["mode"]) for f, context in each(report)}


def by_rule(
    report: dict[str, Any], but: Sequence[str]
) -> tuple[Counter[str], set[tuple[str, str, str]]]:
    """How many sites each rule reports, and where: code may have moved to another function."""
    kept = [found for found in contexts(report) if found[0]["rule"] not in but]
    hooks = {(f["rule"], context["entry"], context["mode"]) for f, context in kept}
    return Counter(f["rule"] for f in report["findings"] if f["rule"] not in but), hooks


@pytest.mark.parametrize("control", CORPUS.controls, ids=lambda control: control.name)
def test_a_change_that_fixes_nothing_changes_nothing(
    control: Control, analyse_all: Analyse
) -> None:
    before, after = analyse_all(control.before), analyse_all(control.after)
    assert without_lines(before) == without_lines(after)
    assert by_rule(before, control.ends) == by_rule(after, control.ends)
    assert {f["rule"] for f, _ in contexts(before)} >= set(control.ends)
    assert {f["rule"] for f, _ in contexts(after)}.isdisjoint(control.ends)
    found = [*contexts(before), *contexts(after)]
    assert {site(f) for f, _ in found}.isdisjoint(control.silent_sites)
    assert {f["rule"] for f, _ in found}.isdisjoint(control.silent_rules)


def test_the_data_names_whole_commits() -> None:
    pairs: list[Control | Pair] = [*CORPUS.controls, *CORPUS.pairs]
    commits = [tree.commit for tree in CORPUS.trees]
    assert len(set(commits)) == len(commits)
    commits += [commit for pair in pairs for commit in (pair.before, pair.after)]
    assert all(len(commit) == 40 for commit in commits)
