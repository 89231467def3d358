"""Names, commits and texts of strangers: no format of a history or a sweep passes them on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.hostile import KINDS, SURROGATE, as_toml, faults
from tests.survey.conftest import Repository

FORMS = ("text", "json", "markdown", "html")
CHOSEN = ("error", "error in pieces", "Azure", "GitLab", "clear the screen", "link", "direction")
MARKUP = "<img src=x onerror=a()> | `b` [c](https://d.example.org) @e #1"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "above" / "repo").mkdir(parents=True)
    return tmp_path / "above"


@pytest.fixture(params=[*CHOSEN, "surrogate", "markup"])
def text(request: pytest.FixtureRequest) -> str:
    return {**KINDS, "surrogate": SURROGATE, "markup": MARKUP}[request.param]


@pytest.fixture
def hostile(project: Path, text: str) -> Repository:
    """A repository with the text in the names of a folder and a program, and in its commits."""
    made = Repository(project / "repo")
    name = text.replace("/", "_").replace("\0", "")
    folder = made.root / f"bpf{name}"
    folder.mkdir()
    (folder / "lib.h").write_text("#define UPLINK_IFINDEX 7\n")
    source = PROGRAM.replace("bpf_redirect(UPLINK_IFINDEX, 0)", "0")
    (folder / "pod.c").write_text(source)
    (folder / "bpf-lint.toml").write_text(CONFIG)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "begun")
    (folder / "pod.c").write_text(PROGRAM)
    made.git("add", "-A")
    made.git("commit", "-q", "--cleanup=verbatim", "-m", f"x{text}")
    return made


def test_history(
    lint: Lint, hostile: Repository, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hostile.root)
    (folder,) = (one.name for one in hostile.root.iterdir() if one.name.startswith("bpf"))
    files = {form: hostile.root.parent / form for form in FORMS}
    outputs = [f"--output-format={form}={file}" for form, file in files.items()]
    done = lint("history", "HEAD~1..HEAD", folder, "-q", *outputs)
    assert "internal error" not in done.err
    if text != SURROGATE:  # whose path nobody can report
        assert len(json.loads(files["json"].read_text())["findings"]) == 1
    check(files, done.out + done.err, text)


def test_sweep(lint: Lint, hostile: Repository, text: str, project: Path) -> None:
    (folder,) = (one.name for one in hostile.root.iterdir() if one.name.startswith("bpf"))
    plain = text.encode(errors="replace").decode()
    fleet = f"""
[[trees]]
name = {as_toml("n" + plain)}
repository = "repo"
commit = "HEAD"
folder = {as_toml(folder.encode(errors="replace").decode())}
kind = {as_toml(plain)}

[[trees.judged]]
rule = "cross-netns-redirect"
site = "pod.c:9"
true = true
why = {as_toml(plain)}

[[trees]]
repository = {as_toml("r" + plain.replace("://", ":"))}
commit = {as_toml(plain)}
"""
    (project / "fleet.toml").write_text(fleet)
    files = {form: project / form for form in FORMS}
    outputs = [f"--output-format={form}={file}" for form, file in files.items()]
    done = lint("sweep", "fleet.toml", "-q", *outputs)
    assert done.code == 2  # the second has no clone
    check(files, done.out + done.err, text)


def check(files: dict[str, Path], printed: str, text: str) -> None:
    assert not faults(printed)
    for form, file in files.items():
        shown = file.read_text()
        assert not faults(shown), form
        if form == "html":
            assert "<img" not in shown
        if form == "markdown" and text == MARKUP:
            assert "<img" not in shown
            assert not re.search(r"(?<!\\)\]\(", shown)
