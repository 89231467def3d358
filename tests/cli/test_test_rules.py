"""`bpf-lint test-rules`: what is missing, unexpected or not expected at all fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint
from tests.running import ROOT

RULE = """\
id = "mine"
title = "Any redirect"
event = "redirect"
when = "1"
severity = "warning"
message = "{helper}() is called"
suggestion = "Do not."
description = "No redirects here."
kernel = "It redirects."
[bad]
code = "return bpf_redirect(1, 0);"
[good]
code = "return 0;"
"""
CALL = "return bpf_redirect(UPLINK_IFINDEX, 0);"
OTHER = "return bpf_redirect(skb->ifindex, 0);"
WANT = '/* want: mine "bpf_redirect() is called" */'


@pytest.fixture
def rules(project: Path) -> Path:
    """A folder with a rule of its own, and a program with the expectation of both calls."""
    folder = project / "bpf"
    (folder / "mine.toml").write_text(RULE)
    config = 'rules = ["mine.toml"]\nselect = ["mine"]\n' + CONFIG
    (folder / "bpf-lint.toml").write_text(config)
    text = PROGRAM.replace(CALL, f"{CALL} {WANT}").replace(OTHER, f"{OTHER} {WANT}")
    (folder / "pod.c").write_text(text)
    return folder


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "pod.c"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_what_is_as_expected_passes(lint: Lint, rules: Path) -> None:
    for path in ("bpf", "."):  # a folder, or a folder of them
        done = lint("test-rules", path)
        assert (done.code, done.err) == (0, "")
        assert done.out == "ok    bpf: 2 expectations\n1 folder, 0 with differences\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"{CALL} {WANT}", f"0; {WANT}", "missing: pod.c:"),
        (f" {WANT}", "", "unexpected: pod.c:"),
        ("is called", "is not called", "another origin than 'bpf_redirect() is not called'"),
        ("want: mine", "want: other", "missing: pod.c:"),
    ],
)
def test_a_difference_fails(lint: Lint, rules: Path, old: str, new: str, said: str) -> None:
    change(rules, old, new)
    done = lint("test-rules", "bpf")
    assert done.code == 1
    assert f"      {said}" in done.out
    assert done.out.startswith("FAIL  bpf: ")


def test_a_rule_of_which_nothing_is_expected_fails(lint: Lint, rules: Path) -> None:
    (rules / "mine.toml").write_text(RULE.replace('when = "1"', 'when = "0"'))
    for _ in range(2):
        change(rules, f" {WANT}", "")
    done = lint("test-rules", "bpf")
    assert done.code == 1
    assert "nothing is expected of mine: a rule that reports nothing would pass" in done.out


def test_a_program_that_cannot_be_read_is_trouble(lint: Lint, rules: Path) -> None:
    change(rules, '#include "lib.h"', '#include "gone.h"')
    done = lint("test-rules", "bpf")
    assert done.code == 2
    assert "not analysed: bpf/pod.c" in done.out


def test_a_folder_without_configuration_is_refused(lint: Lint, rules: Path) -> None:
    (rules / "bpf-lint.toml").unlink()
    done = lint("test-rules", "bpf")
    assert (done.code, done.out) == (2, "")
    assert "bpf: has no bpf-lint.toml, and no folder in it has one" in done.err
    (rules / "bpf-lint.toml").write_text(CONFIG)
    change(rules, WANT, "/* want: mine */")
    assert "pod.c:9: not an expectation: 'mine'" in lint("test-rules", "bpf").err


def test_the_fixtures_of_this_project_pass(lint: Lint) -> None:
    done = lint("test-rules", ROOT / "tests" / "fixtures" / "fib")
    assert done.code == 0, done.out
