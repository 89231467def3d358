"""`bpf-lint sweep`: reports about a fleet, judged, new and gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lint, Result
from tests.survey.conftest import Repository

FLEET = """\
[[trees]]
name = "release"
repository = "repo"
commit = "v1.1"
folder = "bpf"
programs = 1

[[trees]]
name = "fixed"
repository = "elsewhere/repo"
commit = "v1.2"
folder = "bpf"
"""
JUDGED = """
[[trees.judged]]
rule = "cross-netns-redirect"
site = "pod.c:9"
true = {true}
why = "the uplink's number in the pod's namespace"
"""


@pytest.fixture
def project(repository: Repository) -> Path:
    """The folder that holds the clone, under two names."""
    above = repository.root.parent
    (above / "clones" / "elsewhere").mkdir(parents=True)
    repository.git("clone", "-q", "--bare", ".", str(above / "clones" / "elsewhere" / "repo.git"))
    return above


@pytest.fixture
def swept(lint: Lint, project: Path) -> Any:
    def run(fleet: str, *options: str) -> Result:
        (project / "fleet.toml").write_text(fleet)
        return lint("sweep", "fleet.toml", "--clones", "clones", "-q", *options)

    return run


def judged(true: str) -> str:
    first, second = FLEET.split("\n\n")
    return f"{first}\n{JUDGED.format(true=true)}\n{second}"


def test_reports_that_nobody_has_judged(swept: Any) -> None:
    done = swept(FLEET, "--output-format", "json")
    assert done.code == 1
    release, fixed = done.report["trees"]
    (one,) = release["reports"]
    assert (one["site"], one["verdict"]) == ("pod.c:9", "not judged")
    assert (fixed["reports"], fixed["analysed"], fixed["failed"]) == ([], 1, "")


def test_reports_that_are_judged_settle_a_sweep(swept: Any) -> None:
    done = swept(judged("true"))
    assert done.code == 0
    assert "true: the uplink's number in the pod's namespace\n" in done.out
    assert done.out.endswith("2 trees; 1 report: 1 true\n")


def test_a_judged_report_that_is_gone(swept: Any) -> None:
    done = swept(judged("false").replace('"v1.1"', '"v1.0"'))
    assert done.code == 1
    assert "gone: pod.c:9 [cross-netns-redirect], which was false" in done.out


def test_what_is_new_gone_and_judged_since_the_last(swept: Any, project: Path) -> None:
    last = str(project / "last.json")
    swept(FLEET, "--output-format", f"json={last}")
    same = swept(FLEET, "--since", last)
    assert "since the last sweep 0 new, 0 gone, 0 judged anew" in same.out
    told = swept(judged("true"), "--since", last)
    assert told.code == 0
    assert "since the last sweep 0 new, 0 gone, 1 judged anew" in told.out
    moved = FLEET.replace('"v1.1"', '"v1.0"').replace('"v1.2"', '"v1.2-rc1"')
    both = swept(moved, "--since", last, "--output-format", "json")
    release, fixed = both.report["trees"]
    assert [one["verdict"] for one in release["gone"]] == ["not judged"]
    assert [one["news"] for one in fixed["reports"]] == ["new"]


def test_a_fingerprint_is_followed_where_lines_move(
    swept: Any, repository: Repository, project: Path
) -> None:
    report = swept(FLEET, "--output-format", "json").report["trees"][0]["reports"][0]
    mark = f'fingerprint = "{report["sighting"]["fingerprint"]}"'
    assert swept(judged("true").replace('site = "pod.c:9"', mark)).code == 0


def test_trees_that_cannot_be_analysed_are_rows(swept: Any, project: Path) -> None:
    more = """
[[trees]]
repository = "nobody/nothing"
commit = "v1"

[[trees]]
repository = "repo"
commit = "v9"
"""
    done = swept(FLEET.replace("programs = 1", "programs = 2") + more, "--output-format", "json")
    assert done.code == 2
    *_, absent, unknown = done.report["trees"]
    assert absent["failed"].startswith("no clone of nobody/nothing")
    assert unknown["failed"] == "no clone of repo has the commit v9"
    assert "release: 1 programs analysed, not 2" in done.err


def test_a_configuration_for_a_tree_that_has_none(
    swept: Any, repository: Repository, project: Path
) -> None:
    (project / "ours.toml").write_text((repository.root / "bpf" / "bpf-lint.toml").read_text())
    fleet = FLEET.replace('"v1.1"', '"main~8"').replace("programs = 1", 'config = "ours.toml"')
    first = swept(fleet, "--output-format", "json").report["trees"][0]
    assert (first["analysed"], first["reports"], first["failed"]) == (1, [], "")


@pytest.mark.parametrize(
    ("fleet", "message"),
    [
        ("", "fleet.toml: has no [[trees]]"),
        (FLEET.replace('"fixed"', '"release"'), 'two trees are called "release"'),
        (FLEET.replace('"repo"', '"https://git.example.org/repo"'), "nothing is fetched"),
        (FLEET.replace("folder", "foldr"), "fleet.toml:5:"),
        (judged("true").replace('site = "pod.c:9"\n', ""), "give one of them"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_line(swept: Any, fleet: str, message: str) -> None:
    done = swept(fleet)
    assert done.code == 2
    assert message in done.err


def test_every_format_has_every_report(swept: Any, project: Path) -> None:
    forms = {form: project / f"out.{form}" for form in ("text", "json", "markdown", "html")}
    swept(judged("false"), *(f"--output-format={form}={file}" for form, file in forms.items()))
    for file in forms.values():
        text = file.read_text()
        assert "pod.c:9" in text
        assert "cross-netns-redirect" in text
        assert "in the pod" in text
    html = forms["html"].read_text()
    assert html.count("<table>") == 3
    assert "src=" not in html
    assert json.loads(forms["json"].read_text())["version"] == 1


def test_some_trees_by_name(swept: Any) -> None:
    assert swept(FLEET, "--tree", "fix*").out.endswith("1 tree; 0 reports\n")
    assert 'unknown tree "fixd"; did you mean "fixed"?' in swept(FLEET, "--tree", "fixd").err


def test_nothing_is_written_beside_the_reports(swept: Any, project: Path) -> None:
    swept(FLEET)
    assert {one.name for one in project.iterdir()} <= {"clones", "fleet.toml", "repo", "cache"}


def test_rules_of_a_tree_of_the_fleet_and_of_the_command_line(swept: Any) -> None:
    other = 'select = ["cross-netns-fib-lookup"]\n'
    assert swept(other + FLEET).out.endswith("2 trees; 0 reports\n")
    own = FLEET.replace("programs = 1", 'select = ["cross-netns-redirect"]')
    assert swept(other + own).out.endswith("2 trees; 1 report: 1 not judged\n")
    assert swept(own, "--select", "cross-netns-fib-*").out.endswith("2 trees; 0 reports\n")
