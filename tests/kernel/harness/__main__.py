"""Runs all experiments that this machine can run, and compares them with the kernel model."""

from __future__ import annotations

import os
import sys

from ..compare import Summary
from ..records import Experiment, experiments
from .network import NotRunError
from .programs import Programs
from .run import Bench


def main() -> int:
    """Run, print, and return the exit code."""
    selected = [one for one in experiments().values() if _selected(one)]
    if os.geteuid():
        print(f"not run: {len(selected)} experiments (needs root)")
        return 0
    try:
        programs = Programs()
    except NotRunError as error:
        print(f"not run: {len(selected)} experiments ({error})")
        return 0
    return _run_all(programs, selected)


def _run_all(programs: Programs, selected: list[Experiment]) -> int:
    release = os.uname().release
    summary = Summary(release)
    with Bench(programs) as bench:
        for experiment in selected:
            try:
                summary.compare(bench.run(experiment, release))
            except NotRunError as error:
                summary.missing[str(error)] += 1
    return summary.print()


def _selected(experiment: Experiment) -> bool:
    return not sys.argv[1:] or any(experiment.id.startswith(name) for name in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
