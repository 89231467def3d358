"""The recorded experiments: where programs ran, what they asked for, what kernels did."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from tests.toml import load_toml

FOLDER = Path(__file__).resolve().parent


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device of a topology; `index` means something in its own namespace only.

    Args:
        kind: Device kind of the kernel model.
        peer: Its peer, as "netns/name".
        lower: Master of a slave device, as "netns/name".
        options: More arguments of `ip`; the outside address of a WireGuard device.
    """

    index: int
    kind: str
    mac: str = ""
    peer: str = ""
    lower: str = ""
    mode: str = ""
    options: str = ""
    scrub: str = ""


class Topology(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Namespaces and devices; devices are named "netns/name".

    Args:
        setup: Commands, "netns: ip arguments".
        settle: Seconds after which packets have arrived.
        ipv6: True where IPv6 is on; its chatter is not.
    """

    namespaces: list[str]
    devices: dict[str, Device]
    setup: list[str] = []
    settle: float = 0.03
    ipv6: bool = False


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program at one hook, and the packets sent to it.

    Args:
        at: Device that the program is attached to.
        attach: "tcx", "clsact", "netkit", "native", "generic" or "route".
        load: Program type of a program that is only loaded, "" for one that runs.
        helper: Helper that the program calls, "" for none.
        target: Device whose number the helper gets, or "0".
        entry: Device in the devmap entry, for redirect_map.
        decoy: Namespace in which an unrelated device has the target's number.
        verdict: What the program returns; None for the helper's result.
        add_header: Device whose MAC address the program's new Ethernet header has.
        runs: How often the program does this before it lets packets pass.
        second: Hook of another program, which returns the redirect verdict without a helper.
        fib, fib_input: Destination of a FIB lookup, and the device it names as input, or "0".
        send, want, instead: What is sent, where the target would show it, and where the packet
            is seen when nothing is redirected.
        before, between, after: Commands ("netns: ip arguments").
        devices: Devices that `before` makes.
        moved: Where `between` moved the device, with its program.
    """

    id: str
    topology: str
    about: str
    at: str = ""
    hook: str = ""
    attach: str = ""
    load: str = ""
    helper: str = ""
    target: str = ""
    entry: str = ""
    decoy: str = ""
    flags: int = 0
    verdict: int | None = None
    next_hop: str = ""
    add_header: str = ""
    set_mac: str = ""
    set_mark: int = 0
    set_cb: int = 0
    runs: int = 0
    packets: int = 5
    second: str = ""
    fib: str = ""
    fib_input: str = ""
    route: str = ""
    send: str = ""
    want: list[str] = []
    instead: str = ""
    observe: list[str] = []
    receive_xdp: list[str] = []
    before: list[str] = []
    between: list[str] = []
    after: list[str] = []
    devices: dict[str, Device] = {}
    moved: str = ""


class Saw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the program read from its context and got from the FIB."""

    ifindex: int
    ingress_ifindex: int
    mark: int
    fib_ret: int
    fib_ifindex: int


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one kernel did in one experiment.

    Args:
        outcome: DELIVERED, DROPPED, MISDELIVERED, NORMAL-PATH, LOST, CLONE-..., LOADS, REFUSED.
        skb_dev: `skb->dev` while the program ran, where the kernel tells.
        evidence: What was counted and traced.
        explanation: A reading of the kernel's source that fits.
    """

    id: str
    kernel: str
    outcome: str
    evidence: str
    explanation: str
    helper_returned: int | None = None
    verdict_returned: int | None = None
    target_resolves_to: str = ""
    skb_dev: str = ""
    saw: Saw | None = None
    sent: int = 0
    delivered: int = 0
    misdelivered: int = 0


class _Experiments(msgspec.Struct):
    version: int
    experiments: list[Experiment]


class _Observations(msgspec.Struct):
    version: int
    kernels: dict[str, str]
    records: list[Observation]


@cache
def experiments() -> dict[str, Experiment]:
    """All experiments, by id: the imported ones, and those added since."""
    files = [FOLDER / "experiments.json", FOLDER / "experiments-added.json"]
    read = [msgspec.json.decode(file.read_bytes(), type=_Experiments) for file in files]
    return {one.id: one for file in read for one in file.experiments}


@cache
def observations() -> list[Observation]:
    """All records: the imported ones, then those of this harness."""
    return [*imported(), *added()]


@cache
def imported() -> list[Observation]:
    """The records that were there before this harness, in the order of the experiments."""
    return _records("observations.json")


@cache
def added() -> list[Observation]:
    """Records of the experiments added since, made by this harness."""
    return _records("observations-added.json")


@cache
def kernels() -> dict[str, str]:
    """The kernels of the records: short name -> release."""
    names = ("observations.json", "observations-added.json")
    return {short: name for file in names for short, name in _file(file).kernels.items()}


def _records(name: str) -> list[Observation]:
    return _file(name).records


@cache
def _file(name: str) -> _Observations:
    return msgspec.json.decode((FOLDER / name).read_bytes(), type=_Observations)


@cache
def topology(name: str) -> Topology:
    """The topology `topologies/NAME.toml`."""
    text = (FOLDER / "topologies" / f"{name}.toml").read_text()
    return msgspec.convert(load_toml(text), Topology)
