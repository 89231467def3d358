"""What people who use linters expect: paths that open, colours, counts, no silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from bpf_lint.cli.entry import bpf_lint
from tests.cli.conftest import BAD_LINE, CONFIG, PROGRAM, Lint


def test_paths_begin_where_people_stand_and_machines_at_the_root(
    project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "bpf")
    for form in ("text", "full", "concise"):
        assert lint(".", "--output-format", form).out.startswith(f"pod.c:{BAD_LINE}:")
    assert "UPLINK_IFINDEX, 0" in lint(".").out  # its source is found
    monkeypatch.chdir(project.parent)
    assert lint("repo/bpf").out.startswith(f"repo/bpf/pod.c:{BAD_LINE}:")
    (found,) = lint("repo/bpf", "--output-format", "json").report["findings"]
    assert found["path"] == "bpf/pod.c"


def test_what_lies_far_away_has_its_whole_path(
    project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = project.parent / "/".join("abcdefghijklmnopqrstuvwxyz" * 2)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert lint(project / "bpf").out.startswith(f"{project}/bpf/pod.c:{BAD_LINE}:")


def test_notes_name_files_as_findings_do(
    project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "bpf" / "pod.c").write_text(PROGRAM.replace('#include "lib.h"', '#include "no.h"'))
    monkeypatch.chdir(project / "bpf")
    done = lint(".")
    assert "not analysed: pod.c" in " ".join(done.out.split())
    assert "bpf/pod.c" not in done.out


def test_a_header_is_judged_in_the_programs_that_include_it(project: Path, lint: Lint) -> None:
    header = project / "bpf" / "lib.h"
    body = "\tif (x)\n\t\treturn 0;\n\treturn bpf_redirect(UPLINK_IFINDEX, 0);\n"
    text = f"static inline int out(int x)\n{{\n{body}}}\n"
    start, _, rest = PROGRAM.partition('SEC("tc") int from_pod')
    (project / "bpf" / "out.h").write_text(text)
    more = rest.replace("bpf_redirect(skb->ifindex, 0)", "out(0)")
    (project / "bpf" / "pod.c").write_text(f'{start}#include "out.h"\nSEC("tc") int from_pod{more}')
    assert len(lint("bpf", "--output-format", "json").report["findings"]) == 2
    (found,) = lint("bpf/out.h", "--output-format", "json").report["findings"]
    assert (found["path"], found["line"]) == ("bpf/out.h", 5)
    assert lint(header).code == 0
    both = lint("bpf/out.h", "bpf/pod.c", "--output-format", "json").report["findings"]
    assert len(both) == 2


def test_what_is_hidden_is_counted(project: Path, lint: Lint) -> None:
    assert lint("bpf", "--write-baseline", "known.json").code == 0
    hidden = lint("bpf", "--baseline", "known.json", "-v")
    assert hidden.out.startswith("0 findings (1 known); analysed")
    assert "1 finding not reported: 1 in the baseline" in hidden.err
    concise = lint("bpf", "--baseline", "known.json", "--output-format", "concise").out
    assert concise.startswith("0 findings (1 known); ")
    comment = "/* bpf-lint: ignore[cross-netns-redirect] -- our own test */"
    source = PROGRAM.replace("UPLINK_IFINDEX, 0);", f"UPLINK_IFINDEX, 0); {comment}")
    (project / "bpf" / "pod.c").write_text(source)
    assert lint("bpf").out.startswith("0 findings (1 suppressed); analysed")
    summary = lint("bpf", "--output-format", "json").report["summary"]
    assert (summary["known"], summary["suppressed"]) == (0, 1)
    silenced = '[[per_path]]\npath = "pod.c"\nignore = ["cross-*"]\n'
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG + silenced)
    told = lint("bpf", "--no-ignores", "-v").err
    assert "1 finding not reported: 1 of rules that are not wanted there" in told


def test_options_that_have_nothing_to_show_say_so(lint: Lint) -> None:
    for form in ("text", "full", "concise"):
        out = lint(
            "bpf", "--entry", "to_self", "--statistics", "--show-unknown", "--output-format", form
        ).out
        assert "no findings to count by rule and mode" in out
        assert "no redirect has an ifindex of unknown origin" in out
    assert "no finding is left out of the report" in lint("bpf", "-v").err
    told = lint("bpf", "--statistics", "--show-unknown", "--output-format", "sarif").err
    assert "--statistics shows in concise, full, text" in told
    assert "--show-unknown shows in concise, full, text, json" in told
    counted = lint("bpf", "--statistics", "--output-format", "concise").out
    assert "cross-netns-redirect" in counted.splitlines()[3]


@pytest.mark.parametrize(
    ("force", "no", "colored"),
    [("1", "", True), ("", "", False), ("0", "", False), ("1", "1", False)],
)
def test_colour_is_as_the_environment_says(
    lint: Lint, monkeypatch: pytest.MonkeyPatch, force: str, no: str, colored: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", force)
    monkeypatch.setenv("NO_COLOR", no)
    assert ("\x1b[" in lint("bpf").out) == colored
    assert "\x1b[" not in lint("bpf", "--color", "never").out


def test_text_is_as_wide_as_the_terminal(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = {}
    for columns in (60, 100, 140, 400):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = lint("bpf", "--output-format", "full").out.splitlines()
        widths[columns] = max(len(line) for line in lines[1:])
    assert widths[60] <= 60 < widths[100] <= 100 < widths[140] <= 140 < widths[400] <= 160


def completed(words: str, incomplete: str) -> list[str]:
    """What a shell is offered behind some words of a command line."""
    shell = ShellComplete(bpf_lint, {}, "bpf-lint", "_BPF_LINT_COMPLETE")
    return [one.value for one in shell.get_completions(words.split(), incomplete)]


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        ("explain", "cross-netns-f", ["cross-netns-fib-lookup"]),
        ("bpf --select", "zero", ["zero-ifindex"]),
        ("check bpf --ignore", "zero-ifindex,truncated", ["zero-ifindex,truncated-ifindex"]),
        ("bpf --mode", "", ["ipvlan", "veth"]),
        ("doctor bpf --mode", "v", ["veth"]),
        ("bpf --configurations", "", ["fast", "tree"]),
        ("bpf --program", "p", ["pod.c"]),
        ("bpf --profile", "cal", ["calico"]),
        ("nowhere --mode", "", []),
        ("bpf --output-format", "conc", ["concise"]),
    ],
)
def test_shells_complete_what_there_is(
    project: Path, lint: Lint, words: str, incomplete: str, offered: list[str]
) -> None:
    more = "\n[modes.veth]\n\n[modes.ipvlan]\n\n[configurations.fast]\n"
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG + more)
    assert completed(words, incomplete) == offered


def test_a_finding_is_explained_by_its_fingerprint(project: Path, lint: Lint) -> None:
    (found,) = lint("bpf", "--output-format", "json").report["findings"]
    digest = found["fingerprint"]
    full = lint("explain", digest[:6], "bpf")
    assert full.code == 0
    assert full.out.startswith(f"bpf/pod.c:{BAD_LINE}:")
    assert f"fingerprint: {digest}" in full.out
    whole = lint("bpf", "--output-format", "full").out
    assert whole.startswith(full.out)
    nothing = lint("explain", "0" * 8, "bpf")
    assert nothing.code == 2
    assert "no finding has a fingerprint that begins with 00000000" in nothing.err


def test_findings_of_rules_that_do_not_run_are_explained(project: Path, lint: Lint) -> None:
    source = PROGRAM.replace("return bpf_redirect(skb->ifindex, 0);", "return 12345;")
    (project / "bpf" / "pod.c").write_text(source)
    report = lint("bpf", "--select", "unknown-verdict", "--output-format", "json").report
    (found,) = report["findings"]
    assert "[unknown-verdict]" in lint("explain", found["fingerprint"], "bpf").out


def test_the_environment_names_a_format_and_concise_says_how_to_see_more(
    lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BPF_LINT_OUTPUT_FORMAT", "concise")
    first, hint, last = lint("bpf").out.splitlines()
    assert first.startswith(f"bpf/pod.c:{BAD_LINE}:9: error: bpf_redirect(UPLINK_IFINDEX)")
    assert hint.startswith("hint: `bpf-lint explain ")
    assert last == "2 redirects: 2 judged"
    command = hint.partition("`")[2].partition("`")[0].split()
    assert lint(*command[1:]).out.startswith(f"bpf/pod.c:{BAD_LINE}:")
    assert "reason:" in lint("bpf", "--output-format", "text").out
    assert "hint" not in lint("bpf", "--entry", "to_self").out
    monkeypatch.setenv("BPF_LINT_OUTPUT_FORMAT", "concis")
    assert 'BPF_LINT_OUTPUT_FORMAT: unknown output format "concis"' in lint("bpf").err
