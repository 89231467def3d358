"""One experiment, from its topology to the outcome."""

from __future__ import annotations

from contextlib import ExitStack

from ..records import Device, Experiment, Observation, Topology, topology
from . import links, linux
from .network import Network, NoDeviceError, NotRunError
from .programs import Programs, load_alone
from .traffic import Watch, send

DECOY, FAR_END = "dcy", "trash/dp"
DECOY_MAC, FAR_MAC = "02:00:00:00:00:99", "02:00:00:00:00:9a"
FAR_NUMBER = 2
NEIGHBOUR = "10.0.0.254"
HELPER_NUMBERS = {
    "redirect": 23,
    "clone_redirect": 13,
    "redirect_map": 51,
    "redirect_neigh": 152,
    "redirect_peer": 155,
}


class Bench:
    """Runs experiments one after the other, in one network as long as it stays clean.

    `watch` counts in this network, for those that leave all of its devices alone.
    """

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.network: Network | None = None
        self.watch: Watch | None = None
        self.unavailable: dict[str, str] = {}

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.tear_down()

    def run(self, experiment: Experiment, kernel: str) -> Observation:
        """Run an experiment.

        Raises:
            NotRunError: This machine lacks something it needs.
        """
        if experiment.load:
            return _load(experiment, kernel)
        network = self.build(experiment.topology)
        done = False
        try:
            prepare(network, experiment)
            observed = _act(self.programs, network, experiment, kernel)
            done = True
        finally:
            if not done or _leaves_traces(experiment):
                self.tear_down()
            else:
                remove_decoy(network, experiment.decoy, _number(network.topology, experiment))
        return observed

    def build(self, name: str) -> Network:
        """The network of a topology.

        Raises:
            NoDeviceError: The machine could not make it, now or before.
        """
        if name in self.unavailable:
            raise NoDeviceError(self.unavailable[name])
        if self.network and self.network.topology is topology(name):
            return self.network
        self.tear_down()
        try:
            self.network = Network(topology(name)).__enter__()
            self.watch = Watch(self.network)
        except NoDeviceError as error:
            self.unavailable[name] = str(error)
            raise
        return self.network

    def tear_down(self) -> None:
        """Let go of the network; the next experiment gets a new one."""
        if self.watch:
            self.watch.close()
        if self.network:
            self.network.__exit__()
        self.network = self.watch = None


def prepare(network: Network, experiment: Experiment) -> None:
    """Run an experiment's commands, and make its devices and its decoy."""
    made = [command for command in experiment.before if " type netkit " in command]
    if made:
        network.add(experiment.devices)
    network.run(command for command in experiment.before if command not in made)
    if experiment.decoy:
        add_decoy(network, experiment.decoy, _number(network.topology, experiment))


def _leaves_traces(experiment: Experiment) -> bool:
    """True where a later experiment would notice this one."""
    route = experiment.attach == "route"
    return route or bool(experiment.before or experiment.between or experiment.after)


def _load(experiment: Experiment, kernel: str) -> Observation:
    name = experiment.helper
    loads = load_alone(experiment.load, HELPER_NUMBERS[name], name == "clone_redirect")
    outcome = "LOADS" if loads else "REFUSED"
    return Observation(experiment.id, kernel, outcome, evidence="verifier", explanation="")


def _act(programs: Programs, network: Network, experiment: Experiment, kernel: str) -> Observation:
    watch = Watch(network)
    attached = ExitStack()
    try:
        programs.configure(network, experiment, _number(network.topology, experiment))
        attached = programs.attach(network, experiment)
        network.run(experiment.between)
        for point in (*experiment.want, experiment.instead):
            watch.point(point) if point else None
        if experiment.decoy:
            watch.decoy(f"{experiment.decoy}/{DECOY}", FAR_END)
        send(network, experiment.send, experiment.packets)
        counts = watch.counts()
    except OSError as error:
        raise NotRunError(error.strerror or str(error)) from None
    finally:
        watch.close()
        attached.close()
    return _observe(programs, experiment, kernel, counts)


def _observe(
    programs: Programs, experiment: Experiment, kernel: str, counts: dict[str, int]
) -> Observation:
    wanted = max((_count(counts, point) for point in experiment.want), default=0)
    strayed = strays(counts)
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


def strays(counts: dict[str, int]) -> int:
    """Packets on the decoy or at its far end, whichever saw more."""
    near = sum(n for point, n in counts.items() if f"/{DECOY}:" in point)
    return max(near, sum(n for point, n in counts.items() if point.startswith(FAR_END)))


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


def add_decoy(network: Network, where: str, number: int) -> None:
    """Give a number to an unrelated device, with a neighbour behind it."""
    far = FAR_END.split("/")[1]
    near = Device(number, "veth", DECOY_MAC, FAR_END)
    trash = network.namespaces["trash"]
    with linux.inside(network.namespaces[where]):
        links.make_pair(DECOY, near, far, Device(FAR_NUMBER, "veth", FAR_MAC), trash)
        links.set_up(number)
        links.add_neighbour(number, NEIGHBOUR, FAR_MAC)
    with linux.inside(trash):
        links.set_up(FAR_NUMBER)


def remove_decoy(network: Network, where: str, number: int) -> None:
    """Remove the decoy from a namespace; "" where there is none."""
    if where:
        with linux.inside(network.namespaces[where]):
            links.remove(number)
