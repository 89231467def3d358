"""A tree outside of the working folder: its folder is said where it is opened, and once."""

from __future__ import annotations

from pathlib import Path

from tests.running import ROOT, run_lint

TREE = ROOT / "examples" / "minidp" / "bpf"


def test_steps_begin_in_the_analysed_folder(tmp_path: Path) -> None:
    there = run_lint("--color", "never", "-q", TREE, cwd=tmp_path).stdout.splitlines()
    here = run_lint("--color", "never", "-q", ".", cwd=TREE).stdout.splitlines()
    said = [line for line in there if str(TREE) in line]
    heads = [line for line in said if not line.startswith(" ") and " error: " in line]
    assert len(heads) == 3
    assert all(Path(line.split(":")[0]).is_file() for line in heads)
    assert f"other paths are from {TREE}" in said
    assert [line for line in there if "path: 1." in line] == [
        line for line in here if "path: 1." in line
    ]


def test_concise_lines_can_be_opened(tmp_path: Path) -> None:
    done = run_lint("--output-format", "concise", "-q", TREE, cwd=tmp_path)
    found = [line for line in done.stdout.splitlines() if " error: " in line]
    assert len(found) == 6
    assert all(Path(line.split(":")[0]).is_file() for line in found)
