"""What of a repository belongs to a state: headers beyond the folder, build files, links."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.survey.conftest import Repository

FLAGS = '\n[front_end]\nflags = ["-target", "bpf", "-O2", "-I../include"]\n'
GOOD = "#define VERDICT 0\n"
BAD = "#define UPLINK_IFINDEX 7\n#define VERDICT bpf_redirect(UPLINK_IFINDEX, 0)\n"
USER = PROGRAM.replace("bpf_redirect(UPLINK_IFINDEX, 0)", "VERDICT")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo"


@pytest.fixture
def made(project: Path) -> Repository:
    return Repository(project)


def since(lint: Lint, *arguments: str) -> list[str]:
    done = lint("history", *arguments, "bpf", "-q", "--output-format", "json")
    assert done.code == 0, done.err
    return [moment["subject"] for one in done.report["findings"] for moment in one["since"]]


def test_headers_that_flags_name(lint: Lint, made: Repository) -> None:
    made.commit(
        "begun", bpf__pod_c=USER, include__lib_h=GOOD, **{"bpf__bpf-lint_toml": CONFIG + FLAGS}
    )
    made.commit("unrelated", elsewhere__x_h="1")
    made.commit("by a header", include__lib_h=BAD)
    made.commit("unrelated, too", elsewhere__x_h="2")
    assert since(lint, "main~3..main") == ["by a header"]


def test_headers_that_only_build_files_name(lint: Lint, made: Repository) -> None:
    made.commit("begun", bpf__pod_c=USER, headers__lib_h=GOOD, **{"bpf__bpf-lint_toml": CONFIG})
    made.commit("by a header", headers__lib_h=BAD)
    assert since(lint, "main~1..main") == ["by a header"]


def test_the_configuration_of_today_describes_what_had_none(lint: Lint, made: Repository) -> None:
    lib = "#define UPLINK_IFINDEX 7\n"
    made.commit("begun", bpf__pod_c=USER.replace("VERDICT", "0"), bpf__lib_h=lib)
    made.commit("mistake", bpf__pod_c=PROGRAM)
    made.commit("more", bpf__lib_h=lib + "\n")
    (made.root / "bpf" / "bpf-lint.toml").write_text(CONFIG)  # in no commit
    assert since(lint, "main~2..main") == ["mistake"]


def test_a_link_out_of_the_tree_is_not_followed(
    lint: Lint, made: Repository, tmp_path: Path
) -> None:
    (tmp_path / "outside.h").write_text(BAD)
    made.commit("begun", bpf__pod_c=USER, bpf__lib_h=GOOD, **{"bpf__bpf-lint_toml": CONFIG})
    (made.root / "bpf" / "lib.h").unlink()
    (made.root / "bpf" / "lib.h").symlink_to("../../outside.h")
    made.commit("a link")
    done = lint("history", "main~1..main", "bpf", "-q", "--output-format", "json")
    assert done.code == 2
    assert done.report["findings"] == []
    assert "'lib.h' file not found" in str(done.report["releases"][-1]["skipped"])
