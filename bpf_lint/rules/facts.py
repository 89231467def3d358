"""Facts of an event that a rule's condition and texts can name."""

from __future__ import annotations

from typing import Any

from bpf_lint.config.schema import DeviceKind, KernelModel
from bpf_lint.dataflow.events import FibLookup, Redirect
from bpf_lint.dataflow.instance import Instance
from bpf_lint.dataflow.shared import settle
from bpf_lint.dataflow.values import SKB_NETNS, UNKNOWN, Origin, exact, origins
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
        "device.name": hook.device,
        "device.kind": hook.device_kind,
        "device.l2_header": int(hook.l2_header),
        "device.has_peer": int(kind.has_peer),
        "device.peer_netns": hook.peer_netns,
        "program_type": hook.program_type,
        "mode": hook.mode,
        "entry": hook.entry,
        "function": "",
    }


def event_facts(payload: Redirect | FibLookup) -> Facts:
    """Facts of the call, whatever its target."""
    flags = exact(payload.flags) if isinstance(payload, Redirect) else None
    return {
        "helper": f"bpf_{payload.helper}",
        "flags": flags if flags is not None else 0,
        "flags.known": int(flags is not None),
        "used": int(payload.used) if isinstance(payload, Redirect) else 1,
        "target.unknown": int(UNKNOWN in payload.target),
        "target.zero": int(0 in payload.target),
    }


def target_facts(atom: Origin | None, hook: HookContext, device_netns: str) -> Facts:
    """Facts of one thing the ifindex can be; `atom` None where its origin is not known."""
    if atom is None:
        return {
            "target.known": 0,
            "target.netns": "",
            "target.origin": "",
            "target.symbol": "",
            "target.device": "",
            "target.bits": 32,
            "target.via_map": 0,
        }
    fixed = settle(atom, hook, device_netns)
    return {
        "target.known": 1,
        "target.netns": fixed.netns,
        "target.origin": describe(fixed),
        "target.symbol": fixed.symbol,
        "target.device": fixed.device,
        "target.bits": fixed.narrow,
        "target.via_map": int(fixed.via is not None),
    }


def describe(atom: Origin) -> str:
    """An origin in words: the symbol, and the map it travelled through."""
    if atom.via is None:
        return atom.symbol
    return f"{atom.symbol}, kept in the map {map_name(atom.via.base)}"


def map_name(base: str) -> str:
    """The name of the map behind a memory base."""
    return base[2:].rsplit("/", 1)[-1].removesuffix(">inner")


def targets(payload: Redirect | FibLookup) -> list[Origin]:
    """What the ifindex can be, as far as it is known, one for each root."""
    seen: dict[tuple[object, ...], Origin] = {}
    for atom in origins(payload.target):
        seen.setdefault((atom.symbol, atom.netns, atom.place), atom)
    return list(seen.values())


def device_netns(instance: Instance, fallback: dict[str, str]) -> str:
    """Namespace of the device that an instance's program is attached to."""
    return fallback.get(instance.key.hook.device, instance.key.hook.skb_netns)


__all__ = [
    "SKB_NETNS",
    "Facts",
    "describe",
    "device_netns",
    "event_facts",
    "hook_facts",
    "map_name",
    "target_facts",
    "targets",
]
