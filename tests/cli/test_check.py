"""`bpf-lint PATH`: findings, exit codes, narrowing, formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BAD_LINE, CONFIG, PROGRAM, Lint
from tests.running import ROOT

RULE = "cross-netns-redirect"


def sites(result: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["rule"], one["path"], one["line"]) for one in result["findings"]]


def test_a_finding_gives_exit_code_1(lint: Lint) -> None:
    done = lint("bpf", "--output-format", "json")
    assert done.code == 1
    assert sites(done.report) == [(RULE, "bpf/pod.c", BAD_LINE)]
    summary = done.report["summary"]
    assert (summary["programs"], summary["analysed"], summary["skipped"]) == (1, 1, [])
    assert summary["profile"] == "bpf-lint.toml"
    assert [unit["path"] for unit in summary["units"]] == ["bpf/pod.c"]


def test_check_is_the_default_command(lint: Lint) -> None:
    assert lint("check", "bpf").out == lint("bpf").out
    assert lint("--statistics", "bpf").code == 1


def test_nothing_found_gives_exit_code_0(lint: Lint, project: Path) -> None:
    text = PROGRAM.replace("bpf_redirect(UPLINK_IFINDEX", "bpf_redirect(skb->ifindex")
    (project / "bpf" / "pod.c").write_text(text)
    assert lint("bpf").code == 0


def test_exit_zero(lint: Lint) -> None:
    done = lint("bpf", "--exit-zero")
    assert (done.code, "1 finding" in done.out) == (0, True)


def test_a_file_or_a_folder_above_mean_the_same_project(lint: Lint) -> None:
    whole = lint("bpf", "--output-format", "json").out
    assert lint("bpf/pod.c", "--output-format", "json").out == whole
    assert lint(".", "--output-format", "json").out == whole


def test_a_folder_of_headers_means_what_is_found_in_them(lint: Lint, project: Path) -> None:
    (project / "bpf" / "lib").mkdir()
    (project / "bpf" / "unused").mkdir()
    (project / "bpf" / "lib" / "pod.h").write_text(PROGRAM)
    (project / "bpf" / "pod.c").write_text('#include "lib/pod.h"\n')
    baseline = project / "known.json"

    assert [one["path"] for one in lint("bpf", "--output-format", "json").report["findings"]] == [
        "bpf/lib/pod.h"
    ]
    assert "bpf/lib/pod.h" in lint("bpf/lib", "--output-format", "concise").out
    assert lint("bpf/unused").code == 2
    lint("bpf", "--write-baseline", baseline)
    assert lint("bpf/lib", "--baseline", baseline).code == 0
    mended = PROGRAM.replace("bpf_redirect(UPLINK_IFINDEX, 0)", "0")
    (project / "bpf" / "lib" / "pod.h").write_text(mended)
    assert "baseline knows 1 more" in lint("bpf", "--baseline", baseline).err
    assert lint("bpf/lib", "--baseline", baseline).err == ""


def test_reported_flags_start_from_the_root(lint: Lint, project: Path) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    (project / "bpf" / "include").mkdir()
    config.write_text(CONFIG + '[front_end]\nflags = ["-std=gnu11", "-Iinclude", "-I.."]\n')
    unit = lint("bpf", "--output-format", "json", "-D", "X").report["summary"]["units"][0]
    flags = ["-target", "bpf", "-std=gnu11", "-I", "bpf/include", "-I", ".", "-DX=1"]
    assert unit["flags"] == flags


def test_select_and_ignore(lint: Lint) -> None:
    assert lint("bpf", "--ignore", RULE).code == 0
    assert lint("bpf", "--select", "redirect-peer-*").code == 0
    assert lint("bpf", "--select", "cross-*,redirect-*").code == 1
    done = lint("bpf", "--select", "cross-netns-redirekt")
    assert done.code == 2
    assert 'did you mean "cross-netns-redirect"' in done.err


def test_entries_and_programs_narrow_what_is_reported(lint: Lint) -> None:
    assert lint("bpf", "--entry", "to_*").code == 0
    assert lint("bpf", "--entry", "from_*").code == 1
    assert lint("bpf", "--entry", "tc").code == 1
    assert 'unknown program "pod.h"; did you mean "pod.c"?' in lint("bpf", "--program", "pod.h").err
    assert (
        'unknown entry "form_pod"; did you mean "from_pod"'
        in lint("bpf", "--entry", "form_pod").err
    )
    assert lint("bpf", "--program", "pod.c").code == 1


def test_defines_from_the_command_line(lint: Lint, project: Path) -> None:
    text = PROGRAM.replace("UPLINK_IFINDEX, 0", "OTHER, 0")
    (project / "bpf" / "pod.c").write_text(text)
    assert lint("bpf").code == 2
    assert lint("bpf", "-D", "OTHER=UPLINK_IFINDEX").code == 1


def test_several_formats_and_files(lint: Lint, project: Path) -> None:
    done = lint("bpf", "--output-format", "concise", "--output-format", "json=out.json")
    assert done.out.count("\n") == 3  # the finding, a hint, and what was judged
    assert sites(json.loads((project / "out.json").read_text()))
    done = lint("bpf", "--output-format", "json=no/such/folder.json")
    assert (done.code, done.out) == (2, "")
    assert "no/such/folder.json" in done.err


def test_a_baseline_hides_what_is_known(lint: Lint, project: Path) -> None:
    assert lint("bpf", "--write-baseline", "known.json").code == 0
    assert lint("bpf", "--baseline", "known.json").code == 0
    assert lint("bpf").code == 1
    (project / "bpf" / "pod.c").write_text(PROGRAM.replace("UPLINK_IFINDEX, 0", "skb->ifindex, 0"))
    assert "baseline knows 1 more" in lint("bpf", "--baseline", "known.json").err


def test_a_comment_suppresses_and_no_ignores_reports(lint: Lint, project: Path) -> None:
    comment = f"\t/* bpf-lint: ignore[{RULE}] -- tested elsewhere */\n\treturn bpf_redirect(UPLINK"
    (project / "bpf" / "pod.c").write_text(PROGRAM.replace("\treturn bpf_redirect(UPLINK", comment))
    assert lint("bpf").code == 0
    assert lint("bpf", "--no-ignores").code == 1


def test_comments_that_silence_nothing_are_told(lint: Lint, project: Path) -> None:
    comment = "/* bpf-lint: ignore[cross-netns-redirect] -- not needed */\n"
    (project / "bpf" / "lib.h").write_text(comment + "#define UPLINK_IFINDEX 7\n")
    assert "bpf/lib.h:1: unused suppression" in lint("bpf").err


def test_any_number_of_processes_gives_the_same_bytes(lint: Lint) -> None:
    one = lint("bpf", "--no-cache", "-j", "1", "--output-format", "json")
    assert lint("bpf", "--no-cache", "-j", "3", "--output-format", "json").out == one.out


def test_flags_from_a_database(lint: Lint, project: Path) -> None:
    (project / "bpf" / "lib.h").unlink()
    assert lint("bpf").code == 2
    (project / "inc").mkdir()
    (project / "inc" / "lib.h").write_text("#define UPLINK_IFINDEX 7\n")
    entry = {"directory": str(project), "file": "bpf/pod.c", "command": "cc -Iinc -c bpf/pod.c"}
    (project / "compile_commands.json").write_text(json.dumps([entry]))
    done = lint("bpf", "-p", ".", "--output-format", "json")
    assert done.code == 1
    assert "compile_commands.json" in done.report["summary"]["flags_from"]
    entry["command"] = "cc -fplugin=./evil.so -c bpf/pod.c"
    (project / "compile_commands.json").write_text(json.dumps([entry]))
    done = lint("bpf", "-p", ".")
    assert (done.code, "-fplugin=./evil.so" in done.err) == (2, True)


def test_new_since_a_revision(lint: Lint, project: Path) -> None:
    (project / ".git").rmdir()

    def git(*arguments: str) -> None:
        name = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *name, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    assert lint("bpf", "--new-since", "HEAD").code == 0
    more = 'SEC("tc") int again(struct __sk_buff *s) { return bpf_redirect(UPLINK_IFINDEX, 0); }\n'
    (project / "bpf" / "pod.c").write_text(PROGRAM + more)
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(config.read_text().replace('"to_self"', '"to_self", "again"'))
    done = lint("bpf", "--new-since", "HEAD", "--output-format", "json")
    assert [one["function"] for one in done.report["findings"]] == ["again"]
    assert lint("bpf", "--new-since", "no-such-revision").code == 2


def test_version_is_quick_and_loads_nothing() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "bpf_lint", "--version"]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.monotonic() - start < 5
    assert done.stdout.startswith("bpf-lint ")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"click", "msgspec", "clang", "networkx", "pycparser"}


@pytest.mark.parametrize("library", ["clang", "networkx", "pycparser", "bpf_lint.dataflow"])
def test_an_unchanged_second_run_loads_no_heavy_library(
    lint: Lint, project: Path, library: str
) -> None:
    assert lint("bpf").code == 1
    code = (
        "import sys; from bpf_lint.cli import main; code = main(['bpf']);"
        f"assert code == 1; sys.exit({library!r} in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True, env=environment)


def test_verbose_says_where_the_time_went(lint: Lint) -> None:
    done = lint("--no-cache", "--verbose", "bpf")
    line = next(line for line in done.err.splitlines() if line.startswith("time: "))
    assert line.index("parsing") < line.index("analysing") < line.index("in all")
