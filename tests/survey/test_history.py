"""`bpf-lint history`: since when, until when, in which releases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.survey.conftest import RENAMED, Repository

TAGS = ("--tags", "v*", "--tags", "!*-*")


@pytest.fixture
def project(repository: Repository) -> Path:
    return repository.root


def told(lint: Lint, *arguments: str) -> dict[str, Any]:
    done = lint("history", *arguments, "bpf", "-q", "--output-format", "json")
    assert done.code == 0, done.err
    return done.report


def test_a_finding_is_followed_from_its_commit_to_its_fixes(
    lint: Lint, repository: Repository
) -> None:
    report = told(lint, *TAGS)
    (one,) = report["findings"]
    assert [release["name"] for release in report["releases"]] == ["v1.0", "v1.1", "v1.1.1", "v1.2"]
    assert one["releases"] == ["v1.1"]
    assert [(m["subject"], m["release"]) for m in one["since"]] == [("mistake", "v1.1")]
    assert {(m["subject"], m["release"]) for m in one["gone"]} == {
        ("backported", "v1.1.1"),
        ("fixed", "v1.2"),
    }
    assert {m["commit"] for m in one["since"]} == {repository.commits["mistake"]}
    assert {m["date"] for m in one["gone"]} == {"2024-02-29"}


def test_a_renamed_function_is_the_same_finding(lint: Lint) -> None:
    (one,) = told(lint, "--tags", "v*")["findings"]
    assert one["releases"] == ["v1.1", "v1.2-rc1"]
    assert len(one["fingerprints"]) == 2
    assert [moment["subject"] for moment in one["since"]] == ["mistake"]
    assert one["last"]["function"] == "out_of_pod"


def test_a_range_has_the_releases_in_it(lint: Lint) -> None:
    report = told(lint, "v1.0..main")
    names = [release["name"] for release in report["releases"]]
    assert names == ["v1.0", "v1.1", "v1.2-rc1", "main"]


def test_every_commit_that_changes_something_is_a_row(lint: Lint, repository: Repository) -> None:
    report = told(lint, "v1.0..main", "--every", "2")
    wanted = [repository.commits[name][:10] for name in ("mistake", "renamed")]
    assert [release["name"] for release in report["releases"]] == ["v1.0", *wanted, "main"]


def test_branches_come_after_their_releases(lint: Lint, repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "v1", "v1.1.1")
    repository.commit("more")
    repository.git("checkout", "-q", "main")
    repository.commit("more of main")
    report = told(lint, *TAGS, "--branches", "v*", "--branches", "main")
    names = [release["name"] for release in report["releases"]]
    assert names == ["v1.0", "v1.1", "v1.1.1", "v1.2", "v1", "main"]


def test_states_with_equal_files_are_one_state(lint: Lint) -> None:
    assert told(lint, "v1.0..main", "--every", "1")["states"] == 6


def test_text_says_it_in_one_place(lint: Lint, repository: Repository) -> None:
    done = lint("history", *TAGS, "bpf", "-q")
    fixed = repository.commits["fixed"][:10]
    assert "   v1.1: present\n" in done.out
    assert f"{fixed} of 2024-02-29, in v1.2: fixed\n" in done.out
    assert done.out.endswith(
        "1 finding in 4 releases, v1.0 to v1.2; 6 states of the files looked at\n"
    )


def test_the_work_tree_is_not_touched(lint: Lint, repository: Repository) -> None:
    (repository.root / "bpf" / "pod.c").write_text("not C at all")
    before = {path: path.stat().st_mtime_ns for path in repository.root.rglob("*")}
    assert len(told(lint, *TAGS)["findings"]) == 1
    assert {path: path.stat().st_mtime_ns for path in repository.root.rglob("*")} == before


def test_a_broken_off_run_goes_on(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    first = told(lint, *TAGS)
    monkeypatch.setattr("bpf_lint.survey.engine.attempt", None)  # nothing is left to be run
    assert told(lint, *TAGS) == first


def test_every_format_is_the_same_from_one_process_and_from_four(
    lint: Lint, tmp_path: Path
) -> None:
    def written(name: str, *options: str) -> list[bytes]:
        files = {form: tmp_path / f"{name}.{form}" for form in ("text", "json", "markdown", "html")}
        outputs = [f"--output-format={form}={file}" for form, file in files.items()]
        assert lint("history", "--tags", "v*", "bpf", "-q", *outputs, *options).code == 0
        return [file.read_bytes() for file in files.values()]

    assert written("one", "-j1") == written("four", "-j4", "--no-cache")


def test_a_release_that_cannot_be_analysed_is_a_row_that_says_so(
    lint: Lint, repository: Repository
) -> None:
    repository.commit("broken", **{"bpf__bpf-lint_toml": "[nonsense\n"})
    repository.tag("v1.3")
    done = lint("history", *TAGS, "bpf", "-q", "--output-format", "json")
    assert done.code == 2
    last = done.report["releases"][-1]
    assert (last["name"], last["findings"]) == ("v1.3", [])
    assert last["failed"].startswith("bpf/bpf-lint.toml:")
    assert done.report["findings"][0]["unknown"] == ["v1.3"]
    assert "bpf-lint: v1.3: not analysed: bpf/bpf-lint.toml" in done.err


def test_commits_that_cannot_be_analysed_are_passed_over(
    lint: Lint, repository: Repository
) -> None:
    repository.commit("broken", **{"bpf__bpf-lint_toml": "[nonsense\n"})
    repository.commit("back", bpf__pod_c=PROGRAM, **{"bpf__bpf-lint_toml": CONFIG})
    repository.tag("v1.3")
    found = told(lint, "v1.2..v1.3")["findings"]
    (moment,) = found[0]["since"]
    assert (moment["subject"], moment["before"]) == ("back", repository.commits["elsewhere, too"])


def test_what_is_wrong_is_said(lint: Lint) -> None:
    for arguments, message in (
        (("bpf",), "say which commits"),
        (("--tags", "nothing*", "bpf"), "no tag matches 'nothing*'"),
        (("v1.1..v9", "bpf"), "unknown git revision 'v9'"),
        (("v1.2..v1.1.1", "bpf"), "v1.2 is no ancestor of v1.1.1"),
        (("v1.1...main", "bpf"), "with two dots"),
        (("--every", "3", "--tags", "v*", "bpf"), "--every needs a range"),
        (("--branches", "x*", "bpf"), "no branch matches x*"),
    ):
        done = lint("history", *arguments)
        assert done.code == 2
        assert message in done.err


def test_html_stands_alone_and_obeys_nothing_of_the_tree(
    lint: Lint, repository: Repository
) -> None:
    repository.git("commit", "-q", "--amend", "-m", "<script>alert(1)</script> & more")
    repository.commit("bad again", bpf__pod_c=PROGRAM, **{"bpf__bpf-lint_toml": CONFIG})
    repository.commit("<img src=x onerror=y>", bpf__pod_c="/* x */\n" + PROGRAM.replace("7", "8"))
    html = lint("history", "v1.0..main", "--every", "1", "bpf", "-q", "--output-format", "html").out
    assert "<script" not in html
    assert "<img" not in html
    assert "src=" not in html.replace("src=x onerror", "")
    assert html.count("<table>") == html.count("</table>") == 2
    assert html.count("●") == 5


def test_the_text_of_a_finding_says_where_to_look_first(lint: Lint, repository: Repository) -> None:
    for number in range(40):
        wrong = "renamed" if number < 23 else "bad again"
        body = repository.git("show", "v1.2:bpf/pod.c") if wrong == "renamed" else RENAMED
        repository.commit(f"{wrong} {number}", bpf__pod_c=f"/* {number} */\n{body}\n")
    report = told(lint, "v1.2..main")
    (one,) = report["findings"]
    assert [moment["subject"] for moment in one["since"]] == ["bad again 23"]
    # Both ends, the commit and the one before it; halving takes six.
    assert report["states"] == 4


def test_a_first_answer_without_commits(lint: Lint, repository: Repository) -> None:
    (one,) = told(lint, *TAGS, "--rounds", "0")["findings"]
    assert one["releases"] == ["v1.1"]
    (moment,) = one["since"]
    # The last commit that changes something before v1.1, or one after v1.0.
    assert (moment["subject"], moment["before"]) == ("mistake", repository.commits["described"])
