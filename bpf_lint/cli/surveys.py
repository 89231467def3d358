"""The engine of a survey, as the command line asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bpf_lint.cli.options import cache_folder, processors
from bpf_lint.cli.progress import Line
from bpf_lint.cli.streams import say

if TYPE_CHECKING:
    from bpf_lint.survey.engine import Engine


@contextmanager
def engine_of(options: Any, tree: Path, line: Line) -> Iterator[Engine]:
    """The engine, on this machine or on a cluster.

    Args:
        tree: What a stranger may have written: no cache lies in it.
    """
    from bpf_lint.cache.folder import why_unused
    from bpf_lint.survey.engine import Engine
    from bpf_lint.survey.executors import cluster, local

    cache = cache_folder(options["cache_dir"], options["no_cache"])
    if cache and (why := why_unused(cache, tree)):
        say(f"bpf-lint: warning: the cache {cache} is not used: it {why}", err=True)
        cache = None
    address = options["scheduler"]
    with cluster(address) if address else local(options["jobs"] or processors()) as pool:
        yield Engine(pool, cache, line)
