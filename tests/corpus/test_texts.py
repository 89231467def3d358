"""What is said of two pinned commits of Cilium, compared with files under snapshots/.

Lines of source that a report quotes are left out: they are not ours. Set
BPF_LINT_UPDATE_SNAPSHOTS=1 to write them anew, then read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.corpus.data import extract
from tests.running import run_lint

pytestmark = pytest.mark.cilium

FOLDER = Path(__file__).with_name("snapshots")
COMMITS = {
    "june-2021": "a12f4e4ba457df43495348c7baf2fdb57ce4ae93",
    "may-2026": "0fc1dd326c6de89870d8dd76a6c6112ac74e38e6",
}
QUOTED = re.compile(r"^ +\d* \|.*\n", re.MULTILINE)
MOST = 15  # lines of a cause on a terminal


@pytest.fixture(scope="module", params=COMMITS)
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("texts") / request.param
    folder.mkdir()
    extract(COMMITS[request.param], folder)
    return folder


@pytest.mark.parametrize("form", ["text", "concise"])
def test_text_is_the_snapshot(tree: Path, form: str) -> None:
    done = run_lint("--output-format", form, "bpf", cwd=tree, timeout=1800)
    assert done.code == 1, done.stderr
    if form == "text":
        *causes, _ = done.stdout.split("\n\n")
        assert {cause.count("\n") + 1 for cause in causes} <= set(range(MOST + 1))
        assert all(QUOTED.search(cause) for cause in causes)
    text = QUOTED.sub("", done.stdout)
    path = FOLDER / f"{tree.name}-{form}.txt"
    if os.environ.get("BPF_LINT_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
