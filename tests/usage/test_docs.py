"""Every example in docs/usage is run, or read by what it is written for."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.reporters import FORMATS, json_v1
from bpf_lint.survey.fleet import read_fleet
from bpf_lint.triage.comments import suppressions
from tests.running import ROOT
from tests.toml import load_toml
from tests.usage.sandbox import Sandbox

PAGES = sorted((ROOT / "docs" / "usage").glob("*.md"))
_BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL
)


class Block(NamedTuple):
    """A fenced block with the remark above it."""

    page: str
    kind: str
    note: str
    text: str


BLOCKS = [
    Block(page.name, match["kind"], match["note"] or "", match["text"])
    for page in PAGES
    for match in _BLOCK.finditer(page.read_text())
]


def blocks(kind: str) -> pytest.MarkDecorator:
    """All blocks of a kind as parameters."""
    chosen = [block for block in BLOCKS if block.kind == kind]
    names = [f"{block.page}-{number}" for number, block in enumerate(chosen)]
    return pytest.mark.parametrize("block", chosen, ids=names)


def test_there_is_a_page_for_each_use() -> None:
    assert {page.stem for page in PAGES} >= {
        "baseline-and-suppressions",
        "ci",
        "code-review",
        "output-formats",
        "pre-commit",
    }
    assert {block.kind for block in BLOCKS} == {
        "console",
        "yaml",
        "json",
        "toml",
        "c",
        "sh",
        "text",
    }


@blocks("console")
def test_commands_do_what_the_page_shows(block: Block, sandbox: Sandbox) -> None:
    expected_code = int(block.note.removeprefix("exit: "))
    commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    code = 0
    for number, command in enumerate(commands):
        line, _, shown = command.partition("\n")
        done = sandbox.run("sh", "-c", line)
        code = done.code
        follows(shown, done.stdout + done.stderr)
        assert number == len(commands) - 1 or code == 0, done.stderr
    assert code == expected_code


def follows(shown: str, output: str) -> None:
    """Check that the shown lines are in the output, in order, each from its line's start."""
    lines = iter(output.splitlines())
    for wanted in shown.splitlines():
        if wanted != "…":
            assert any(line.startswith(wanted) for line in lines), (
                f"no line {wanted!r} in\n{output}"
            )


@blocks("yaml")
def test_yaml_is_what_its_reader_accepts(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(block.text)
    kind = block.note.removeprefix("schema: ")
    module = ["pre_commit", "validate-config"]
    if kind != "pre-commit":
        module = ["check_jsonschema", "--builtin-schema", f"vendor.{kind}"]
    done = subprocess.run(
        [sys.executable, "-m", *module, str(file)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@blocks("json")
def test_json_example_is_a_report(block: Block) -> None:
    report = json_v1.parse(block.text)
    assert report.findings[0].occurrences[0].target is not None
    assert json.loads(block.text)["version"] == 1


@blocks("toml")
def test_toml_example_is_a_configuration(block: Block) -> None:
    settings = msgspec.convert(load_toml(block.text), UserConfiguration)
    if block.note == "a mode":
        (attachment,) = settings.attachments
        device = settings.devices[attachment.device]
        assert [*settings.modes] == device.modes == attachment.modes
        return
    assert settings.ignore
    assert settings.per_path


def test_the_fleet_of_the_page_is_one(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.note == "a fleet")
    (tmp_path / "fleet.toml").write_text(block.text)
    (tree,) = read_fleet(tmp_path / "fleet.toml").trees
    assert [one.right for one in tree.judged] == [False]


@blocks("c")
def test_suppressions_of_the_page_are_well_formed(block: Block) -> None:
    found = suppressions(block.text)
    assert len(found) == 2
    calls = [n for n, line in enumerate(block.text.splitlines(), 1) if "bpf_redirect(" in line]
    assert [one.target for one in found] == calls
    assert not any(one.error for one in found)


def test_formats_and_inputs_are_all_described() -> None:
    formats = (ROOT / "docs" / "usage" / "output-formats.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", formats, re.MULTILINE) == list(FORMATS)
    page = (ROOT / "docs" / "usage" / "ci.md").read_text()
    described = re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)
    action = (ROOT / "action.yml").read_text().split("\noutputs:")[0]
    assert described == re.findall(r"^  ([\w-]+):$", action.split("\ninputs:")[1], re.MULTILINE)


def test_options_named_in_pages_exist(sandbox: Sandbox) -> None:
    commands = ("check", "init", "history", "sweep", "journey")
    helps = [sandbox.run("bpf-lint", command, "--help").stdout for command in commands]
    known = " ".join(helps)
    foreign = {"--body-file", "--edit-last", "--hook-stage"}
    for page in PAGES:
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text())) - foreign
        assert {option for option in named if option not in known} == set(), page.name
