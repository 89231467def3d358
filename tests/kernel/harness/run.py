"""One experiment, from its topology to the outcome."""

from __future__ import annotations

import os

from ..records import Experiment, Observation, Topology, topology
from .network import Network, NotRunError
from .programs import Programs, load_alone
from .traffic import Watch, send

DECOY, FAR_END = "dcy", "trash/dp"
DECOY_MAC, FAR_MAC = "02:00:00:00:00:99", "02:00:00:00:00:9a"
NEIGHBOUR = "10.0.0.254"
HELPER_NUMBERS = {
    "redirect": 23,
    "clone_redirect": 13,
    "redirect_map": 51,
    "redirect_neigh": 152,
    "redirect_peer": 155,
}


def run(programs: Programs, experiment: Experiment, kernel: str) -> Observation:
    """Run an experiment in a network of its own.

    Raises:
        NotRunError: This machine lacks something it needs.
    """
    if experiment.load:
        return _load(experiment, kernel)
    with Network(topology(experiment.topology)) as network:
        network.run(experiment.before)
        _add_decoy(network, experiment)
        return _act(programs, network, experiment, kernel)


def _load(experiment: Experiment, kernel: str) -> Observation:
    name = experiment.helper
    loads = load_alone(experiment.load, HELPER_NUMBERS[name], name == "clone_redirect")
    outcome = "LOADS" if loads else "REFUSED"
    return Observation(experiment.id, kernel, outcome, evidence="verifier", explanation="")


def _act(programs: Programs, network: Network, experiment: Experiment, kernel: str) -> Observation:
    watch = Watch(network)
    links: list[int] = []
    try:
        programs.configure(network, experiment, _number(network.topology, experiment))
        links = programs.attach(network, experiment)
        network.run(experiment.between)
        for point in (*experiment.want, experiment.instead):
            watch.point(point) if point else None
        if experiment.decoy:
            watch.device(f"{experiment.decoy}/{DECOY}")
            watch.device(FAR_END)
        send(network, experiment.send, experiment.packets)
        counts = watch.counts()
    except OSError as error:
        raise NotRunError(error.strerror or str(error)) from None
    finally:
        watch.close()
        for link in links:
            os.close(link)
    return _observe(programs, experiment, kernel, counts)


def _observe(
    programs: Programs, experiment: Experiment, kernel: str, counts: dict[str, int]
) -> Observation:
    wanted = max((_count(counts, point) for point in experiment.want), default=0)
    strayed = sum(n for point, n in counts.items() if f"/{DECOY}:" in point)
    strayed = max(strayed, sum(n for point, n in counts.items() if point.startswith(FAR_END)))
    passed = _count(counts, experiment.instead)
    report = programs.report()
    return Observation(
        id=experiment.id,
        kernel=kernel,
        outcome=classify(experiment, report.returned, wanted, strayed, passed),
        evidence=" ".join(f"{point}={n}" for point, n in sorted(counts.items())),
        explanation="",
        helper_returned=report.returned,
        saw=report.saw,
        sent=experiment.packets,
        delivered=wanted,
        misdelivered=strayed,
    )


def classify(experiment: Experiment, returned: int, wanted: int, strayed: int, passed: int) -> str:
    """The outcome class, from the helper's result and packets at three points.

    Args:
        returned: What the helper returned; only clone_redirect reports a failure.
        wanted: Packets where the target would show them.
        strayed: Packets on the decoy.
        passed: Packets on the normal path.
    """
    if experiment.helper == "clone_redirect":
        sent = "MISDELIVERED" if strayed else "DELIVERED" if wanted else "FAILED"
        clone = "FAILED" if returned < 0 else sent
        return f"CLONE-{clone}" + (",ORIGINAL-DELIVERED" if passed else "")
    if strayed:
        return "MISDELIVERED"
    if wanted:
        return "DELIVERED"
    return "NORMAL-PATH" if passed else "DROPPED"


def _count(counts: dict[str, int], point: str) -> int:
    return counts.get(point, 0)


def _number(here: Topology, experiment: Experiment) -> int:
    """The number that the helper is given."""
    target = experiment.target or experiment.entry
    if target in ("", "0"):
        return 0
    if target.endswith("/lo"):
        return 1
    return (here.devices | experiment.devices)[target].index


def _add_decoy(network: Network, experiment: Experiment) -> None:
    """Give the target's number to an unrelated device, with a neighbour behind it."""
    if not experiment.decoy:
        return
    where = experiment.decoy
    number = _number(network.topology, experiment)
    far = FAR_END.split("/")[1]
    network.run(
        [
            f"{where}: link add {DECOY} index {number} address {DECOY_MAC} type veth"
            f" peer name {far} address {FAR_MAC} netns @trash",
            f"{where}: link set {DECOY} up",
            f"{where}: neigh replace {NEIGHBOUR} lladdr {FAR_MAC} dev {DECOY} nud permanent",
            f"trash: link set {far} up",
        ]
    )
