"""The action: valid for its schema and for those who look for holes; its scripts as they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hostile import faults
from tests.running import ROOT, Run
from tests.usage.sandbox import Sandbox

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS = {name: data["default"] for name, data in ACTION["inputs"].items()}
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


class Runner:
    """What the runner gives to a step, and what the step leaves behind."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.temp = sandbox.home / "temp"
        self.work = self.temp / "bpf-lint"
        self.output, self.page = sandbox.home / "output", sandbox.home / "page.md"
        (self.work / "environment").mkdir(parents=True)
        # The environment is the sandbox's: `install` has a test of its own.
        (self.work / "environment" / "bin").symlink_to(sandbox.bin)
        (sandbox.bin / "python").symlink_to(sys.executable)

    def step(self, name: str, **inputs: str) -> tuple[Run, dict[str, str]]:
        """Run a step's script as the runner does; returns its output variables too."""
        values = {f"inputs.{key}": value for key, value in {**INPUTS, **inputs}.items()}
        variables = {
            variable: values[expression.removeprefix("${{ ").removesuffix(" }}")]
            for variable, expression in STEPS[name]["env"].items()
        }
        self.output.write_text("")
        done = self.sandbox.run(
            *("bash", "-eo", "pipefail", "-c", STEPS[name]["run"]),
            GITHUB_OUTPUT=str(self.output),
            GITHUB_STEP_SUMMARY=str(self.page),
            GITHUB_ACTION_PATH=str(ROOT),
            RUNNER_TEMP=str(self.temp),
            **variables,
        )
        return done, outputs(self.output.read_text())

    def lint(self, **inputs: str) -> tuple[Run, dict[str, str]]:
        """Run the step that runs bpf-lint."""
        return self.step("Run bpf-lint", **{"paths": "bpf/", **inputs})

    def modes(self) -> set[str]:
        """Device modes of the results of the SARIF report."""
        sarif = json.loads((self.work / "bpf-lint.sarif").read_text())
        return {mode for r in sarif["runs"][0]["results"] for mode in r["properties"]["modes"]}


def outputs(text: str) -> dict[str, str]:
    """Output variables as the runner reads them."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark = line.split("<<")
        value = []
        while (part := next(lines)) != mark:
            value.append(part)
        found[name] = "\n".join(value)
    return found


@pytest.fixture
def runner(sandbox: Sandbox) -> Runner:
    return Runner(sandbox)


def test_action_is_valid() -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", ["action.yml", "examples/ci/github.yml"])
def test_zizmor_finds_no_hole(file: str) -> None:
    program = shutil.which("zizmor", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("zizmor is not installed (no wheel of it for this system)")
    command = [program, "--offline", "--no-progress", "--persona=pedantic", file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_actionlint_accepts_the_workflow() -> None:
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("actionlint is not installed")
    command = [program, "examples/ci/github.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_input_is_pasted_into_a_script() -> None:
    scripts = [step["run"] for step in STEPS.values() if "run" in step]
    assert len(scripts) == 3
    assert not any("${{" in text for text in scripts)


def test_actions_of_others_are_pinned() -> None:
    text = (ROOT / "action.yml").read_text()
    used = re.findall(r"^ *uses: (.*)$", text, re.MULTILINE)
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


def test_nothing_is_kept_in_the_checkout(runner: Runner) -> None:
    runner.lint()
    assert runner.sandbox.git("status", "--porcelain") == ""
    assert list((runner.work / "cache").rglob("*.bin"))
    assert STEPS["Restore cache"]["with"]["path"] == "${{ runner.temp }}/bpf-lint/cache"


def test_run_annotates_writes_sarif_and_keeps_the_code(runner: Runner) -> None:
    done, output = runner.lint(paths="bpf/ bpf/pod.c", args="--mode ipvlan")
    assert done.code == 0, done.stderr
    assert output["exit-code"] == "1"
    assert output["sarif"] == str(runner.work / "bpf-lint.sarif")
    assert "::error file=bpf/lib/nodeport.h,line=" in done.stdout
    assert runner.modes() == {"ipvlan"}


def test_inputs_may_have_several_lines(runner: Runner) -> None:
    done, output = runner.lint(args="--mode\nipvlan\n  --program 'po*'\n")
    assert output["exit-code"] == "1", done.stderr
    assert runner.modes() == {"ipvlan"}
    done, output = runner.lint(paths="bpf/\nnonexistent/\n")
    assert output["exit-code"] == "2"
    assert "nonexistent/: no such file or folder" in done.stderr


@pytest.mark.parametrize(
    "paths", ['"a folder"\nbpf', "'a folder' bpf", r"a\ folder bpf", '"a"\' \'"folder"  \n\n bpf ']
)
def test_quotes_hold_words_together(runner: Runner, paths: str) -> None:
    shutil.copytree(runner.sandbox.root / "bpf", runner.sandbox.root / "a folder")
    done, output = runner.lint(paths=paths)
    assert output["exit-code"] == "1", done.stderr
    assert "::error file=a folder/lib/nodeport.h,line=" in done.stdout
    assert "::error file=bpf/lib/nodeport.h,line=" in done.stdout


@pytest.mark.parametrize(
    "inputs", [{"paths": "'bpf"}, {"args": 'x "\n::stop-commands::x'}, {"paths": " \n "}]
)
def test_inputs_that_cannot_be_used_are_trouble(runner: Runner, inputs: dict[str, str]) -> None:
    done, output = runner.lint(**inputs)
    assert output["exit-code"] == "2"
    assert done.stdout.startswith("::error title=bpf-lint::")
    assert not faults(done.stdout, commands=1)


def test_run_takes_revision_baseline_and_comment(runner: Runner) -> None:
    done, output = runner.lint(**{"new-since": "HEAD", "markdown": "comment.md"})
    assert output["exit-code"] == "0", done.stderr
    assert "no new findings since" in (runner.sandbox.root / "comment.md").read_text()
    assert "no new findings since" in runner.page.read_text()
    made = runner.sandbox.run("bpf-lint", "bpf/", "--write-baseline", "known file.json")
    assert made.code == 0
    done, output = runner.lint(baseline="known file.json", sarif="a report.sarif")
    assert (output["exit-code"], output["sarif"]) == ("0", "a report.sarif")
    (kept,) = json.loads((runner.sandbox.root / "a report.sarif").read_text())["runs"]
    assert len(kept["results"]) == 6
    assert all(one["suppressions"] for one in kept["results"])
    # Code scanning does not know suppressions.
    (uploaded,) = json.loads(Path(output["upload"]).read_text())["runs"]
    assert uploaded["results"] == []
    assert uploaded["tool"] == kept["tool"]


def test_the_page_of_the_run_has_the_findings(runner: Runner) -> None:
    runner.lint()
    page = runner.page.read_text()
    assert "### bpf-lint: 3 causes, 6 findings" in page
    assert "```mermaid" in page


HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "; touch owned",
    "| touch owned",
    "&& touch owned &",
    "> owned",
    "${IFS}touch owned",
    "'$(touch owned)'",
    '"`touch owned`"',
    "*",
    "~",
    "-- --write-baseline owned",
    "bpf\nexit-code=0\nx<<y",
    "\\",
]


@pytest.mark.parametrize(
    "name",
    [name for name in INPUTS if name in ("paths", "args", "baseline", "new-since", "fail-on")],
)
@pytest.mark.parametrize("text", HOSTILE)
def test_inputs_are_not_run(runner: Runner, name: str, text: str) -> None:
    before = set(runner.sandbox.root.iterdir())
    if name == "fail-on":
        done = gate(runner.sandbox, FAIL_ON=text, CODE="0")
        assert done.code == 2
    else:
        _done, output = runner.lint(**{name: text})
        assert output["exit-code"] == "2"
        assert set(output) <= {"exit-code", "sarif", "upload"}
    assert set(runner.sandbox.root.iterdir()) == before


def test_an_output_is_one_variable_whatever_it_holds(runner: Runner) -> None:
    _done, output = runner.lint(sarif="x\nexit-code=0\nEOF")
    assert output["sarif"] == "x\nexit-code=0\nEOF"
    assert output["exit-code"] == "1"


def gate(sandbox: Sandbox, **variables: str) -> Run:
    script = STEPS["Gate"]["run"]
    return sandbox.run(
        "bash", "-eo", "pipefail", "-c", script, GITHUB_ACTION_PATH=str(ROOT), **variables
    )


@pytest.mark.parametrize(
    ("fail_on", "code", "expected"),
    [
        ("findings", "0", 0),
        ("findings", "1", 1),
        ("findings", "2", 2),
        ("findings", "", 2),
        ("trouble", "0", 0),
        ("trouble", "1", 0),
        ("trouble", "2", 2),
        ("trouble", "139", 139),
        ("trouble", "", 2),
        ("never", "2", 0),
        ("sometimes", "0", 2),
    ],
)
def test_gate(sandbox: Sandbox, fail_on: str, code: str, expected: int) -> None:
    assert gate(sandbox, FAIL_ON=fail_on, CODE=code).code == expected


def test_a_report_that_was_not_taken_is_said_and_decides_nothing(sandbox: Sandbox) -> None:
    done = gate(sandbox, FAIL_ON="findings", CODE="0", UPLOAD="failure")
    assert done.code == 0
    assert "code scanning did not take the report" in done.stdout
    assert STEPS["Upload SARIF"]["continue-on-error"] is True


def test_pull_requests_of_forks_upload_nothing() -> None:
    condition = STEPS["Upload SARIF"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition


def test_it_is_installed_into_an_environment_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    # A module of the checkout is in the way of a Python that looks there.
    (sandbox.root / "venv.py").write_text("raise SystemExit('the checkout was run')\n")
    (sandbox.root / "pip.py").write_text("raise SystemExit('the checkout was run')\n")
    environment = tmp_path / "an environment"
    done = sandbox.run(str(ROOT / "action" / "install"), str(environment), PYTHONPATH="")
    assert done.code == 0, done.stderr
    version = subprocess.run(
        [environment / "bin" / "bpf-lint", "--version"], capture_output=True, text=True
    )
    assert version.stdout.startswith("bpf-lint ")
