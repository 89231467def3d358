"""A job in a process of its own, and what happens where that process does not end well."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec
import pytest

from bpf_lint.pipeline import Request
from bpf_lint.survey import isolated
from bpf_lint.survey.job import Job, Outcome, identity
from bpf_lint.triage.objects import Content
from tests.cli.conftest import CONFIG, PROGRAM

FILES = {
    "bpf/pod.c": PROGRAM,
    "bpf/lib.h": "#define UPLINK_IFINDEX 7\n",
    "bpf/bpf-lint.toml": CONFIG,
}


def job(tool: str = "", path: str = "bpf") -> bytes:
    files = tuple(Content(name, "100644", text.encode()) for name, text in FILES.items())
    return Job(tool or identity(), Request(paths=(path,)), files, "", 300).packed()


def attempt(packed: bytes, seconds: float = 300) -> Outcome:
    return msgspec.json.decode(isolated.attempt(packed, seconds), type=Outcome)


def test_a_state_is_analysed() -> None:
    outcome = attempt(job())
    assert [(one.path, one.function) for one in outcome.findings] == [("bpf/pod.c", "from_pod")]
    assert outcome.whole
    assert (outcome.programs, outcome.analysed) == (1, 1)


def test_a_state_without_the_path_has_nothing() -> None:
    assert attempt(job(path="elsewhere")) == Outcome()


def test_another_version_does_not_answer() -> None:
    assert attempt(job("other")).failed == "the worker has another version of bpf-lint"


def ending(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let job processes run other code."""
    monkeypatch.setattr(isolated, "_CODE", code.replace("{", "{{").replace("}", "}}"))


def test_what_is_killed_once_is_done_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    kill = f"import os, pathlib; p = pathlib.Path({str(mark)!r})\n"
    kill += "if not p.exists(): p.touch(); os.kill(os.getpid(), 9)\n"
    monkeypatch.setattr(isolated, "_CODE", kill + isolated._CODE)
    outcome = attempt(job())
    assert mark.exists()
    assert len(outcome.findings) == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os.kill(os.getpid(), 9)", "crashed (SIGKILL)"),
        ("import os; os.abort()", "crashed (SIGABRT)"),
        ("raise SystemExit(3)", "crashed (exit code 3)"),
    ],
)
def test_what_crashes_says_so(monkeypatch: pytest.MonkeyPatch, code: str, why: str) -> None:
    ending(monkeypatch, code)
    assert attempt(job()) == Outcome(failed=why)


def test_what_takes_too_long_is_ended_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "child"
    code = f"""
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path({str(mark)!r}).write_text(str(child.pid))
time.sleep(600)
"""
    ending(monkeypatch, code)
    begun = time.monotonic()
    assert attempt(job(), 10).failed == "no end after 10 s"
    assert time.monotonic() - begun < 60
    assert ended(int(mark.read_text()))


def ended(process: int) -> bool:
    """True where a process is gone, or only waits to be buried."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_the_end_of_a_survey_ends_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "import time; time.sleep(600)")
    found: list[Outcome] = []
    waiting = threading.Thread(target=lambda: found.append(attempt(job(), 500)))
    waiting.start()
    for _ in range(100):
        if isolated._running:
            break
        time.sleep(0.05)
    isolated.end_all()
    waiting.join(30)
    isolated.begin_all()
    assert [one.failed for one in found] == ["interrupted"]


def test_what_is_left_behind_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ending(monkeypatch, "import os; os.kill(os.getpid(), 9)")
    attempt(job())
    assert list(tmp_path.iterdir()) == []
