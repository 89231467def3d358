"""The templates in examples/ci: valid, and their commands do what they are there for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml

from tests.running import ROOT, Run
from tests.usage.sandbox import Sandbox

CI = ROOT / "examples" / "ci"
GITLAB: dict[str, Any] = yaml.safe_load((CI / "gitlab.yml").read_text())
JENKINS = (CI / "Jenkinsfile").read_text()
SCRIPTS = re.findall(r"sh '''\n(.*?)'''", JENKINS, re.DOTALL)


@pytest.mark.parametrize(
    ("file", "schema"), [("github.yml", "github-workflows"), ("gitlab.yml", "gitlab-ci")]
)
def test_templates_are_valid(file: str, schema: str) -> None:
    command = ["check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(CI / file)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def installed(sandbox: Sandbox, script: str, folder: str) -> Run:
    """Run a script whose environment is in a folder of its own."""
    place = sandbox.home / "environment"
    place.mkdir(exist_ok=True)
    if not (place / "bin").exists():
        (place / "bin").symlink_to(sandbox.bin)
    assert folder in script
    return sandbox.run("sh", "-ec", script.replace(folder, str(place)), WORKSPACE_TMP="x")


def test_the_commands_for_gitlab_write_both_reports(sandbox: Sandbox) -> None:
    (line,) = GITLAB["bpf-lint"]["script"]
    done = installed(sandbox, line, "/opt/bpf-lint")
    assert done.code == 1, done.stderr
    reports = GITLAB["bpf-lint"]["artifacts"]["reports"]
    issues = json.loads((sandbox.root / reports["codequality"]).read_text())
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 6
    suite = Xml.parse(sandbox.root / reports["junit"]).getroot()
    assert suite.get("failures") == "6"
    assert "findings; analysed 3 of 3 programs" in done.stdout


def test_the_commands_for_jenkins_write_both_reports(sandbox: Sandbox) -> None:
    install, lint = SCRIPTS
    assert install.split()[:3] == ["python", "-m", "venv"]
    done = installed(sandbox, lint.replace("bpf-lint/bin", "e/bin"), "$WORKSPACE_TMP/e")
    assert done.code == 1, done.stderr
    for file in re.findall(r"junit '([^']+)'|pattern: '([^']+)'", JENKINS):
        assert (sandbox.root / "".join(file)).stat().st_size > 0
    assert JENKINS.count("{") == JENKINS.count("}")


@pytest.fixture
def reviewdog(sandbox: Sandbox) -> Sandbox:
    """A sandbox with a reviewdog that writes down what it is given."""
    program = sandbox.bin / "reviewdog"
    program.write_text('#!/bin/sh\necho "$@" > "$HOME/arguments"\ncat > "$HOME/input"\n')
    program.chmod(0o755)
    return sandbox


def test_reviewdog_gets_the_findings_and_the_code_stays(reviewdog: Sandbox) -> None:
    done = reviewdog.run(str(CI / "reviewdog.sh"), "gerrit-change-review", "bpf/")
    assert done.code == 1, done.stderr
    assert "-reporter=gerrit-change-review" in (reviewdog.home / "arguments").read_text()
    diagnostics = json.loads((reviewdog.home / "input").read_text())["diagnostics"]
    assert len(diagnostics) == 6


def test_what_could_not_be_analysed_does_not_look_clean_to_reviewdog(reviewdog: Sandbox) -> None:
    reviewdog.edit("bpf/overlay.c", "\n", "\n#include <no_such_header.h>\n")
    done = reviewdog.run(str(CI / "reviewdog.sh"), "local", "bpf/")
    assert done.code == 2
    diagnostics = json.loads((reviewdog.home / "input").read_text())["diagnostics"]
    assert "not-analysed" in {one["code"]["value"] for one in diagnostics}
    assert reviewdog.run(str(CI / "reviewdog.sh"), "local", "nowhere").code == 2
