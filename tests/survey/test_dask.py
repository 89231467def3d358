"""The workers of a Dask scheduler instead of this machine's processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lint
from tests.survey.conftest import Repository

distributed = pytest.importorskip("distributed", reason="needs bpf-lint[dask]")

OPTIONS = ("history", "--tags", "v*", "bpf", "-q", "--output-format", "json", "--no-cache")


@pytest.fixture
def project(repository: Repository) -> Path:
    return repository.root


@contextmanager
def workers(number: int) -> Iterator[Any]:
    """A scheduler with so many workers, each a process with a nurse."""
    with distributed.LocalCluster(
        n_workers=number, threads_per_worker=1, dashboard_address=None, processes=True
    ) as made:
        yield made


def test_one_worker_four_and_none_give_the_same(lint: Lint) -> None:
    alone = lint(*OPTIONS)
    assert alone.code == 0
    for number in (1, 4):
        with workers(number) as cluster:
            assert lint(*OPTIONS, "--scheduler", cluster.scheduler_address).out == alone.out


def test_a_worker_that_is_killed_costs_its_job_and_nothing_else(lint: Lint) -> None:
    alone = lint(*OPTIONS).out
    killed = threading.Event()

    def kill(cluster: Any) -> None:
        with distributed.Client(cluster, set_as_default=False) as client:
            for _ in range(200):
                busy = [name for name, tasks in client.processing().items() if tasks]
                if busy:
                    pid = client.run(os.getpid, workers=busy[:1])[busy[0]]
                    os.kill(pid, signal.SIGKILL)
                    killed.set()
                    return
                time.sleep(0.05)

    with workers(2) as cluster:
        killer = threading.Thread(target=kill, args=(cluster,))
        killer.start()
        done = lint(*OPTIONS, "--scheduler", cluster.scheduler_address)
        killer.join()
    assert killed.is_set()
    assert (done.code, done.out) == (0, alone)


def test_nobody_answers(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpf_lint.survey.executors.PATIENCE", 1)
    done = lint(*OPTIONS, "--scheduler", "tcp://127.0.0.1:1")
    assert done.code == 2
    assert "tcp://127.0.0.1:1: no Dask scheduler answers" in done.err
