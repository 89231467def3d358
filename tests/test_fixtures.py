"""Small C programs whose comments say what must be reported; nothing else may be."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.model.errors import InputError
from tests.expectations import Want, read_expectations
from tests.running import Run, lint_json

FIXTURES = Path(__file__).parent / "fixtures"
FOLDERS = sorted(path.parent.name for path in FIXTURES.glob("*/bpf-lint.toml"))
FILES = [
    (folder, file.name) for folder in FOLDERS for file in sorted((FIXTURES / folder).glob("*.[ch]"))
]


@cache
def run_of(folder: str) -> Run:
    return lint_json(FIXTURES / folder)


def found_in(report: dict[str, Any], file: str) -> dict[tuple[int, str, str], str]:
    """(line, rule, mode) of each finding in a file, and what it says about the origin."""
    found: dict[tuple[int, str, str], str] = {}
    for finding in report["findings"]:
        if Path(finding["path"]).name != file:
            continue
        for context in finding["contexts"]:
            key = (finding["line"], finding["rule"], context["mode"])
            origin = (context["target"] or {}).get("origin", "")
            found[key] = found.get(key, finding["message"]) + " " + origin
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_program_is_analysed(folder: str) -> None:
    run = run_of(folder)
    expected = read_expectations(FIXTURES / folder)
    summary = run.report["summary"]

    assert summary["skipped"] == []
    assert summary["analysed"] == summary["programs"] == len(list((FIXTURES / folder).glob("*.c")))
    assert summary["unresolved_tail_calls"] == expected.summary.get("unresolved_tail_calls", 0)
    assert run.code == (1 if expected.wants else 0), run.stderr


@pytest.mark.parametrize(("folder", "file"), FILES)
def test_findings_are_those_expected(folder: str, file: str) -> None:
    expected = {
        (want.line, want.rule, want.mode): want
        for want in read_expectations(FIXTURES / folder).wants
        if want.file == file
    }
    found = found_in(run_of(folder).report, file)

    problems = [f"missing: {expected[key]}" for key in expected.keys() - found.keys()]
    problems += [
        f"unexpected: {file}:{line}: {rule}[{mode}] {found[line, rule, mode]}"
        for line, rule, mode in found.keys() - expected.keys()
    ]
    problems += [
        f"another origin than {want.text!r}: {file}:{want.line}: {found[key]}"
        for key, want in expected.items()
        if key in found and want.text not in found[key]
    ]
    assert not problems, "\n" + "\n".join(sorted(problems))


def test_fixtures_cover_wrong_and_right_programs() -> None:
    entries = sum(
        line.startswith("SEC(") and line.rstrip().endswith(")")
        for folder, file in FILES
        for line in (FIXTURES / folder / file).read_text().splitlines()
    )
    wrong = {
        (want.file, want.line)
        for folder in FOLDERS
        for want in read_expectations(FIXTURES / folder).wants
    }
    assert entries > 150
    assert 60 < len(wrong) < entries


@pytest.mark.parametrize(
    "comment",
    [
        "/* want: */",
        "/* want: rule */",
        '/* want: rule[Mode] "x" */',
        '/* want: rule "x", other */',
    ],
)
def test_a_broken_expectation_is_refused(tmp_path: Path, comment: str) -> None:
    (tmp_path / "broken.c").write_text(f"int x; {comment}\n")
    with pytest.raises(InputError, match=r"broken\.c:1"):
        read_expectations(tmp_path)


def test_an_expectation_is_read_by_rule_mode_and_text(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text('\nf(); /* want: r-1[veth,ipvlan] "A"; r-2 "" */\n')
    assert read_expectations(tmp_path).wants == (
        Want("a.c", 2, "r-1", "ipvlan", "A"),
        Want("a.c", 2, "r-1", "veth", "A"),
        Want("a.c", 2, "r-2", "", ""),
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_facts_say_what_is_wrong_at_the_call(folder: str) -> None:
    titles = {rule.title for rule in Catalogue(data_folder()).rules}
    for finding in run_of(folder).report["findings"]:
        told = finding["fact"]
        assert told and told not in titles, finding["rule"]
        assert len(told) <= 140, told
        assert not re.search(r"[{}]|\(\)\(|  |: *$|^ ", told), told
