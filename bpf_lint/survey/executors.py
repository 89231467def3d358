"""Executors in the sense of `concurrent.futures`: this machine's processes, or a Dask cluster's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import msgspec

from bpf_lint.model.errors import InputError
from bpf_lint.survey.isolated import begin_all, end_all

PATIENCE = 15  # seconds that a scheduler may take to answer


class Pool(msgspec.Struct, frozen=True):
    """An executor, and how many jobs it runs at a time."""

    executor: Executor
    width: int


@contextmanager
def local(processes: int) -> Iterator[Pool]:
    """Processes of this machine, each looked after by a thread."""
    begin_all()
    executor = ThreadPoolExecutor(processes)
    try:
        yield Pool(executor, processes)
    except BaseException:
        end_all()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Pool]:
    """The workers of a Dask scheduler.

    Raises:
        InputError: Dask is not installed, nobody answers, or there are no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        why = "--scheduler needs Dask: pip install 'bpf-lint[dask]'"
        raise InputError(why) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers: {error}", address) from None
    with client:
        width = sum(client.nthreads().values())
        if not width:
            raise InputError("the scheduler has no workers", address)
        yield Pool(client.get_executor(pure=False), width)
