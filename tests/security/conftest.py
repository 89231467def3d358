"""A repository of a stranger's, a place outside of it, and bpf-lint run on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """\
static long (*bpf_redirect)(int ifindex, long flags) = (void *)23;
enum { UPLINK = 7 };
"""
PROGRAM = (
    HEAD + '__attribute__((section("tc"))) int f(void *s) { return bpf_redirect(UPLINK, 0); }\n'
)
CLEAN = '__attribute__((section("tc"))) int f(void *s) { return 0; }\n'
CONFIG = """\
[[programs]]
path = "x.c"
[devices.pod]
kind = "ipvlan"
netns = "pod"
[[attachments]]
program = "x.c"
entries = ["f"]
hook = "tc-egress"
device = "pod"
[[symbols]]
name = "UPLINK"
netns = "host"
"""
SECRET_LINE = "machine example.org login alice password ghp_Ab12"
QUOTING = (
    HEAD
    + """struct { int com; } example;
#define machine bpf_redirect(UPLINK, 0); (void)
#define org com
#define login ; struct
#define password ; struct
__attribute__((section("tc"))) int f(void *s)
{
#include "%s"
	;
	return 7;
}
"""
)


class Lint:
    """Runs of bpf-lint in a repository, and a place outside of it."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.outside = folder / "tree", folder / "outside"
        self.home = folder / "home"
        for place in (self.tree / ".git", self.outside, self.home):
            place.mkdir(parents=True)
        self.command = shutil.which("bpf-lint", path=str(Path(sys.executable).parent)) or "bpf-lint"
        self.write(x=PROGRAM)
        (self.tree / "bpf-lint.toml").write_text(CONFIG)

    def write(self, **sources: str) -> None:
        for name, text in sources.items():
            (self.tree / f"{name}.c").write_text(text)

    def __call__(
        self, *arguments: str, path: str = ".", cached: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        options = [] if cached else ["--no-cache"]
        return subprocess.run(
            [self.command, "check", *options, *arguments, path],
            cwd=self.tree,
            env={**os.environ, "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    return Lint(tmp_path)
