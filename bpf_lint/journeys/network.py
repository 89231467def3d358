"""The devices of one system, with what is attached to them and where what they send goes.

What programs do is told by the analysis (`model/journey.py`); what the kernel does between hooks
is the kernel model's: `leads` of a kind of device, `stage` and `on_transmit` of a hook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bpf_lint.config.kernel_schema import DeviceKind, Hook, KernelModel
from bpf_lint.config.schema import Device
from bpf_lint.model.context import HookContext
from bpf_lint.model.journey import Exit, Passage


class Attached(NamedTuple):
    """The programs at one hook of a device.

    Attributes:
        names: Their entries, in words.
        context: Of the first of them: all have one device and one namespace.
    """

    hook: str
    names: str
    context: HookContext
    exits: tuple[Exit, ...]


class Network:
    """One device mode and configuration of a node.

    Args:
        mode, configuration: Their names.
        devices: Those of the profile that the mode has, by name.
        passages: How the programs at each hook end.
    """

    def __init__(
        self,
        mode: str,
        configuration: str,
        devices: Mapping[str, Device],
        passages: Iterable[Passage],
        kernel: KernelModel,
    ) -> None:
        self.mode = mode
        self.configuration = configuration
        self.kernel = kernel
        self._devices = dict(devices)
        self._attached = self._by_device(passages)

    def _by_device(self, passages: Iterable[Passage]) -> dict[tuple[str, bool], list[Attached]]:
        """By device and direction, what a packet passes, in order."""
        groups: dict[tuple[str, str], list[Passage]] = {}
        for one in sorted(passages):
            if self.hook(one.hook.hook).stage:
                groups.setdefault((one.hook.device, one.hook.hook), []).append(one)
        found: dict[tuple[str, bool], list[Attached]] = {}
        for (device, hook), members in groups.items():
            names = ", ".join(dict.fromkeys(one.hook.entry for one in members))
            exits = tuple(sorted({way for one in members for way in one.exits}))
            station = Attached(hook, names, members[0].hook, exits)
            found.setdefault((device, self.hook(hook).on_transmit), []).append(station)
        for stations in found.values():
            stations.sort(key=lambda one: self.hook(one.hook).stage)
        return found

    def hook(self, name: str) -> Hook:
        """A hook of the kernel model."""
        return self.kernel.hooks[name]

    def attached(self, device: str, *, sends: bool) -> list[Attached]:
        """What a packet passes that a device sends, or receives, in order."""
        return self._attached.get((device, sends), [])

    def __contains__(self, name: str) -> bool:
        return name in self._devices

    def device(self, name: str) -> Device:
        """A device of the mode."""
        return self._devices[name]

    def kind(self, name: str) -> DeviceKind:
        """What the kernel does with it."""
        return self.kernel.devices.get(self._devices[name].kind, DeviceKind())

    def leading(self, where: str, netns: str | None = None) -> list[str]:
        """Devices whose packets go there, of one namespace or of all."""
        return [
            name
            for name, device in self._devices.items()
            if self.kind(name).leads == where and netns in (None, device.netns)
        ]

    def onward(self, netns: str) -> list[str]:
        """Devices that the stack of a namespace can send through."""
        return [
            name
            for name, device in self._devices.items()
            if device.netns == netns and self.kind(name).leads
        ]

    def far_end(self, name: str) -> str:
        """The device at the other end of a pair, "" where the profile has none."""
        own = self._devices[name]
        for other, device in self._devices.items():
            if (
                other != name
                and device.kind == own.kind
                and (device.netns, device.peer_netns) == (own.peer_netns, own.netns)
            ):
                return other
        return ""

    def lower(self, name: str) -> list[str]:
        """What a slave's packets leave through: its master, else whatever leads to the wire."""
        master = self._devices[name].master
        return [master] if master in self._devices else self.leading("wire")

    def slaves(self, lower: str) -> list[str]:
        """Devices that are handed what a lower device receives."""
        return [name for name in self.leading("master") if lower in self.lower(name)]

    def namespaces(self) -> list[str]:
        """All namespaces: those that have a way to the wire first."""
        found = {device.netns: None for device in self._devices.values()}
        found |= {device.peer_netns: None for device in self._devices.values() if device.peer_netns}
        return sorted(found, key=lambda one: (not self.leading("wire", one), one))

    def stand_in(self, name: str, everything: Mapping[str, Device]) -> str:
        """The device of this mode that does what another mode's device of that name does."""
        if name in self._devices or name not in everything:
            return name if name in self._devices else ""
        meant = everything[name]
        for other, device in self._devices.items():
            if (device.netns, device.peer_netns) == (meant.netns, meant.peer_netns) and (
                self.kind(other).leads == "peer"
            ):
                return other
        return ""
