"""Facts of every event: of its hook, and of what its ifindex can be."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint.config.kernel_schema import DeviceKind, KernelModel
from bpf_lint.config.schema import Device, Profile
from bpf_lint.dataflow.results.result import Facts, Origin, at_hook
from bpf_lint.model.context import HookContext
from bpf_lint.rules.text import fill

# What rules can name of every event.
COMMON = {
    "mode": "device mode, text",
    "entry": "the attached function or section, text",
    "function": "function of the call site, text",
    "program_type": '"tc", "xdp", "lwt_xmit", ...',
    "hook.name": "hook of the kernel model, text",
    "hook.at_ingress": "the kernel is at tc ingress",
    "hook.ingress_ifindex_zero": "ingress_ifindex is always 0",
    "hook.sends_back": 'direction of a redirect to the own device that returns a packet: "egress", '
    '"ingress" or ""',
    "hook.pass": "the verdict that lets a packet go on, by its name, text",
    "hook.drop": "the verdict that drops it, by its name, text",
    "hook.onward": "where a packet goes that goes on, in words",
    "skb.netns": "namespace of skb->dev, text",
    "device.name": "device that the program is attached to, text",
    "device.kind": "its kind in the kernel model, text",
    "device.l2_header": "packets reach the program with an Ethernet header",
    "device.has_peer": "bpf_redirect_peer() can go through it",
    "device.peer_netns": 'namespace of its peer, text; "" without one',
    "device.native_xdp": "XDP may run in its driver; 0: it is known to be generic",
    "target.known": "the ifindex is that of a device; its origin is known",
    "target.origin": "where the ifindex comes from, in words",
    "target.symbol": "the symbol, member or helper that it comes from, text",
    "target.netns": "namespace that the ifindex belongs to, text",
    "target.device": "the device it names, where the configuration says so, text",
    "target.peer_netns": "namespace of its peer, text; empty for none, and where it is not known",
    "target.l2_header": "that device is known to need an Ethernet header",
    "target.tunnel": "that device is known to be a tunnel, whose packets have a header inside",
    "target.collects_metadata": "that device is a tunnel that each packet tells its destination",
    "target.no_peer": "that device is known to have no peer",
    "target.no_xdp": "another device, known not to send frames of native XDP",
    "target.no_xdp_why": "why it does not, in words",
    "target.self": "it is the number of skb->dev, read from the context",
    "target.absent": "it is 0 for want of a device (ingress_ifindex)",
    "target.via_map": "it was read from a shared map",
    "target.bits": "bits of the narrowest type that it passed through, up to 32",
    "returned": "the program can end with the verdict of the redirect; 1 for other events",
    "discarded": "the program can end with another verdict after the redirect",
    "used": "the call's result is used",
}


def hook_facts(hook: HookContext, kernel: KernelModel) -> Facts:
    """Facts of the context alone."""
    kind = kernel.devices.get(hook.device_kind, DeviceKind())
    data = kernel.hooks[hook.hook]
    told = {"skb.netns": hook.skb_netns, "device.name": hook.device}
    return {
        **told,
        "hook.pass": data.passes,
        "hook.drop": data.drops,
        "hook.onward": fill(data.onward, told),
        "hook.name": hook.hook,
        "hook.at_ingress": int(hook.at_ingress),
        "hook.ingress_ifindex_zero": int(hook.ingress_ifindex_zero),
        "hook.sends_back": data.sends_back,
        "device.kind": hook.device_kind,
        "device.l2_header": int(hook.l2_header),
        "device.has_peer": int(kind.has_peer),
        "device.native_xdp": int(kind.transmits_xdp != "no"),
        "device.peer_netns": hook.peer_netns,
        "program_type": hook.program_type,
        "mode": hook.mode,
        "entry": hook.entry,
    }


class KnownDevice(NamedTuple):
    """What is known of a device of the profile; `no_xdp`: why native XDP cannot send there."""

    l2_header: bool
    has_peer: bool
    tunnel: bool
    peer_netns: str = ""
    no_xdp: str = ""
    collects: bool = False


def known_devices(kernel: KernelModel, profile: Profile) -> dict[str, KnownDevice]:
    """Devices of a profile by name, those of unknown kind left out."""
    found = {}
    for name, device in profile.devices.items():
        if device.kind == "unknown" or device.kind not in kernel.devices:
            continue
        kind = kernel.devices[device.kind]
        header = kind.l2_header if device.l2_header is None else device.l2_header
        no_xdp = _no_xdp(device, kind, kernel, profile)
        tunnel, peer = bool(kind.packet_types), device.peer_netns
        collects = device.collect_metadata
        found[name] = KnownDevice(header, kind.has_peer, tunnel, peer, no_xdp, collects)
    return found


def _no_xdp(device: Device, kind: DeviceKind, kernel: KernelModel, profile: Profile) -> str:
    """Why a device does not send frames of native XDP, "" where it may."""
    if kind.transmits_xdp == "no":
        return f"a {device.kind} device has no way to send frames of native XDP"
    if kind.transmits_xdp != "with-peer-program" or device.xdp_peer or not device.peer_netns:
        return ""
    for attachment in profile.attachments:
        far = profile.devices[attachment.device]
        if kernel.hooks[attachment.hook].program_type == "xdp" and (
            far.kind,
            far.netns,
            far.peer_netns,
        ) == (device.kind, device.peer_netns, device.netns):
            return ""
    return f"no XDP program is attached to the far end of the {device.kind} pair"


# Facts of a target whose origin is not known.
_NO_TARGET: Facts = {
    "target.known": 0,
    "target.netns": "",
    "target.origin": "",
    "target.symbol": "",
    "target.device": "",
    "target.peer_netns": "",
    "target.bits": 32,
    "target.via_map": 0,
    "target.l2_header": 0,
    "target.tunnel": 0,
    "target.collects_metadata": 0,
    "target.no_peer": 0,
    "target.no_xdp": 0,
    "target.no_xdp_why": "",
    "target.self": 0,
    "target.absent": 0,
}


def target_facts(
    atom: Origin | None,
    hook: HookContext,
    devices: dict[str, KnownDevice],
    own: frozenset[str],
) -> Facts:
    """Facts of one thing the ifindex can be; `atom` None where its origin is not known.

    Args:
        devices: See `known_devices`.
        own: Symbols that are the number of the program's own device.
    """
    if atom is None:
        return dict(_NO_TARGET)
    fixed = at_hook(atom, hook)
    device = devices.get(fixed.device)
    # Frames come in at the program's own device: somebody at its far end takes and gives them.
    no_xdp = device.no_xdp if device is not None and fixed.device != hook.device else ""
    return {
        "target.known": int(not atom.zero),
        "target.netns": fixed.netns,
        "target.origin": describe(fixed),
        "target.symbol": fixed.symbol,
        "target.device": fixed.device,
        "target.peer_netns": device.peer_netns if device else "",
        "target.bits": fixed.narrow,
        "target.via_map": int(fixed.via is not None),
        "target.l2_header": int(device is not None and device.l2_header),
        "target.tunnel": int(device is not None and device.tunnel),
        "target.collects_metadata": int(device is not None and device.collects),
        "target.no_peer": int(device is not None and not device.has_peer),
        "target.no_xdp": int(bool(no_xdp)),
        "target.no_xdp_why": no_xdp,
        "target.self": int(_is_own(atom, own)),
        "target.absent": int(atom.zero),
    }


def _is_own(atom: Origin, own: frozenset[str]) -> bool:
    """True for the number of skb->dev, read from the context of this packet."""
    return atom.symbol in own and atom.via is None and not atom.zero


def describe(atom: Origin) -> str:
    """An origin in words: the symbol, and the map it travelled through."""
    if atom.via is None:
        return atom.symbol
    return f"{atom.symbol}, kept in the map {atom.via.base.name}"
