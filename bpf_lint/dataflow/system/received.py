"""What is true of a packet, and of the context, when a program begins."""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.config.kernel_schema import DeviceKind, KernelModel
from bpf_lint.dataflow.domain import header, layout, packet, protocol
from bpf_lint.dataflow.domain.atoms import (
    SKB_NETNS,
    UNKNOWN,
    ZERO,
    Value,
    content,
    number,
    origin,
    pointing,
)
from bpf_lint.dataflow.domain.base import CONTEXT, FRAME, PACKET, Base
from bpf_lint.dataflow.domain.classes import merge
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.engine.context import Followed
from bpf_lint.dataflow.engine.events import TailCall
from bpf_lint.model.context import HookContext

# Context and scratch memory at the start of a program, by base.
EntryState = dict[Base, Region]


def entry_state(hook: HookContext, follows: frozenset[Followed]) -> EntryState:
    """What is true of a packet when it reaches a hook."""
    entry: EntryState = {PACKET: packet_facts(hook, follows)}
    if "frame" in follows:
        entry[FRAME] = header.received(hook.l2_header)
    return entry


def packet_facts(hook: HookContext, follows: frozenset[Followed]) -> Region:
    """What is true of a packet when it reaches a hook."""
    facts = {"l2_header": hook.l2_header, "metadata_dst": hook.metadata_dst}
    region = {
        at: (packet.BITS, number(int(facts.get(name, False)))) for name, at in packet.FACTS.items()
    }
    if "layout" in follows:
        region[layout.CHANGES] = (packet.BITS, ZERO)
    return region


def context_facts(
    hook: HookContext, unit: ir.Unit, kernel: KernelModel, follows: frozenset[Followed]
) -> Region:
    """What members of the context hold at a hook."""
    region: Region = {}
    kind = kernel.devices.get(hook.device_kind, DeviceKind())
    received = frozenset(kind.packet_types if hook.at_ingress else ())
    for member in kernel.context:
        place = unit.layouts.get(f"{member.record}.{member.field}")
        if place is None or member.record != kernel.hooks[hook.hook].record:
            continue
        offset, bits = place
        name = f"{member.record}.{member.field}"
        if member.meaning == "ifindex":
            region[offset] = (bits, frozenset([origin(name, SKB_NETNS, device=hook.device)]))
        elif member.meaning == "ingress_ifindex":
            region[offset] = (bits, ingress_ifindex(hook, name, kernel))
        elif member.meaning == "packet_type" and "type" in follows and received:
            region[offset] = (bits, received)
        elif member.meaning == "frame":
            region[offset] = (bits, pointing(FRAME))
        elif member.meaning == "protocol":
            region[offset] = (bits, protocol.READ)
        elif (member.meaning == "number" and "numbers" in follows) or (
            member.meaning == "mark" and "mark" in follows
        ):
            region[offset] = (bits, frozenset([UNKNOWN, content(CONTEXT, offset)]))
    return region


def ingress_ifindex(hook: HookContext, name: str, kernel: KernelModel) -> Value:
    """0, the receiving device, or either, by the hook."""
    received = frozenset([origin(name, SKB_NETNS, device=hook.device)])
    absent = frozenset([origin(name, SKB_NETNS, zero=True)])
    match kernel.hooks[hook.hook].ingress_ifindex:
        case "zero":
            return absent
        case "device":
            return received
    return received | absent


def arriving(entry: EntryState, call: TailCall) -> EntryState:
    """Context and scratch memory that the called program starts with."""
    regions: EntryState = dict(entry)
    for base, cells in call.scratch:
        above = {start: (width, value) for start, width, value in cells}
        regions[base] = merge(regions.get(base), above)
    return regions
