"""What `--what-if` lists for trees as they were before a port, beside what the port changed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from bpf_lint.survey.clones import VARIABLE, Clones
from bpf_lint.triage.errors import TriageError
from tests.corpus.data import unpack
from tests.running import lint_json

DATA = Path(__file__).parent / "what_if.toml"


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place that a port has to change.

    Args:
        path: From the folder.
        changed: The commit that did it, "" for none.
    """

    rule: str
    path: str
    functions: list[str]
    changed: str


class Ported(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tree before its port to a kind of device.

    Args:
        mode: That of today, "" where it has none.
        count: How many places are listed; a function can have several.
    """

    name: str
    repository: str
    commit: str
    folder: str
    mode: str = ""
    kind: str
    count: int
    places: list[Listed]


class Ports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `what_if.toml`."""

    trees: list[Ported]


PORTS = msgspec.toml.decode(DATA.read_bytes(), type=Ports).trees


@pytest.mark.projects
@pytest.mark.parametrize("tree", PORTS, ids=lambda tree: tree.name)
def test_the_list_is_what_the_port_and_its_fixes_changed(tree: Ported, tmp_path: Path) -> None:
    if not os.environ.get(VARIABLE):
        pytest.skip(f"{VARIABLE} names no clones")
    try:
        clone, commit = Clones(Path(), ()).having(tree.repository, tree.commit)
    except TriageError as error:
        pytest.skip(str(error))
    unpack(commit, [tree.folder], tmp_path, [clone.path])
    options = ["--mode", tree.mode] if tree.mode else []
    report = lint_json(
        *options, "--what-if", tree.kind, tree.folder, cwd=tmp_path, timeout=1800
    ).report
    places = {
        (one["rule"], Path(one["path"]).relative_to(tree.folder).as_posix(), one["function"])
        for one in report["findings"]
    }
    assert places == {
        (one.rule, one.path, function) for one in tree.places for function in one.functions
    }
    assert len(report["findings"]) == tree.count
