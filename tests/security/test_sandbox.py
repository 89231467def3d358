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


def outcome_of(action: Callable[[], object], readable: tuple[str, ...]) -> str:
    """What an action comes to in a process that may read some paths: "done", or the error."""

    def attempt(task: None, beat: crew.Beat) -> str:
        try:
            action()
        except OSError as error:
            return type(error).__name__
        return "done"

    ((_, result),) = crew.run(attempt, [None], 1, Limits(), readable)
    assert isinstance(result, str)
    return result


def test_a_file_of_the_reach_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "tree" / "a.h"
    file.parent.mkdir()
    file.write_text("int a;\n")

    assert outcome_of(file.read_text, (str(file.parent),)) == "done"
    assert outcome_of(file.read_text, (str(file),)) == "done"


def test_nothing_else_can_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key\n")
    (tmp_path / "tree").mkdir()
    link = tmp_path / "tree" / "link.h"
    link.symlink_to(secret)

    assert outcome_of(secret.read_text, (str(tmp_path / "tree"),)) == "PermissionError"
    assert outcome_of(link.read_text, (str(tmp_path / "tree"),)) == "PermissionError"


def test_nothing_can_be_made_run_or_reached(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    reach = (str(tmp_path), "/bin", "/usr/bin")

    assert outcome_of((tmp_path / "new").touch, reach) == "PermissionError"
    assert outcome_of((tmp_path / "new").mkdir, reach) == "PermissionError"
    assert outcome_of(lambda: os.execv("/bin/true", ["true"]), reach) == "PermissionError"
    tcp = outcome_of(lambda: socket.create_connection(("127.0.0.1", port)), reach)
    assert tcp == ("PermissionError" if RESTRICTS_TCP else "done")
    assert not (tmp_path / "new").exists()


def test_a_folder_of_the_reach_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.h"
    file.write_text("int a;\n")

    assert outcome_of(file.read_text, (str(tmp_path), str(tmp_path / "none"))) == "done"


def test_reports_are_the_same_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(paths=(str(FIXTURES / "guards"),), jobs=2)
    confined = run(request)
    monkeypatch.setattr(crew, "confine", lambda readable: False)

    assert confined.report.findings
    assert run(request).report == confined.report
