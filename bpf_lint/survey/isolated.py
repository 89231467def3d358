"""A job in a process of its own: what crashes or takes too long costs that job alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading

import msgspec

from bpf_lint.survey.job import Outcome

_CODE = (
    "import sys; sys.path[:] = {path!r}; from bpf_lint.survey.worker import main; main({given!r})"
)
ATTEMPTS = 2  # a process that somebody killed is not the job's fault

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_ended = threading.Event()


def attempt(job: bytes, seconds: float) -> bytes:
    """The outcome of a job, as JSON.

    It never raises: executors pass results on as they are, but not every exception.

    Args:
        job: As `Job.packed` gives it.
        seconds: Wall time that an attempt may take.
    """
    failed = ""
    for _ in range(ATTEMPTS):
        code, data = _run(job, seconds)
        if code is None:
            failed = f"no end after {seconds:g} s"
            break
        if code == 0:
            return data
        if _ended.is_set():
            failed = "interrupted"
            break
        failed = f"crashed ({_cause(code)})"
    return msgspec.json.encode(Outcome(failed=failed))


def begin_all() -> None:
    """Let processes begin again, after `end_all`."""
    _ended.clear()


def end_all() -> None:
    """End every process, and begin no more."""
    _ended.set()
    with _lock:
        for process in _running:
            _kill(process)


def _run(job: bytes, seconds: float) -> tuple[int | None, bytes]:
    """Exit code and output of the process of a job; no code where it took too long."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-", ignore_cleanup_errors=True) as folder:
        given = [folder, str(os.getpid())]
        path = [one for one in sys.path if os.path.isabs(one)]
        with _lock:
            if _ended.is_set():
                return -signal.SIGTERM, b""
            process = subprocess.Popen(
                [sys.executable, "-c", _CODE.format(path=path, given=given)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=os.sep,
                start_new_session=True,
            )
            _running.add(process)
        try:
            data, _ = process.communicate(job, seconds)
            return process.returncode, data
        except subprocess.TimeoutExpired:
            return None, b""
        finally:
            _kill(process)
            with _lock:
                _running.discard(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        process.kill()
        process.wait()


def _cause(code: int) -> str:
    """Why a process ended, by its exit code."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
