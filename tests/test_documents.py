"""What README.md and CONTRIBUTING.md show is what happens."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from tests.running import ROOT, lint_json, run_lint

LIBBPF = ROOT / "tests" / "fixtures" / "libbpf"
INCLUDE = ROOT / "tests" / "fixtures" / "include"
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "minidp" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def block(document: str, marker: str) -> str:
    """The code block below a marker comment."""
    text = (ROOT / document).read_text()
    pattern = rf"<!-- example: {re.escape(marker)} -->\n\s*```\w+\n(?P<code>.*?)\n\s*```"
    match = re.search(pattern, text, re.DOTALL)
    assert match is not None, f"{document} has no example {marker!r}"
    return textwrap.dedent(match["code"]) + "\n"


def test_the_configuration_in_the_readme_finds_the_bugs(tmp_path: Path) -> None:
    shutil.copy(LIBBPF / "router.bpf.c", tmp_path)
    shutil.copy(INCLUDE / "bpf.h", tmp_path)
    (tmp_path / "bpf-lint.toml").write_text(block("README.md", "a project's bpf-lint.toml"))

    run = lint_json(".", cwd=tmp_path)

    assert run.code == 1, run.stderr
    functions = {(f["rule"], f["function"]) for f in run.report["findings"]}
    assert functions == {
        ("cross-netns-redirect", "reply"),
        ("cross-netns-redirect", "to_network"),
    }


def test_the_rule_in_the_contributors_guide_works(tmp_path: Path) -> None:
    (tmp_path / "rule.toml").write_text(block("CONTRIBUTING.md", "a rule"))
    shutil.copy(INCLUDE / "bpf.h", tmp_path)
    (tmp_path / "send.c").write_text(
        '#include "bpf.h"\n#define LOOPBACK 1\n'
        'SEC("wrong") int wrong(struct __sk_buff *ctx) { return bpf_redirect(LOOPBACK, 0); }\n'
        'SEC("wrong") int right(struct __sk_buff *ctx) { return TC_ACT_OK; }\n'
    )
    (tmp_path / "bpf-lint.toml").write_text(
        'rules = ["rule.toml"]\nselect = ["loopback-redirect"]\n'
        '[devices.eth0]\nkind = "ethernet"\nnetns = "host"\n'
        '[[attachments]]\nprogram = "send.c"\nentries = ["wrong"]\n'
        'hook = "tc-ingress"\ndevice = "eth0"\n'
        '[[symbols]]\nname = "LOOPBACK"\nnetns = "host"\n'
    )

    run = lint_json(".", cwd=tmp_path)

    assert run.code == 1, run.stderr
    assert [(f["rule"], f["line"]) for f in run.report["findings"]] == [("loopback-redirect", 3)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_names_every_stable_rule() -> None:
    readme = (ROOT / "README.md").read_text()
    listed = run_lint("rules").stdout.split("\n")
    stable = [line.split()[0] for line in listed if line.strip() and "preview" not in line]
    assert stable
    assert all(f"docs/rules/{rule}.md" in readme for rule in stable)
