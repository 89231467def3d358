"""Every report about the trees of the farm, which `docs/precision.md` is written from."""

from __future__ import annotations

import os
from glob import escape
from pathlib import Path

import pytest

from bpf_lint.survey.clones import VARIABLE
from bpf_lint.survey.fleet import Tree, read_fleet
from tests.running import run_lint

FARM = Path(__file__).parent / "farm.toml"
FLEET = read_fleet(FARM)


@pytest.mark.projects
@pytest.mark.parametrize("tree", FLEET.trees, ids=lambda tree: tree.name)
def test_every_report_is_known_and_judged(tree: Tree) -> None:
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} names no clones")
    done = run_lint("sweep", FARM, "--tree", escape(tree.name), "-q", timeout=1800)
    if f"no clone of {tree.repository}" in done.stderr:
        pytest.skip(f"no clone of {tree.repository}")
    assert done.code == 0, done.stdout + done.stderr


def test_the_data_names_whole_commits_and_says_why() -> None:
    assert len(FLEET.trees) >= 40
    commits = [(tree.commit, tree.folder) for tree in FLEET.trees]
    assert len(set(commits)) == len(commits)
    assert all(len(commit) == 40 for commit, _ in commits)
    assert all(len(one.commit) == 40 for tree in FLEET.trees for one in tree.submodules)
    assert all(tree.kind and (tree.programs or tree.judged) for tree in FLEET.trees)
    assert all(len(one.why) > 40 for tree in FLEET.trees for one in tree.judged)
