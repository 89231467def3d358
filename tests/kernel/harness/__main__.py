"""Runs all experiments that this machine can run, and compares them with the kernel model."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

from bpf_lint.config.catalogue import Catalogue, data_folder

from ..compare import differences, listed_beyond, unlike_records
from ..records import Experiment, Observation, experiments
from .network import NoDeviceError, NotRunError
from .programs import Programs
from .run import run


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
    kernel = Catalogue(data_folder()).kernel
    release = os.uname().release
    beyond, wrong, missing = listed_beyond(), 0, Counter[str]()
    unavailable: dict[str, str] = {}
    started = time.monotonic()
    for experiment in selected:
        try:
            observed = _run_one(programs, experiment, release, unavailable)
        except NotRunError as error:
            missing[str(error)] += 1
            continue
        found = (
            unlike_records(observed) if experiment.id in beyond else differences(kernel, observed)
        )
        if found:
            wrong += 1
            print(f"{experiment.id}: {'; '.join(found)} [{observed.evidence}]")
    for reason, count in missing.items():
        print(f"not run: {count} experiments ({reason})")
    done = len(selected) - sum(missing.values())
    print(f"{done} experiments run on {release} in {time.monotonic() - started:.0f} s,", end=" ")
    print(f"{wrong} unlike the kernel model or the records")
    return 1 if wrong else 0


def _run_one(
    programs: Programs, experiment: Experiment, release: str, unavailable: dict[str, str]
) -> Observation:
    """Run an experiment, unless its topology could not be built before."""
    if experiment.topology in unavailable and not experiment.load:
        raise NotRunError(unavailable[experiment.topology])
    try:
        return run(programs, experiment, release)
    except NoDeviceError as error:
        unavailable[experiment.topology] = str(error)
        raise


def _selected(experiment: Experiment) -> bool:
    return not sys.argv[1:] or any(experiment.id.startswith(name) for name in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
