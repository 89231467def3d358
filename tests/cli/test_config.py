"""`bpf-lint config`: each setting with its value and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import CONFIG, Lint


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_settings_of_a_file_have_its_lines(lint: Lint, project: Path) -> None:
    text = 'select = ["cross-netns-redirect"]\nexclude = ["x/**"]\n' + CONFIG
    (project / "bpf" / "bpf-lint.toml").write_text(text)
    out = lint("config", "bpf").out.splitlines()
    file = "bpf/bpf-lint.toml"
    assert f'select = ["cross-netns-redirect"]  # {file}:1' in out
    assert f'exclude = ["x/**"]  # {file}:2' in out
    at = line_of(text, "[devices.pod]")
    assert f'devices.pod = {{"kind": "ipvlan", "netns": "pod"}}  # {file}:{at}' in out
    at = line_of(text, "[[symbols]]")
    assert f'symbols = {{"name": "UPLINK_IFINDEX", "netns": "host"}}  # {file}:{at}' in out
    assert "baseline = null  # default" in out
    assert any(one.startswith("front_end.flags = [") and "generic.toml:" in one for one in out)


def test_options_come_before_files(lint: Lint, project: Path) -> None:
    file = project / "bpf" / "bpf-lint.toml"
    file.write_text('select = ["missing-l2-header"]\nignore = ["zero-ifindex"]\n' + CONFIG)
    options = ("--select", "cross-*", "--ignore", "zero-*", "-j", "3", "--no-cache", "-D", "X=1")
    out = lint("config", "bpf", *options, "--no-ignores").out.splitlines()
    for row in (
        'select = ["cross-*"]  # --select',
        'ignore = ["zero-*"]  # --ignore',
        'ignore = ["zero-ifindex"]  # bpf/bpf-lint.toml:2',
        "jobs = 3  # -j",
        "cache = null  # --no-cache",
        '-D = ["X=1"]  # -D',
        "ignores in comments = false  # --no-ignores",
        'rules that run = ["cross-netns-fib-lookup", "cross-netns-redirect"]  # select and ignore',
    ):
        assert row in out


def test_settings_of_pyproject_have_its_lines(lint: Lint, project: Path) -> None:
    (project / "bpf" / "bpf-lint.toml").rename(project / "pyproject.toml")
    lines = (project / "pyproject.toml").read_text().splitlines()
    text = "\n".join(["[tool.other]", "x = 1", "", "[tool.bpf-lint]", 'exclude = ["y"]'])
    for line in lines:
        line = line.replace("pod.c", "bpf/pod.c").replace("[dev", "[tool.bpf-lint.dev")
        text += "\n" + line.replace("[[", "[[tool.bpf-lint.")
    (project / "pyproject.toml").write_text(text)
    out = lint("config", "bpf").out
    assert 'exclude = ["y"]  # pyproject.toml:5' in out
    assert f"  # pyproject.toml:{line_of(text, '[tool.bpf-lint.devices.pod]')}\n" in out


def test_a_profile_is_named_with_its_file(lint: Lint) -> None:
    done = lint("config", "bpf", "--no-config", "--output-format", "json")
    found = {one["name"]: one for one in json.loads(done.out)}
    assert found["configuration file"]["source"] == "--no-config"
    assert found["profile"]["value"] == "generic"
    name, _, line = found["front_end.flags"]["source"].rpartition(":")
    shown = Path(name).read_text().splitlines()[int(line) - 1]
    assert shown.startswith("flags")


def test_what_cannot_be_read_is_an_error(lint: Lint, project: Path) -> None:
    (project / "bpf" / "bpf-lint.toml").write_text("selct = []\n")
    done = lint("config", "bpf")
    assert done.code == 2
    assert 'unknown key "selct"' in done.err
