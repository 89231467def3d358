"""The action: valid for its schema, and its scripts do what they say."""

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.running import ROOT, Run
from tests.usage.sandbox import Sandbox

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS = {name: data["default"] for name, data in ACTION["inputs"].items()}


def script(name: str) -> str:
    """The script of a step."""
    (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    text: str = step["run"]
    return text


def run_step(sandbox: Sandbox, name: str, **inputs: str) -> tuple[Run, str]:
    """Run a step's script as the runner does; returns its output variables too."""
    output = sandbox.home / "output"
    output.write_text("")
    (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    values = INPUTS | inputs
    variables = {
        variable: values[expression.removeprefix("${{ inputs.").removesuffix(" }}")]
        for variable, expression in step["env"].items()
        if expression.startswith("${{ inputs.")
    }
    done = sandbox.run(
        "bash", "-eo", "pipefail", "-c", step["run"], GITHUB_OUTPUT=str(output), **variables
    )
    return done, output.read_text()


def test_action_is_valid() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_no_input_is_pasted_into_a_script() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 3
    assert not any("${{" in text for text in scripts)


def test_run_annotates_writes_sarif_and_keeps_the_code(sandbox: Sandbox) -> None:
    done, output = run_step(sandbox, "Run bpf-lint", paths="bpf/ bpf/pod.c", args="--mode ipvlan")
    assert done.code == 0, done.stderr
    assert output == "exit-code=1\n"
    assert "::error file=bpf/lib/nodeport.h,line=" in done.stdout
    sarif = json.loads((sandbox.root / "bpf-lint.sarif").read_text())
    modes = {mode for r in sarif["runs"][0]["results"] for mode in r["properties"]["modes"]}
    assert modes == {"ipvlan"}


def test_run_takes_revision_baseline_and_comment(sandbox: Sandbox) -> None:
    done, output = run_step(
        sandbox, "Run bpf-lint", paths="bpf/", **{"new-since": "HEAD", "markdown": "comment.md"}
    )
    assert output == "exit-code=0\n", done.stderr
    assert "no new findings since" in (sandbox.root / "comment.md").read_text()
    assert sandbox.run("bpf-lint", "bpf/", "--write-baseline", "known.json").code == 0
    _done, output = run_step(sandbox, "Run bpf-lint", paths="bpf/", baseline="known.json")
    assert output == "exit-code=0\n"


def test_inputs_are_not_run(sandbox: Sandbox) -> None:
    run_step(sandbox, "Run bpf-lint", paths="$(touch owned) `touch owned` ; touch owned")
    assert not (sandbox.root / "owned").exists()


@pytest.mark.parametrize(
    ("fail_on", "code", "expected"),
    [
        ("findings", "0", 0),
        ("findings", "1", 1),
        ("findings", "2", 2),
        ("trouble", "1", 0),
        ("trouble", "2", 2),
        ("never", "2", 0),
        ("sometimes", "0", 2),
    ],
)
def test_gate(sandbox: Sandbox, fail_on: str, code: str, expected: int) -> None:
    done = sandbox.run("bash", "-eo", "pipefail", "-c", script("Gate"), FAIL_ON=fail_on, CODE=code)
    assert done.code == expected
