"""First contact: a repository that nobody described, on a machine without headers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bpf_lint.config.reading import read
from tests.cli.conftest import Lint

OPTIONS = ("--no-system-headers", "--no-cache")
PROGRAM = """\
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "shared/limits_of_ours.h"
SEC("?tc/ingress")
int pass(struct __sk_buff *skb) { return skb->len > MOST ? 2 : 0; }
"""
TORN = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "generated/config.h"
SEC("tc") int whole(struct __sk_buff *skb) { return bpf_redirect(1, 0); }
SEC("tc") int torn(struct __sk_buff *skb) { return CONFIGURED; }
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "stranger"
    files = {
        ".git/HEAD": "",
        "src/pass.bpf.c": PROGRAM,
        "include/shared/limits_of_ours.h": "#define MOST 1500\n",
        "tests/test.bpf.c": PROGRAM,
        "src/user.c": "int main(void) { return 0; }\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    return root


def test_everything_is_analysed_without_a_word_of_configuration(lint: Lint, stranger: Path) -> None:
    done = lint(".", *OPTIONS, "--output-format", "json")
    assert (done.code, done.report["summary"]["analysed"]) == (0, 2)
    assert any(
        "2 programs use headers that come with" in n for n in done.report["summary"]["notes"]
    )
    out = lint("doctor", ".", *OPTIONS).out
    assert "headers that come with bpf-lint: bpf/bpf_helper_defs.h, bpf/bpf_helpers.h" in out


def test_doctor_says_what_the_guesses_rest_on(lint: Lint, stranger: Path) -> None:
    (stranger / "include").rename(stranger / "lib")
    out = lint("doctor", ".", *OPTIONS).out
    assert "guess: -Ilib for 1 program, a header found by its path's end: src/pass.bpf.c:3" in out


def test_doctor_names_the_database_that_a_build_left(lint: Lint, stranger: Path) -> None:
    command = "clang -target bpf -I../include -DMOST_OF_ALL -c ../src/pass.bpf.c"
    entry = {"directory": str(stranger / "out"), "file": "../src/pass.bpf.c", "command": command}
    (stranger / "out" / "debug").mkdir(parents=True)
    (stranger / "out" / "debug" / "compile_commands.json").write_text(json.dumps([entry]))
    out = lint("doctor", ".", *OPTIONS).out
    place = "out/debug/compile_commands.json:"
    assert f"guess: -DMOST_OF_ALL for 1 program, written there: {place}" in out
    assert f"guess: -Iinclude for 1 program, written there: {place}" in out
    assert "flags from: out/debug/compile_commands.json" in out


def test_init_writes_the_guesses_down_and_proposes_to_leave_tests_out(
    lint: Lint, stranger: Path
) -> None:
    (stranger / "include").rename(stranger / "lib")
    done = lint("init", ".")
    assert done.code == 0
    text = (stranger / "bpf-lint.toml").read_text()
    assert "-Ilib" in read(stranger / "bpf-lint.toml").data["front_end"]["flags"]
    assert "# -Ilib: a header found by its path's end, src/pass.bpf.c:3" in text
    assert '# exclude = ["tests"]' in text
    assert lint(".", *OPTIONS).code == 0


def test_what_is_whole_is_analysed_and_the_rest_is_named_once(lint: Lint, stranger: Path) -> None:
    (stranger / "src" / "torn.bpf.c").write_text(TORN)
    done = lint(".", *OPTIONS)
    said = " ".join(done.out.split())
    assert done.code == 2
    assert "analysed 2 of 3 programs and parts of 1" in said
    assert said.count("'generated/config.h' not found") == 1
    assert "name its folder with -I" in said
    assert done.err == ""


def test_a_finding_in_a_program_with_gaps_says_so(lint: Lint, stranger: Path) -> None:
    (stranger / "src" / "torn.bpf.c").write_text(
        TORN.replace("bpf_redirect(1, 0)", "bpf_redirect(UPLINK, 0)").replace(
            "SEC", "enum { UPLINK = 7 };\nSEC", 1
        )
    )
    (stranger / "bpf-lint.toml").write_text(
        '[[programs]]\npath = "src/torn.bpf.c"\n'
        '[devices.pod]\nkind = "ipvlan"\nnetns = "pod"\n'
        '[[attachments]]\nprogram = "src/torn.bpf.c"\nentries = ["whole"]\n'
        'hook = "tc-egress"\ndevice = "pod"\n'
        '[[symbols]]\nname = "UPLINK"\nnetns = "host"\n'
    )
    done = lint(".", *OPTIONS, "--output-format", "json")
    assert done.code == 2
    (finding,) = done.report["findings"]
    assert finding["confidence"] == "medium"
    assert "what was not read of src/torn.bpf.c" in finding["contexts"][0]["assumptions"][0]
