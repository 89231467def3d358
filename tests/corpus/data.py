"""The expectations of `cilium.toml`, and the trees they are about."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

DATA = Path(__file__).parent / "cilium.toml"
VARIABLES = ("BPF_LINT_CILIUM", "BPF_LINT_CILIUM_OLD")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A finding that must be there; in a pair, `rule` is the pair's."""

    rule: str = ""
    mode: str
    site: str
    entry: str = ""
    configurations: list[str] = []
    passes: list[str] = []


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One commit, what must be reported in it and what must not."""

    name: str
    commit: str
    findings: list[Expected] = []
    right: list[str] = []
    modes: list[str] = []
    silent_modes: list[str] = []
    silent_rules: list[str] = []
    silent_entries: list[str] = []
    absent_functions: list[str] = []


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two commits with equal findings, but for rules that report only before the change."""

    name: str
    before: str
    after: str
    ends: list[str] = []
    silent_sites: list[str] = []
    silent_rules: list[str] = []


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bug and its fix: where one rule reports before, and where it still does after."""

    name: str
    rule: str
    before: str
    after: str
    findings: list[Expected]
    remains: list[str] = []


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `cilium.toml`."""

    trees: list[Tree]
    pairs: list[Pair]
    controls: list[Control]


def read_corpus() -> Corpus:
    """Read and validate the expectations."""
    return msgspec.toml.decode(DATA.read_bytes(), type=Corpus)


def clones(*variables: str) -> list[Path]:
    """The clones that the environment names, several joined by the path separator.

    Skips the test where it names none.
    """
    values = [os.environ.get(variable, "") for variable in variables]
    found = [Path(part) for value in values for part in value.split(os.pathsep) if part]
    if not found:
        pytest.skip(f"{variables[0]} names no clone")
    return found


def extract(commit: str, target: Path) -> Path:
    """Write the folder `bpf` of a commit of Cilium into `target`."""
    unpack(commit, ["bpf"], target, clones(*VARIABLES))
    return target / "bpf"


def unpack(commit: str, paths: Sequence[str], target: Path, known: Sequence[Path]) -> None:
    """Write parts of a commit into a folder; skip the test where no clone has it."""
    for clone in known:
        command = ["git", "-C", str(clone), "archive", commit, "--", *paths]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
                archive.extractall(target, filter="data")
            return
    pytest.skip(f"no clone has commit {commit}")
