"""Baseline files: written at once, read with care."""

import json
from pathlib import Path

import pytest

from bpf_lint.triage import TriageError
from bpf_lint.triage.baseline import read_baseline, write_baseline
from tests.triage.findings import finding


def test_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert write_baseline(path, [finding(3), finding(9), finding(path="b.h")], tmp_path) == 2
    counts = {entry.path: entry.count for entry in read_baseline(path).findings}
    assert counts == {"b.h": 1, "lib/a.h": 2}


def test_bytes_do_not_depend_on_the_order(tmp_path: Path) -> None:
    findings = [finding(), finding(path="b.h"), finding(path="a.h")]
    write_baseline(tmp_path / "a", findings, tmp_path)
    write_baseline(tmp_path / "b", findings[::-1], tmp_path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_line_numbers_inside(tmp_path: Path) -> None:
    write_baseline(tmp_path / "a", [finding(3)], tmp_path)
    write_baseline(tmp_path / "b", [finding(4711)], tmp_path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "truncated"),
        ("not json", "malformed"),
        ("[]", "Expected `object`"),
        ('{"version": 7}', "Invalid enum value 7"),
        ('{"version": 1, "finding": []}', "unknown field `finding`"),
        ('{"version": 1, "findings": [{"fingerprint": "a"}]}', "missing required field `count`"),
        (b'{"version": 1, "\xff": 1}', "utf-8"),
    ],
)
def test_broken_files_say_what_is_wrong(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TriageError) as error:
        read_baseline(path)
    assert str(error.value).startswith(f"{path}: broken baseline: ")
    assert words.lower() in str(error.value).lower()


def test_counts_below_one_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [finding()], tmp_path)
    data = json.loads(path.read_text())
    data["findings"][0]["count"] = 0
    path.write_text(json.dumps(data))
    with pytest.raises(TriageError, match=r"count of lib/a.h \[cross-netns-redirect\] is 0"):
        read_baseline(path)


def test_missing_and_unwritable_files(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match="cannot read the baseline: No such file"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(TriageError, match="cannot write the baseline: No such file"):
        write_baseline(tmp_path / "none" / "b.json", [], tmp_path)
    assert list(tmp_path.iterdir()) == []
