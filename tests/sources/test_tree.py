"""Which folder and which sources a command line means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bpf_lint.model.errors import InputError
from bpf_lint.sources.tree import HUGE, discover, excluded, resolve, unusable


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("int x;\n")


def test_the_root_is_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "repo/bpf/a.c", "repo/.git/HEAD")
    given = resolve((str(tmp_path / "repo" / "bpf"),))
    assert [(one.root, one.folder) for one in given] == [
        (tmp_path / "repo", tmp_path / "repo" / "bpf")
    ]


def test_outside_of_a_repository_it_is_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "bpf/a.c")
    monkeypatch.chdir(tmp_path)
    assert resolve(("bpf",))[0].root == tmp_path


def test_the_repository_around_the_current_folder_is_not_that_of_other_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "repo/.git/HEAD", "other/a.c")
    monkeypatch.chdir(tmp_path / "repo")
    given = resolve((str(tmp_path / "other"),))[0]
    assert not given.in_repository
    assert given.tree == tmp_path / "other"


def test_files_of_a_folder_belong_together(tmp_path: Path) -> None:
    write(tmp_path, "a/x.c", "a/y.c", "b/z.c")
    paths = tuple(str(tmp_path / name) for name in ("a/y.c", "a/x.c", "b"))
    given = resolve(paths)
    assert [(one.folder.name, [f.name for f in one.files]) for one in given] == [
        ("b", []),
        ("a", ["x.c", "y.c"]),
    ]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing: no such file or folder"):
        resolve((str(tmp_path / "nothing"),))


def test_paths_of_two_repositories_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/.git/HEAD", "a/x.c", "b/.git/HEAD", "b/x.c")
    with pytest.raises(InputError, match="different repositories"):
        resolve((str(tmp_path / "a"), str(tmp_path / "b")))


def test_sources_are_found_sorted_without_hidden_and_excluded(tmp_path: Path) -> None:
    write(tmp_path, "b.c", "a.c", "lib/x.h", "lib/y.c", ".cache/z.c", "tests/t.c", "x.cc")
    assert discover(tmp_path, tmp_path) == ("a.c", "b.c", "lib/y.c", "tests/t.c")


def test_links_are_followed_once_and_only_inside_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "root/sub/a.c", "outside/o.c")
    (root / "sub" / "loop").symlink_to(root)
    (root / "away").symlink_to(tmp_path / "outside")
    assert discover(root, root) == ("sub/a.c",)


def test_exclusion_globs() -> None:
    assert excluded("tests/a/b.c", ("tests/",))
    assert excluded("a.gen.c", ("*.gen.c",))
    assert not excluded("tests.c", ("tests",))


def test_why_a_source_cannot_be_used(tmp_path: Path) -> None:
    write(tmp_path, "good.c")
    (tmp_path / "latin.c").write_bytes(b"/* \xe9 */")
    (tmp_path / "huge.c").write_bytes(b" " * (HUGE + 1))
    assert unusable(tmp_path / "good.c", tmp_path) == ""
    assert unusable(tmp_path / "latin.c", tmp_path) == "is not UTF-8 (byte 3)"
    assert "taken for generated" in unusable(tmp_path / "huge.c", tmp_path)
    assert unusable(tmp_path / "none.c", tmp_path).startswith("cannot be read: No such file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_source(tmp_path: Path) -> None:
    write(tmp_path, "a.c")
    (tmp_path / "a.c").chmod(0)
    assert unusable(tmp_path / "a.c", tmp_path) == "cannot be read: Permission denied"
