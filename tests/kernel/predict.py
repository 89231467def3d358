"""What the kernel model says an experiment shows: the outcome, and what the program sees."""

from __future__ import annotations

import msgspec

from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.config.kernel_schema import DeviceKind, Helper, Hook, KernelModel

from .records import Device, Experiment, Topology

LOOPBACK = Device(index=1, kind="loopback")
DECOY = Device(index=0, kind="veth", peer="trash/dp")
# The number of redirects after which a packet that returns to the same egress is dropped is
# the kernel's; a program that stops by itself before that lets the packet pass.
ENDLESS = 1000


class Prediction(msgspec.Struct, frozen=True):
    """What should be seen; None where the model does not say.

    Args:
        outcome: Outcome class, as in the records.
        skb_dev: Device the packet is on while the program runs, "" if it does not run.
        ifindex, ingress_ifindex: What the program reads from its context.
        returned: The helper's result: a number, or "negative".
        fib_fails: True where the FIB lookup must fail for want of the input device.
    """

    outcome: str
    skb_dev: str = ""
    ifindex: int = 0
    ingress_ifindex: int | None = None
    returned: int | str | None = None
    fib_fails: bool | None = None


class Setting(msgspec.Struct, frozen=True):
    """An experiment in its topology, under a kernel model."""

    kernel: KernelModel
    topology: Topology
    experiment: Experiment

    @property
    def devices(self) -> dict[str, Device]:
        """Devices of the topology and of the experiment."""
        return self.topology.devices | self.experiment.devices

    @property
    def hook(self) -> Hook:
        """Hook the program is attached to."""
        return self.kernel.hooks[self.experiment.hook]

    @property
    def helper(self) -> Helper:
        """Helper the program calls."""
        return self.kernel.helpers[self.experiment.helper]

    def kind(self, device: Device) -> DeviceKind:
        """What the model says about a device's kind."""
        return self.kernel.devices[device.kind]

    @property
    def skb_dev(self) -> str:
        """Device the packet is on while the program runs, as the hook says."""
        at = self.experiment.at
        there = self.devices[at].peer if self.hook.device_side == "peer" else at
        return self.experiment.moved or there

    @property
    def skb_netns(self) -> str:
        """Namespace of that device."""
        return netns(self.skb_dev)

    @property
    def index(self) -> int:
        """Number of that device, which it keeps when it is moved."""
        moved = self.experiment.moved
        return self.devices[self.experiment.at if moved else self.skb_dev].index

    @property
    def target(self) -> str:
        """Device that the author wants: the one named, or the devmap's."""
        return self.experiment.target or self.experiment.entry

    def up(self, name: str) -> bool:
        """False where the experiment has taken a device down."""
        where, device = name.split("/")
        return f"{where}: link set {device} down" not in self.experiment.before

    def number(self, name: str) -> int:
        """Number of the device `name`, in its own namespace; 0 for "0"."""
        if name == "0":
            return 0
        return 1 if name.endswith("/lo") else self.devices[name].index

    def resolve(self, number: int, where: str) -> tuple[str, Device] | None:
        """The device that has a number in a namespace."""
        if number == 1:
            return f"{where}/lo", LOOPBACK
        if where == self.experiment.decoy and number == self.number(self.target):
            return f"{where}/dcy", DECOY
        for name, device in self.devices.items():
            if netns(name) == where and device.index == number:
                return name, device
        return None


def predict(kernel: KernelModel, topology: Topology, experiment: Experiment) -> Prediction:
    """Derive what an experiment shows, from the kernel model alone."""
    setting = Setting(kernel, topology, experiment)
    if experiment.load:
        available = experiment.load in setting.helper.program_types
        return Prediction("LOADS" if available else "REFUSED")
    if experiment.hook not in _hooks(setting):
        return Prediction("NORMAL-PATH" if experiment.helper else "DELIVERED")
    number = setting.index
    return Prediction(
        outcome=_outcome(setting),
        skb_dev=setting.skb_dev,
        ifindex=number,
        ingress_ifindex={"device": number, "zero": 0}.get(setting.hook.ingress_ifindex),
        returned=_returned(setting),
        fib_fails=_fib_fails(setting),
    )


def netns(name: str) -> str:
    """Namespace of a device named "netns/name"."""
    return name.split("/")[0]


def _hooks(setting: Setting) -> list[str]:
    """Hooks at which programs of this device run; a route's programs run on any device."""
    hooks = setting.kind(setting.devices[setting.experiment.at]).hooks
    return [*hooks, "lwt-xmit"] if setting.experiment.attach == "route" else hooks


def _refused(setting: Setting) -> bool:
    """True where the helper does not take the flags."""
    effect = setting.helper.effect
    if not isinstance(effect, RedirectEffect | CloneRedirectEffect):
        return False
    allowed = effect.allowed_flags.get(setting.hook.program_type)
    return allowed is not None and bool(setting.experiment.flags & ~allowed)


def _returned(setting: Setting) -> int | str | None:
    """What the helper returns."""
    if not setting.experiment.helper:
        return 0
    effect = setting.helper.effect
    kind = setting.hook.program_type
    if isinstance(effect, CloneRedirectEffect):
        return "negative" if _sent(setting) == "DROPPED" else 0
    assert isinstance(effect, RedirectEffect | RedirectMapEffect)
    if isinstance(effect, RedirectEffect) and _refused(setting):
        return effect.refused[kind]
    return effect.verdict[kind]


def _fib_fails(setting: Setting) -> bool | None:
    if not setting.experiment.fib:
        return None
    given = setting.experiment.fib_input
    number = setting.number(given) if given else setting.index
    return setting.resolve(number, setting.skb_netns) is None


def _outcome(setting: Setting) -> str:
    experiment = setting.experiment
    redirects = setting.hook.redirect_verdict
    if not experiment.helper:
        return "DROPPED" if experiment.verdict == redirects else "DELIVERED"
    if isinstance(setting.helper.effect, CloneRedirectEffect):
        clone = _sent(setting).replace("DROPPED", "FAILED")
        return f"CLONE-{clone}" + (",ORIGINAL-DELIVERED" if experiment.instead else "")
    if experiment.verdict not in (None, redirects):
        return "NORMAL-PATH"
    return _sent(setting)


def _sent(setting: Setting) -> str:
    """What becomes of a packet, or a clone, that is handed to a redirect."""
    if _refused(setting):
        return "DROPPED"
    target = setting.target
    writer = setting.helper.resolved_in == "writer"
    found = setting.resolve(setting.number(target), netns(target) if writer else setting.skb_netns)
    if found is None or not _accepted(setting, *found):
        return "DROPPED"
    name = found[0]
    if name == setting.skb_dev and _loops(setting):
        runs = setting.experiment.runs
        return "NORMAL-PATH" if 0 < runs < ENDLESS and setting.experiment.instead else "DROPPED"
    return "DELIVERED" if name == target else "MISDELIVERED"


def _loops(setting: Setting) -> bool:
    """True where sending to skb->dev itself runs the same program again."""
    experiment = setting.experiment
    direction = "ingress" if experiment.flags & 1 else "egress"
    stays = experiment.hook in ("tc-ingress", "tc-egress") and direction != setting.hook.sends_back
    return stays and experiment.helper != "redirect_peer"


def _accepted(setting: Setting, name: str, target: Device) -> bool:
    """True where the kernel takes a target that it has found, and the target can take it."""
    if setting.experiment.helper == "redirect_peer":
        return setting.hook.at_ingress and _peer(setting, name, target)
    return setting.up(name) and not _lacks_header(setting, target)


def _peer(setting: Setting, name: str, target: Device) -> bool:
    """True where the target has a peer that is up and in another namespace."""
    if not setting.kind(target).has_peer or netns(target.peer) == netns(name):
        return False
    return setting.up(target.peer)


def _lacks_header(setting: Setting, target: Device) -> bool:
    """True where a packet without Ethernet header goes to a helper or device that needs one."""
    here = setting.kind(setting.devices[setting.experiment.at])
    if setting.experiment.add_header or (setting.hook.l2_header and here.l2_header):
        return False
    return setting.kind(target).l2_header or setting.experiment.helper == "redirect_neigh"
