"""Facts of an event that a rule's condition and texts can name."""

from __future__ import annotations

from typing import Any, NamedTuple

from bpf_lint.config.schema import DeviceKind, KernelModel, Profile
from bpf_lint.dataflow.system.result import (
    UNKNOWN,
    FibLookup,
    FibUse,
    Narrow,
    Origin,
    Payload,
    Redirect,
    Unavailable,
    exact,
    origins,
    packet,
    settle,
)
from bpf_lint.model.context import HookContext

Facts = dict[str, Any]


def hook_facts(hook: HookContext, kernel: KernelModel) -> Facts:
    """Facts of the context alone."""
    kind = kernel.devices.get(hook.device_kind, DeviceKind())
    return {
        "skb.netns": hook.skb_netns,
        "hook.name": hook.hook,
        "hook.at_ingress": int(hook.at_ingress),
        "hook.ingress_ifindex_zero": int(hook.ingress_ifindex_zero),
        "hook.sends_back": kernel.hooks[hook.hook].sends_back,
        "device.name": hook.device,
        "device.kind": hook.device_kind,
        "device.l2_header": int(hook.l2_header),
        "device.has_peer": int(kind.has_peer),
        "device.peer_netns": hook.peer_netns,
        "program_type": hook.program_type,
        "mode": hook.mode,
        "entry": hook.entry,
    }


def event_facts(payload: Payload) -> Facts:
    """Facts of what happens, whatever its target."""
    match payload:
        case Redirect():
            return {**_call_facts(payload), **_redirect_facts(payload)}
        case FibLookup():
            return _call_facts(payload)
        case Unavailable():
            return {"helper": f"bpf_{payload.helper}"}
        case FibUse():
            return {"unset": payload.what, "use": payload.how}
        case Narrow():
            return {"cut": f"when it is stored in {payload.name}" if payload.name else "here"}
    return {}


def _call_facts(payload: Redirect | FibLookup) -> Facts:
    return {
        "helper": f"bpf_{payload.helper}",
        "cut": f"on its way to bpf_{payload.helper}()",
        "target.unknown": int(UNKNOWN in payload.target),
        "target.zero": int(0 in payload.target),
        "target.only": int(len(payload.target) == 1),
    }


def _redirect_facts(payload: Redirect) -> Facts:
    """Facts of a redirect: packet facts are what is certain on the path."""
    flags = exact(payload.flags)
    told = dict(zip(packet.FACTS, payload.packet, strict=True))
    return {
        "flags": flags if flags is not None else 0,
        "flags.known": int(flags is not None),
        "used": int(payload.used),
        "nexthop.given": int(exact(payload.nexthop) != 0),
        "packet.l2_header": int(not packet.is_clear(told["l2_header"])),
        "packet.metadata_dst": int(packet.is_set(told["metadata_dst"])),
        "packet.reshaped": int(not packet.is_clear(told["reshaped"])),
        "packet.readdressed": int(not packet.is_clear(told["readdressed"])),
        "rearmed": int(payload.armed is not None),
    }


class KnownDevice(NamedTuple):
    """What is known of a device of the profile."""

    l2_header: bool
    has_peer: bool


def known_devices(kernel: KernelModel, profile: Profile) -> dict[str, KnownDevice]:
    """Devices of a profile by name, those of unknown kind left out."""
    found = {}
    for name, device in profile.devices.items():
        if device.kind == "unknown" or device.kind not in kernel.devices:
            continue
        kind = kernel.devices[device.kind]
        header = kind.l2_header if device.l2_header is None else device.l2_header
        found[name] = KnownDevice(header, kind.has_peer)
    return found


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
        return {
            "target.known": 0,
            "target.netns": "",
            "target.origin": "",
            "target.symbol": "",
            "target.device": "",
            "target.bits": 32,
            "target.via_map": 0,
            "target.l2_header": 0,
            "target.no_peer": 0,
            "target.self": 0,
            "target.absent": 0,
        }
    fixed = settle(atom, hook)
    device = devices.get(fixed.device)
    return {
        "target.known": int(not atom.zero),
        "target.netns": fixed.netns,
        "target.origin": describe(fixed),
        "target.symbol": fixed.symbol,
        "target.device": fixed.device,
        "target.bits": fixed.narrow,
        "target.via_map": int(fixed.via is not None),
        "target.l2_header": int(device is not None and device.l2_header),
        "target.no_peer": int(device is not None and not device.has_peer),
        "target.self": int(_is_own(atom, own)),
        "target.absent": int(atom.zero),
    }


def _is_own(atom: Origin, own: frozenset[str]) -> bool:
    """True for the number of skb->dev, read from the context of this packet."""
    return atom.symbol in own and atom.via is None and not atom.zero


def refusal(facts: Facts) -> str:
    """Why bpf_redirect_peer() cannot work, in words."""
    if not facts["hook.at_ingress"]:
        kind = facts["device.kind"]
        return (
            "works only at tc ingress, but this program runs at "
            f"{facts['hook.name']} of a {kind} device"
        )
    return f"is given {facts['target.device']}, which has no peer"


def describe(atom: Origin) -> str:
    """An origin in words: the symbol, and the map it travelled through."""
    if atom.via is None:
        return atom.symbol
    return f"{atom.symbol}, kept in the map {atom.via.base.name}"


def targets(payload: Payload) -> list[Origin]:
    """What the ifindex can be, as far as it is known, one for each root."""
    if isinstance(payload, Narrow):
        return [payload.atom]
    if not isinstance(payload, (Redirect, FibLookup)):
        return []
    seen: dict[tuple[object, ...], Origin] = {}
    for atom in origins(payload.target):
        seen.setdefault((atom.symbol, atom.netns, atom.place, atom.zero), atom)
    return list(seen.values())


__all__ = [
    "Facts",
    "KnownDevice",
    "describe",
    "event_facts",
    "hook_facts",
    "known_devices",
    "target_facts",
    "targets",
]
