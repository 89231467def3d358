"""What README.md and CONTRIBUTING.md show is what happens."""

from __future__ import annotations

import json
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


def test_the_rule_of_ones_own_works(tmp_path: Path) -> None:
    page = "docs/writing-rules.md"
    folder = tmp_path / "rules" / "tests" / "loopback"
    (folder / "rules").mkdir(parents=True)
    config = block(page, "a configuration with a rule of its own")
    (folder / "bpf-lint.toml").write_text(config)
    (folder / "rules" / "no-loopback.toml").write_text(block(page, "a rule of its own"))
    (folder / "send.bpf.c").write_text(block(page, "a program that tests a rule"))
    run = run_lint("test-rules", "rules/tests/", cwd=tmp_path)
    assert run.code == 0, run.stdout + run.stderr
    assert run.stdout in (ROOT / page).read_text()
    (folder / "send.bpf.c").write_text(
        block(page, "a program that tests a rule").replace("want:", "wants:")
    )
    assert run_lint("test-rules", "rules/tests/", cwd=tmp_path).code == 1


def test_the_tutorial_leads_to_its_finding_and_out_of_it(tmp_path: Path) -> None:
    page = "docs/tutorial.md"
    (tmp_path / "bpf").mkdir()
    program = block(page, "the tutorial's program")
    (tmp_path / "bpf" / "pod.bpf.c").write_text(program)
    assert run_lint("init", "bpf/", cwd=tmp_path).code == 0
    assert run_lint("doctor", "bpf/", cwd=tmp_path).code == 0
    (tmp_path / "bpf" / "bpf-lint.toml").write_text(block(page, "the tutorial's configuration"))
    command, shown = block(page, "the tutorial's finding").rstrip().split("\n", 1)
    run = run_lint(*command.removeprefix("$ bpf-lint ").split(), cwd=tmp_path)
    assert (run.code, run.stdout.rstrip()) == (1, shown)
    repaired = program.replace(
        "\treturn bpf_redirect(uplink_ifindex, 0);\n",
        "\t" + block(page, "the tutorial's repair").lstrip(),
    )
    assert repaired != program
    (tmp_path / "bpf" / "pod.bpf.c").write_text(repaired)
    assert run_lint("bpf/", cwd=tmp_path).code == 0


def test_editors_find_the_findings() -> None:
    task = json.loads(block("docs/editors.md", "a task of VS Code"))["tasks"][0]
    _program, *arguments, _path = task["command"].split()
    run = run_lint(*arguments, "examples/minidp/bpf")
    pattern = task["problemMatcher"]["pattern"]
    matches = [re.match(pattern["regexp"], line) for line in run.stdout.splitlines()]
    *found, hint, judged = matches
    assert hint is judged is None, "the last lines are no findings"
    assert len(found) == 6
    for one in found:
        assert one is not None
        assert (ROOT / one[pattern["file"]]).is_file()
        assert one[pattern["severity"]] in ("error", "warning", "note")
        assert one[pattern["code"]].startswith("cross-netns-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_names_every_stable_rule() -> None:
    readme = (ROOT / "README.md").read_text()
    listed = run_lint("rules").stdout.split("\n")
    stable = [line.split()[0] for line in listed if line.strip() and "off by" not in line]
    assert stable
    assert all(f"docs/rules/{rule}.md" in readme for rule in stable)
