"""What README.md and CONTRIBUTING.md show is what happens."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from tests.expectations import read_expectations
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


def guide(marker: str) -> str:
    """A block of the contributor's guide, about a rule that nobody has who follows the guide."""
    return block("CONTRIBUTING.md", marker).replace("loopback-redirect", "example-redirect")


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
    fixture = tmp_path / "loopback"
    fixture.mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "rule.toml").write_text(guide("a rule"))
    (tmp_path / "include").mkdir()
    shutil.copy(INCLUDE / "bpf.h", tmp_path / "include")
    (fixture / "send.c").write_text(guide("a fixture"))
    config = guide("a fixture's bpf-lint.toml")
    (fixture / "bpf-lint.toml").write_text('rules = ["../rule.toml"]\n' + config)

    run = lint_json(".", cwd=fixture)

    assert run.code == 1, run.stderr
    wants = [(want.rule, want.line) for want in read_expectations(fixture).wants]
    assert [(f["rule"], f["line"]) for f in run.report["findings"]] == wants


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
