"""A small project, and the command line run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.cli import main

PROGRAM = """\
#include "lib.h"
#define SEC(name) __attribute__((section(name), used))

struct __sk_buff { int ifindex; };
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;

SEC("tc") int from_pod(struct __sk_buff *skb)
{
	return bpf_redirect(UPLINK_IFINDEX, 0);
}

SEC("tc") int to_self(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ifindex, 0);
}
"""

CONFIG = """\
[[programs]]
path = "pod.c"

[devices.pod]
kind = "ipvlan"
netns = "pod"

[[attachments]]
program = "pod.c"
entries = ["from_pod", "to_self"]
hook = "tc-egress"
device = "pod"

[[symbols]]
name = "UPLINK_IFINDEX"
netns = "host"
"""

BAD_LINE = PROGRAM.splitlines().index("\treturn bpf_redirect(UPLINK_IFINDEX, 0);") + 1


class Result:
    """Exit code and output of one run."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on standard output."""
        report: dict[str, Any] = json.loads(self.out)
        return report


Lint = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one program that has one mistake."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "bpf").mkdir()
    (root / "bpf" / "pod.c").write_text(PROGRAM)
    (root / "bpf" / "lib.h").write_text("#define UPLINK_IFINDEX 7\n")
    (root / "bpf" / "bpf-lint.toml").write_text(CONFIG)
    return root


@pytest.fixture
def lint(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Lint:
    """Run a command line in the project's folder, with a cache of its own."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.parent / "cache"))

    def run(*arguments: str | Path) -> Result:
        code = main([str(one) for one in arguments])
        done = capsys.readouterr()
        assert "Traceback" not in done.err
        return Result(code, done.out, done.err)

    return run
