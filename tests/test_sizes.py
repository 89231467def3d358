"""The check that files and functions stay short notices those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sizes


def function(lines: int) -> str:
    return "def f():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n" * sizes.FILE, ""),
        ("x = 1\n" * (sizes.FILE + 1), f"{sizes.FILE + 1} lines"),
        (function(sizes.FUNCTION), ""),
        ("x = 1\n" + function(sizes.FUNCTION + 1), "a.py:2: f()"),
        ("class A:\n" + "\n".join(f" {line}" for line in function(60).splitlines()), "a.py:2: f()"),
    ],
)
def test_what_is_too_long_is_told(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text(text)
    assert sizes.main([str(tmp_path / "a.py")]) == bool(told)
    said = capsys.readouterr().err
    assert told in said if told else not said


@pytest.mark.parametrize("more", [0, 1])
def test_few_files_are_long(more: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"{n}.py" for n in range(sizes.LONG_FILES + more)]
    for file in files:
        file.write_text("x = 1\n" * (sizes.LONG + 1))
    assert sizes.main([str(file) for file in files]) == more
    assert (f"{len(files)} files" in capsys.readouterr().err) is bool(more)


def test_folders_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text(function(sizes.FUNCTION + 1))
    assert sizes.main([str(tmp_path)]) == 1
