"""The cache of whole results: an unchanged run is answered without analysing anything."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bpf_lint import __version__
from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.manifest import Manifest, manifest
from bpf_lint.files.reach import of_environment
from bpf_lint.pipeline.planning import Setup
from bpf_lint.pipeline.request import Result
from bpf_lint.pipeline.unnamed import programs_in

if TYPE_CHECKING:
    from bpf_lint.pipeline.parse import Parsed

PACKAGE = Path(__file__).resolve().parent.parent


class CachedResult(msgspec.Struct, frozen=True, array_like=True):
    """A result and what it was made of."""

    manifest: Manifest
    analysis: Result


def recall(setup: Setup) -> Result | None:
    """The result of an earlier run of the same, None where there is none or files changed."""
    data = Folder(setup.request.cache).get(_key(setup))
    if data is None:
        return None
    try:
        entry = msgspec.msgpack.decode(data, type=CachedResult)
    except (msgspec.DecodeError, RecursionError):
        return None
    return entry.analysis if entry.manifest.holds() else None


def remember(setup: Setup, parsed: Parsed, analysis: Result) -> None:
    """Keep a result; one with programs left out is made anew each time."""
    folder = Folder(setup.request.cache)
    if folder.path is None or parsed.failed or analysis.summary.skipped:
        return
    files = {file for unit in parsed.units.values() for file in unit.files}
    flags = {u.flags for plan in setup.plans for job in plan.systems for u in job.units}
    entry = CachedResult(manifest(str(setup.root), files, flags), analysis)
    folder.put(_key(setup), msgspec.msgpack.encode(entry))


def _key(setup: Setup) -> str:
    """Everything that decides a result, but the content of the analysed files."""
    encode = msgspec.msgpack.Encoder(order="deterministic").encode
    plans = [
        encode((tree, one.workspace.profile, one.systems, one.skipped, one.flags_from))
        for one in setup.plans
        # As text: the names of files that are not analysed need not be UTF-8.
        for tree in [repr(one.workspace.tree)]
    ]
    unattached = [one.workspace.user.settings.unattached for one in setup.plans]
    beside = [repr(str(path)) for path in programs_in(setup)]
    request = setup.request
    told = (request.journeys, unattached, beside)
    narrow = encode((setup.rules, request.programs, request.entries, *told))
    return key_of("result", salt(), setup.catalogue.digest, narrow, *plans)


@lru_cache(maxsize=1)
def salt() -> str:
    """Identity of the tool itself: its version and the content of its files.

    Where and when it was installed says nothing, so that a cache serves several machines.
    """
    files = sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))
    contents = [part for name in files for part in (name, (PACKAGE / name).read_bytes())]
    return key_of(__version__, *of_environment(), *contents)
