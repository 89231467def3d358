"""What the kernel keeps the processes from that read and analyse code, whatever that code does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bpf_lint.files import sandbox
from bpf_lint.pipeline import Request, crew, run
from bpf_lint.pipeline.limits import Limits
from tests.test_fixtures import FIXTURES


def _version() -> int:
    from py_landlock import get_abi_version

    return int(get_abi_version())


MISSING = sandbox.available()
RESTRICTS_TCP = not MISSING and _version() >= 4  # Linux 6.7
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")


def outcome_of(action: Callable[[], object]) -> str:
    """What an action comes to in a process that reads a tree: "done", or the error."""

    def attempt(task: None, beat: crew.Beat) -> str:
        try:
            action()
        except OSError as error:
            return type(error).__name__
        return "done"

    ((_, result),) = crew.run(attempt, [None], 1, Limits())
    assert isinstance(result, str)
    return result


def test_files_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a.h"
    file.write_text("int a;\n")

    assert outcome_of(file.read_text) == "done"


def test_nothing_can_be_made_run_or_reached(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    (tmp_path / "old").write_text("int a;\n")

    assert outcome_of((tmp_path / "new").touch) == "PermissionError"
    assert outcome_of((tmp_path / "new").mkdir) == "PermissionError"
    assert outcome_of((tmp_path / "old").unlink) == "PermissionError"
    assert outcome_of(lambda: os.execv("/bin/true", ["true"])) == "PermissionError"
    tcp = outcome_of(lambda: socket.create_connection(("127.0.0.1", port)))
    assert tcp == ("PermissionError" if RESTRICTS_TCP else "done")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_reports_are_the_same_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(paths=(str(FIXTURES / "guards"),), jobs=2)
    confined = run(request)
    monkeypatch.setattr(crew, "confine", lambda: False)

    assert confined.report.findings
    assert run(request).report == confined.report
