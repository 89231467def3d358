"""The hook under the real pre-commit program, in a real repository."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import ROOT
from tests.usage.sandbox import Sandbox

LINE = "return ctx_redirect(ctx, ifindex, 0);"
IGNORE = "/* bpf-lint: ignore[cross-netns-redirect, cross-netns-fib-lookup] -- known */"


@pytest.fixture
def hooked(sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    """The repository with the hook, a baseline of what there is, and pre-commit installed."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    sandbox.run("git", "init", "-q", str(hooks))
    sandbox.git("-C", str(hooks), "add", "-A")
    sandbox.git("-C", str(hooks), "commit", "-q", "-m", "hooks")
    revision = sandbox.git("-C", str(hooks), "rev-parse", "HEAD").strip()
    # The environment with bpf-lint in it is the sandbox's, not one that pre-commit makes.
    (sandbox.root / ".pre-commit-config.yaml").write_text(
        f"""repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - id: bpf-lint
        language: system
        args: [bpf/, --baseline, baseline.json, --output-format, concise]
"""
    )
    done = sandbox.run("bpf-lint", "bpf/", "--write-baseline", "baseline.json")
    assert done.code == 0, done.stderr
    sandbox.commit("hook")
    assert sandbox.run("pre-commit", "install").code == 0
    return sandbox


def commit(sandbox: Sandbox) -> tuple[int, str]:
    """Commit with the hook and return exit code and output."""
    sandbox.git("add", "-A")
    done = sandbox.run("git", "commit", "-m", "change")
    return done.code, done.stdout + done.stderr


def test_it_passes_where_nothing_is_new(hooked: Sandbox) -> None:
    hooked.edit("bpf/pod.c", "\n", "\n/* moved down */\n")
    code, output = commit(hooked)
    assert code == 0, output
    assert "bpf-lint" in output
    assert "Passed" in output


def test_it_fails_on_a_new_finding_also_through_a_header(hooked: Sandbox) -> None:
    before = hooked.git("rev-parse", "HEAD")
    hooked.edit("bpf/lib/nodeport.h", LINE, "return ctx_redirect(ctx, ifindex, 0 | 0);")
    code, output = commit(hooked)
    assert code == 1
    assert "Failed" in output
    assert "exit code: 1" in output
    assert "bpf/lib/nodeport.h" in output
    assert "[cross-netns-redirect]" in output
    assert hooked.git("rev-parse", "HEAD") == before


def test_it_fails_with_2_where_a_program_cannot_be_read(hooked: Sandbox) -> None:
    hooked.edit("bpf/overlay.c", "\n", "\n#include <no_such_header.h>\n")
    code, output = commit(hooked)
    assert code == 1
    assert "exit code: 2" in output
    assert "no_such_header.h" in output


def test_it_is_skipped_where_no_c_file_changed(hooked: Sandbox) -> None:
    (hooked.root / "README.md").write_text("words\n")
    code, output = commit(hooked)
    assert code == 0
    assert "no files to check" in output
    assert "Skipped" in output


def test_it_runs_when_the_configuration_changed(hooked: Sandbox) -> None:
    with (hooked.root / "bpf" / "bpf-lint.toml").open("a") as stream:
        stream.write("# a remark\n")
    code, output = commit(hooked)
    assert (code, "Passed" in output) == (0, True), output


@pytest.mark.parametrize(
    "name", ["bpf/mine.toml", "pyproject.toml", "build/compile_commands.json", "baseline.json"]
)
def test_it_runs_when_what_it_reads_changed(hooked: Sandbox, name: str) -> None:
    file = hooked.root / name
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as stream:
        stream.write("\n")
    code, output = commit(hooked)
    assert (code, "Passed" in output) == (0, True), output


def test_all_rules_run_by_hand_only(hooked: Sandbox) -> None:
    config = hooked.root / ".pre-commit-config.yaml"
    more = "      - id: bpf-lint-all\n        language: system\n        args: [bpf/]\n"
    config.write_text(config.read_text() + more)
    hooked.edit("bpf/pod.c", "\n", "\n/* moved down */\n")
    code, output = commit(hooked)
    assert (code, "all rules" in output) == (0, False), output
    done = hooked.run("pre-commit", "run", "--hook-stage", "manual", "--all-files", "bpf-lint-all")
    assert done.code == 1
    assert "bpf-lint, all rules" in done.stdout
    assert "[cross-netns-redirect]" in done.stdout


def test_the_manifest_is_valid(sandbox: Sandbox) -> None:
    done = sandbox.run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert done.code == 0, done.stdout


OWN = ROOT / ".pre-commit-config.yaml"


def own_hooks() -> dict[str, dict[str, Any]]:
    """The hooks of this project, by id."""
    (repository,) = yaml.safe_load(OWN.read_text())["repos"]
    return {hook["id"]: hook for hook in repository["hooks"]}


def test_the_project_checks_its_own_commits_as_ci_does() -> None:
    checked = re.search(r"^check: (.*?) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert checked is not None
    hooks = own_hooks()
    own = hooks.pop("bpf-lint")
    assert {"format-check", "lint", "types", "layers"} <= hooks.keys() <= set(checked[1].split())
    for name, hook in hooks.items():
        assert hook["entry"] == f"make --silent {name}"
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    for key in ("id", "name", "pass_filenames", "require_serial", "files"):
        assert own[key] == offered[key]
    assert own["entry"] == offered["entry"].replace(" bpf-lint", " .venv/bin/bpf-lint")


def test_the_projects_own_hooks_run(sandbox: Sandbox) -> None:
    shutil.copy(OWN, sandbox.root)
    example = sandbox.root / "examples" / "minidp"
    shutil.copytree(ROOT / "examples" / "minidp", example)
    (sandbox.root / ".venv" / "bin").mkdir(parents=True)
    (sandbox.root / ".venv" / "bin" / "bpf-lint").symlink_to(sandbox.bin / "bpf-lint")
    targets = "".join(f"{name}:\n\t@echo ran $@\n" for name in own_hooks())
    (sandbox.root / "Makefile").write_text(targets)
    (sandbox.root / "a.py").write_text("")
    assert sandbox.run("pre-commit", "validate-config").code == 0
    sandbox.git("add", "-A")
    done = sandbox.run("pre-commit", "run", "--verbose")
    assert done.code == 0, done.stdout
    assert all(f"ran {name}" in done.stdout for name in own_hooks() if name != "bpf-lint")
    sandbox.edit("examples/minidp/bpf/host.c", "\n", "\n#include <no_such_header.h>\n")
    sandbox.git("add", "-A")
    done = sandbox.run("pre-commit", "run")
    assert done.code == 1
    assert "no_such_header.h" in done.stdout
