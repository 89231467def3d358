"""A folder at a git revision, from repositories made for the test."""

import os
import subprocess
from pathlib import Path

import pytest

from bpf_lint.triage import TriageError
from bpf_lint.triage.revision import checkout

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "t@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=ENVIRONMENT
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: `old` and `new` of bpf/a.c and bpf/lib/b.h, and a file beside them."""
    root = tmp_path / "repo"
    (root / "bpf" / "lib").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for text in ("old", "new"):
        (root / "bpf" / "a.c").write_text(text)
        (root / "bpf" / "lib" / "b.h").write_bytes(b"\xff\r\n" + text.encode())
        (root / "beside.c").write_text(text)
        (root / "bpf-lint.toml").write_text(f"# {text}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", text)
        git(root, "tag", text)
    return root


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_the_folder_and_its_configuration_as_they_were(repository: Path) -> None:
    with checkout("old", [repository / "bpf"]) as tree:
        assert files(tree.root) == {"bpf/a.c", "bpf/lib/b.h", "bpf-lint.toml"}
        assert tree.path_of(repository / "bpf" / "a.c").read_text() == "old"
        assert (tree.root / "bpf/lib/b.h").read_bytes() == b"\xff\r\nold"
        assert tree.commit == git(repository, "rev-parse", "old").strip()
        root = tree.root
    assert not root.exists()
    assert (repository / "bpf" / "a.c").read_text() == "new"
    assert git(repository, "status", "--porcelain") == ""


def test_the_whole_repository_and_a_single_file(repository: Path) -> None:
    with checkout("old", [repository]) as tree:
        assert "beside.c" in files(tree.root)
    with checkout("HEAD~1", [repository / "beside.c"]) as tree:
        assert files(tree.root) == {"beside.c", "bpf-lint.toml"}


def test_headers_elsewhere_come_along(repository: Path) -> None:
    (repository / "include" / "deep").mkdir(parents=True)
    for name in ("include/a.h", "include/deep/b.h", "include/c.bin", "other.h"):
        (repository / name).write_text("x")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "headers")
    headers = [repository / "include", repository / "gone", Path("/usr/include")]
    with checkout("HEAD", [repository / "bpf"], headers) as tree:
        assert files(tree.root) - {"bpf/a.c", "bpf/lib/b.h", "bpf-lint.toml"} == {
            "include/a.h",
            "include/deep/b.h",
        }


def test_a_folder_that_the_revision_lacks_is_empty(repository: Path) -> None:
    (repository / "later").mkdir()
    with checkout("old", [repository / "later"]) as tree:
        assert files(tree.root) == {"bpf-lint.toml"}


def test_nothing_of_the_repository_is_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook = repository / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(program.read_text())
        hook.chmod(0o755)
    for key in ("core.fsmonitor", "filter.x.smudge", "diff.x.textconv", "core.pager"):
        git(repository, "config", key, str(program))
    (repository / ".git" / "info" / "attributes").write_text("* filter=x diff=x export-ignore\n")
    with checkout("old", [repository / "bpf"]) as tree:
        assert (tree.root / "bpf/a.c").read_text() == "old"
    assert not mark.exists()


def test_links_that_lead_out_are_left_out(repository: Path) -> None:
    (repository / "bpf" / "inside").symlink_to("lib/b.h")
    (repository / "bpf" / "outside").symlink_to("../../../etc/passwd")
    (repository / "bpf" / "absolute").symlink_to("/etc/passwd")
    (repository / "bpf" / "up").symlink_to("..")
    (repository / "bpf" / "a-trick").symlink_to("up/../../etc")
    (repository / "bpf" / "loop").symlink_to("loop")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "links")
    with checkout("HEAD", [repository / "bpf"]) as tree:
        links = {path.name for path in (tree.root / "bpf").iterdir() if path.is_symlink()}
        assert links == {"inside", "up"}


def test_variables_of_a_hook_do_not_mislead(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with checkout("old", [repository / "bpf"]) as tree:
        assert (tree.root / "bpf/a.c").read_text() == "old"


@pytest.mark.parametrize("revision", ["nosuch", "--help", "-x", "old:bpf", "HEAD~99", ""])
def test_unknown_revisions(repository: Path, revision: str) -> None:
    with pytest.raises(TriageError, match="unknown git revision"), checkout(revision, [repository]):
        pass


def test_shallow_clones_get_a_hint(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    with (
        pytest.raises(TriageError, match="fetch-depth: 0"),
        checkout("HEAD~1", [tmp_path / "shallow"]),
    ):
        pass


def test_partial_clones_are_not_filled_behind_the_back(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repository}", "partial")
    with pytest.raises(TriageError, match="partial clone"), checkout("old", [tmp_path / "partial"]):
        pass


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match="needs a git work tree"), checkout("HEAD", [tmp_path]):
        pass


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with (
        pytest.raises(TriageError, match="git, which is not installed"),
        checkout("HEAD", [repository]),
    ):
        pass
