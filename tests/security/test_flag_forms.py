"""Every option that clang lists, in every form: what is let through only reads."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bpf_lint.files.reach import Reach
from bpf_lint.frontend import FrontEnd
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust
from bpf_lint.sources.flags import vet
from tests.security.guard import SUPPORTED, only_reads

OPTIONS = Path(__file__).parent.parent / "data" / "clang-options.txt"

needs_guard = pytest.mark.skipif(not SUPPORTED, reason="seccomp: only on Linux, x86-64 or AArch64")


@pytest.fixture(scope="module")
def names() -> list[str]:
    lines = OPTIONS.read_text().splitlines()
    return [line.split("\t")[0] for line in lines if not line.startswith("#")]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A program, and beside it what a stranger would like to be run, loaded or read."""
    (tmp_path / "x.c").write_text('__attribute__((section("tc"))) int f(void *s) { return 0; }\n')
    for name in ("amdgpu-arch", "nvptx-arch", "ld", "as", "cc1", "clang", "value", "native"):
        (tmp_path / name).write_text("#!/bin/sh\n: > RAN\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def forms(name: str, tree: Path) -> Iterator[list[str]]:
    """A flag alone, and with values that are files, flags and words."""
    out = str(tree / "written")
    plain = name.removesuffix("=")
    yield [name]
    for value in (out, "value", "native", "-MD", f"-MF{out}", "all"):
        yield [plain, value]
        yield [plain + value]
        yield [f"{plain}={value}"]
        yield ["-Xclang", name, "-Xclang", value]
        yield ["-mllvm", f"{plain}={value}"]


def let_through(flags: list[str], tree: Path) -> tuple[str, ...]:
    try:
        return vet(flags, tree, tree, Reach(str(tree)), Trust.TREE).flags
    except ConfigError:
        return ()


def parse(tree: Path, flags: tuple[str, ...]) -> None:
    os.chdir(tree)
    FrontEnd().parse(str(tree / "x.c"), flags, str(tree))


@needs_guard
def test_the_guard_sees_a_write_a_program_and_a_peer(tmp_path: Path) -> None:
    import socket

    assert only_reads(lambda: None)
    assert only_reads(lambda: open("/proc/self/status").close())
    assert not only_reads(lambda: (tmp_path / "x").write_text(""))
    assert not only_reads(lambda: os.execv("/bin/true", ["true"]))
    assert not only_reads(lambda: socket.create_connection(("127.0.0.1", 9)).close())
    assert not only_reads(lambda: os.mkdir(tmp_path / "y"))


@needs_guard
def test_clang_itself_would_write_with_a_flag_that_is_refused(tree: Path) -> None:
    flags = ("-MD", f"-MF{tree / 'written'}")
    assert not only_reads(lambda: parse(tree, flags))


@needs_guard
def test_every_option_that_clang_lists_only_reads(names: list[str], tree: Path) -> None:
    through = {let_through(flags, tree) for name in names for flags in forms(name, tree)} - {()}
    assert 60 < len(through) < 400, len(through)
    guilty = [flags for flags in sorted(through) if not only_reads(partial(parse, tree, flags))]
    assert not guilty
    assert {path.name for path in tree.iterdir()}.isdisjoint({"RAN", "written"})


@needs_guard
def test_random_combinations_only_read(names: list[str], tree: Path) -> None:
    """Flags whose neighbours could become their values."""
    chance = random.Random(20)
    pool = [flags for name in names for flags in forms(name, tree) if let_through(flags, tree)]
    pool += [["-std"], ["-target"], ["--target"], ["-I"], ["-include"], ["-D"], ["-x"], ["-o"]]
    for _ in range(150):
        flags = list(itertools.chain(*(chance.choice(pool) for _ in range(4))))
        through = let_through(flags, tree)
        assert only_reads(partial(parse, tree, through)), flags


PLACES = {
    "bpf-lint.toml": "[front_end]\nflags = {flags}\n",
    "pyproject.toml": "[tool.bpf-lint.front_end]\nflags = {flags}\n",
    "profile.toml": 'name = "p"\n[front_end]\nflags = {flags}\n[[programs]]\npath = "x.c"\n',
    "compile_commands.json": '[{{"directory": ".", "file": "x.c", "arguments": {command}}}]',
}
HOSTILE = (
    ["-target", "amdgcn-amd-amdhsa", "-mcpu=native"],
    ["-std", "-MD", "-std", "-MFwritten"],
    ["-fmodules", "-fmodules-cache-path=written"],
    ["-fplugin=./value"],
    ["-B.", "-no-integrated-as"],
    ["--config=value"],
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("flags", HOSTILE)
def test_hostile_flags_are_refused_wherever_they_stand(
    tree: Path, place: str, flags: list[str]
) -> None:
    import json
    import sys

    (tree / ".git").mkdir()
    text = PLACES[place].format(flags=json.dumps(flags), command=json.dumps(["cc", *flags, "x.c"]))
    (tree / place).write_text(text)
    more = {"profile.toml": ["--profile", "profile.toml"], "compile_commands.json": ["-p", "."]}
    command = [sys.executable, "-P", "-m", "bpf_lint", "--no-cache", *more.get(place, []), "."]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is refused" in done.stderr
    assert {path.name for path in tree.iterdir()}.isdisjoint({"RAN", "written"})
