"""A profile with another kind of device in place of the pairs between the node and its pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import (
    Attachment,
    Device,
    FieldMeaning,
    Profile,
    SymbolMeaning,
)
from bpf_lint.config.substitute import Substitute
from bpf_lint.contexts.hooks import applies_in
from bpf_lint.contexts.jobs import SystemJob

Meaning = TypeVar("Meaning", SymbolMeaning, FieldMeaning)
InModes = TypeVar("InModes", Attachment, SymbolMeaning)


class Substituted(msgspec.Struct, frozen=True):
    """A profile after the substitution.

    Args:
        name: Name of the substitute.
        modes: What the modes are called in which a program moves, by their names before.
        moved: Attachments, as they were, that have another device now, or none.
        lost: "entries at hook of device" of those that have none.
        everywhere: True where numbers of replaced devices are known, which any program may use.
    """

    name: str
    profile: Profile
    modes: dict[str, str]
    moved: tuple[Attachment, ...]
    lost: tuple[str, ...]
    everywhere: bool

    def concerns(self, system: SystemJob) -> bool:
        """True for a system that is another one after the substitution."""
        return system.mode in self.modes and (
            self.everywhere or any(applies_in(one, system) for one in self.moved)
        )


def substitute(profile: Profile, name: str, kernel: KernelModel) -> Substituted:
    """Put what the kernel model's substitute of a name describes in place of a profile's pairs.

    `modes` is empty where nothing is attached at such a pair.
    """
    new = kernel.substitutes[name]
    ends = dict(_ends(profile, new))
    moved = [one for one in profile.attachments if one.device in ends]
    modes = {
        mode: f"{mode} as {name}".strip()
        for mode in profile.modes or [""]
        if any(not one.modes or mode in one.modes for one in moved)
    }
    peer = kernel.devices[new.kind].has_peer
    devices = {
        one: _device(profile.devices[one], near and new.end == "far", new.kind, peer)
        for one, near in ends.items()
    }
    hooks = [_hook(one, ends, new) for one in profile.attachments]
    both = list(zip(profile.attachments, hooks, strict=True))
    attachments = [msgspec.structs.replace(one, hook=hook) for one, hook in both if hook]
    changed = msgspec.structs.replace(
        profile,
        devices={**profile.devices, **devices},
        attachments=_in_modes(attachments, modes),
        symbols=_in_modes(_meant(profile.symbols, profile, devices), modes),
        fields=_meant(profile.fields, profile, devices),
    )
    lost = [f"{', '.join(one.entries)} at {one.hook} of {one.device}" for one, h in both if not h]
    named = {one.device for one in profile.symbols} | {one.device for one in profile.fields}
    used = not named.isdisjoint(ends)
    return Substituted(name, changed, modes, tuple(moved), tuple(lost), used)


def _ends(profile: Profile, new: Substitute) -> Iterator[tuple[str, bool]]:
    """Devices that are replaced; True for an end at the node.

    Only one of two namespaces is the node's where it alone has devices of other kinds, too.
    """
    pairs = {
        name: one
        for name, one in profile.devices.items()
        if one.kind == new.replaces and one.peer_netns not in ("", one.netns)
    }
    others = {one.netns for name, one in profile.devices.items() if name not in pairs}
    for name, one in pairs.items():
        yield name, one.netns in others or one.peer_netns not in others


def _device(one: Device, crosses: bool, kind: str, has_peer: bool) -> Device:
    """The device that programs of a pair's end move to."""
    netns, peer = (one.peer_netns, one.netns) if crosses else (one.netns, one.peer_netns)
    return msgspec.structs.replace(
        one,
        kind=kind,
        netns=netns,
        peer_netns=peer if has_peer else "",
        xdp_peer=False,
        l2_header=None,
    )


def _hook(one: Attachment, ends: Mapping[str, bool], new: Substitute) -> str:
    """Where an attachment moves to, "" for nowhere."""
    if one.device not in ends:
        return one.hook
    return (new.near if ends[one.device] else new.far).get(one.hook, "")


def _meant(
    meanings: list[Meaning], profile: Profile, devices: Mapping[str, Device]
) -> list[Meaning]:
    """Numbers of devices that are in another namespace now, which no program is in by itself.

    A number that user space wrote is one of some pod's device, mostly of another pod.
    """
    return [
        msgspec.structs.replace(one, netns=f"other {devices[one.device].netns}")
        if one.device in devices
        and one.netns == profile.devices[one.device].netns != devices[one.device].netns
        else one
        for one in meanings
    ]


def _in_modes(all_of: list[InModes], modes: Mapping[str, str]) -> list[InModes]:
    """Modes of attachments or symbols by their new names."""
    return [
        msgspec.structs.replace(one, modes=[modes.get(mode, mode) for mode in one.modes])
        for one in all_of
    ]
