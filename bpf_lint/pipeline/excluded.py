"""Programs that the user leaves out, and that store what others read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bpf_lint.config.probes import content
from bpf_lint.pipeline.narrowing import read_files, shown
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.vocabulary import without_comments
from bpf_lint.sources.tree import discover

STORES = re.compile(r"map_update_elem\s*\(\s*&\s*(\w+)")


def writers_left_out(setup: Setup, parsed: Parsed) -> Iterator[str]:
    """A line for each source that `exclude` leaves out and that writes a map of another program."""
    read = {str(Path(setup.root, file)) for file in read_files(parsed)}
    used = {
        name
        for unit in parsed.units.values()
        for function in unit.functions.values()
        for name in function.globals
        if name in unit.maps
    }
    for plan in setup.plans:
        for path in _left_out(plan):
            maps = sorted(_stored_in(path) & used) if str(path) not in read else []
            if maps:
                yield (
                    f"{shown(path, setup.root)} is left out by `exclude`, and stores in "
                    f"{', '.join(maps)}, where other programs read: what it stores is not followed"
                )


def _left_out(plan: Plan) -> Iterator[Path]:
    """Sources of the described folder that `exclude` matches."""
    tree = plan.workspace.tree
    if plan.workspace.user.settings.exclude:
        folder = Path(tree.folder)
        for name in sorted({*discover(folder, Path(tree.root))} - {*tree.files}):
            if tree.reading().in_tree(folder / name):
                yield folder / name


def _stored_in(path: Path) -> set[str]:
    """Names of the maps that a source stores in, as its text says it."""
    return set(STORES.findall(without_comments(content(path))))
