"""Every report in pinned commits of projects that profiles describe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.data import clones, unpack
from tests.corpus.projects import VARIABLE, Tree, read_projects
from tests.running import lint_json

TREES = read_projects()


@pytest.mark.projects
@pytest.mark.parametrize("tree", TREES, ids=lambda tree: f"{tree.project} {tree.name}")
def test_every_report_is_known_and_judged(tree: Tree, tmp_path: Path) -> None:
    known = clones(VARIABLE)
    unpack(tree.commit, tree.paths, tmp_path, known)
    for one in tree.submodules:
        unpack(one.commit, one.paths, tmp_path / one.path, known)
    (tmp_path / ".git").mkdir()
    folder = tmp_path / tree.folder
    options = ("--no-system-headers", "--select", "*")
    report = lint_json(*options, ".", cwd=folder, timeout=1800).report
    summary = report["summary"]
    assert summary["profile"] == tree.profile
    assert (summary["analysed"], summary["skipped"]) == (tree.programs, [])
    found = {(one["rule"], site(one, tree.folder)) for one in report["findings"]}
    assert found == {(one.rule, one.site) for one in tree.findings}


def site(finding: dict[str, object], folder: str) -> str:
    path = Path(str(finding["path"]))
    return f"{path.relative_to(folder)}:{finding['line']}"


def test_the_data_names_whole_commits_and_says_why() -> None:
    commits = [tree.commit for tree in TREES]
    commits += [one.commit for tree in TREES for one in tree.submodules]
    assert len(set(commits)) == len(commits)
    assert all(len(commit) == 40 for commit in commits)
    assert all(len(one.why) > 40 for tree in TREES for one in tree.findings)
