"""Contradictions in the user's configuration: what is said of a device does not go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from bpf_lint.config.crosscheck import Failure
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.nearest import unknown
from bpf_lint.config.schema import (
    Attachment,
    Device,
    FieldMeaning,
    Profile,
    SymbolMeaning,
)
from bpf_lint.config.user_schema import UserConfiguration

OWN = "device"  # as a symbol's namespace: that of the device the program is attached to
ALIKE = 0.66  # of the letters of two names, for one to look like the other misspelt


def check_contradictions(
    part: UserConfiguration, whole: Profile, kernel: KernelModel, error: Failure
) -> None:
    """Check that devices, attachments and meanings of a user's configuration agree.

    Args:
        part: What the file holds.
        whole: The profile with everything merged, whose names can be referred to.
        error: Makes an error from a message and the keys it is about.

    Raises:
        ConfigError: A meaning names an unknown device, or another namespace than its device's; a
            hook is none of the device's kind; a namespace looks misspelt.
    """
    _namespaces(part, whole, error)
    for name, device in part.devices.items():
        if device.master:
            _master(device, whole, kernel, error, name)
    for at, attachment in enumerate(part.attachments):
        _attachment(attachment, whole, kernel, error, at)
    for table in ("symbols", "fields"):
        for at, meaning in enumerate(getattr(part, table)):
            _meaning(meaning, whole, error, table, at)


def _attachment(
    one: Attachment, whole: Profile, kernel: KernelModel, error: Failure, at: int
) -> None:
    device = whole.devices[one.device]
    hook, kind = kernel.hooks[one.hook], kernel.devices[device.kind]
    keys = ("attachments", at)
    # Other hooks are no device's own, and XDP runs in its generic form where a driver has none.
    if hook.program_type == "tc" and one.hook not in kind.hooks:
        what = f'hook "{one.hook}": device "{one.device}" is of kind "{device.kind}"'
        where = ", ".join(kind.hooks)
        raise error(f"{what}, where that runs nothing; it has: {where}", *keys, "hook")
    if hook.device_side == "peer" and not device.peer_netns:
        raise error(
            f'hook "{one.hook}" runs in the namespace of the peer of device "{one.device}", '
            "which has no peer_netns",
            *keys,
            "hook",
        )
    if one.modes and device.modes and not set(one.modes) & set(device.modes):
        modes = ", ".join(device.modes)
        raise error(f'device "{one.device}" is there in other modes: {modes}', *keys, "modes")


def _master(device: Device, whole: Profile, kernel: KernelModel, error: Failure, name: str) -> None:
    """Refuse a master that is none, or is elsewhere (net/core/rtnetlink.c:do_set_master)."""
    keys = ("devices", name, "master")
    master = whole.devices[device.master]
    if not kernel.devices[master.kind].enslaves:
        kinds = ", ".join(kind for kind, one in kernel.devices.items() if one.enslaves)
        why = f'master "{device.master}" is of kind "{master.kind}"; ports are of {kinds}'
        raise error(why, *keys)
    if master.netns != device.netns:
        why = f'master "{device.master}" is in "{master.netns}", and a port is where its master is'
        raise error(why, *keys)


def _meaning(
    one: SymbolMeaning | FieldMeaning, whole: Profile, error: Failure, table: str, at: int
) -> None:
    if not one.device or one.optional:
        return
    if one.device not in whole.devices:
        raise error(unknown("device", one.device, whole.devices), table, at, "device")
    device = whole.devices[one.device]
    if one.netns not in (device.netns, device.peer_netns, OWN):
        raise error(
            f'netns "{one.netns}": device "{one.device}" is in "{device.netns}"', table, at, "netns"
        )


def peerless(part: UserConfiguration, whole: Profile, kernel: KernelModel) -> Iterator[str]:
    """The user's attached devices of kinds that have peers, without the namespace of that."""
    used = {one.device for one in whole.attachments}
    for name, device in part.devices.items():
        if kernel.devices[device.kind].has_peer and not device.peer_netns and name in used:
            yield name


def _namespaces(part: UserConfiguration, whole: Profile, error: Failure) -> None:
    """Refuse a namespace that is named once, and looks like another one misspelt."""
    counts = Counter(netns for netns, *_ in _named(whole))
    for netns, one, keys in _named(part):
        if not netns:
            raise error("netns is empty: name the namespace of the number or device", *keys)
        if counts[netns] > 1 or one.optional:
            continue
        for other in sorted(counts.keys() | {OWN} - {netns}):
            if other != netns and misspelt(netns, other):
                raise error(
                    f'netns "{netns}" is named once only; did you mean "{other}"? '
                    "(optional = true where it is right)",
                    *keys,
                )


def _named(
    part: UserConfiguration | Profile,
) -> Iterator[tuple[str, Device | SymbolMeaning | FieldMeaning, tuple[str | int, ...]]]:
    """Every namespace that is named, by what, and at which keys."""
    for name, device in part.devices.items():
        yield device.netns, device, ("devices", name, "netns")
        if device.peer_netns:
            yield device.peer_netns, device, ("devices", name, "peer_netns")
    for table in ("symbols", "fields"):
        meanings: Iterable[SymbolMeaning | FieldMeaning] = getattr(part, table)
        for at, meaning in enumerate(meanings):
            if meaning.netns != OWN:
                yield meaning.netns, meaning, (table, at, "netns")


def misspelt(name: str, other: str) -> bool:
    """True where one name looks like the other, and not like the next of a series."""
    if name[:-1] == other[:-1] or _letters(name) == _letters(other):
        return False  # ns1 and ns2, pod-a and pod-b
    if abs(len(name) - len(other)) > 1:
        return False  # pod and pod-eth0
    return SequenceMatcher(None, name, other).ratio() > ALIKE


def _letters(name: str) -> str:
    return "".join(letter for letter in name if not letter.isdigit())
