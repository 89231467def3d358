"""A program at one hook: its entry state, and answers to reads of memory nobody has written."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.config.schema import KernelModel
from bpf_lint.dataflow import memory
from bpf_lint.dataflow.binding import Binding, variable_value
from bpf_lint.dataflow.events import Event
from bpf_lint.dataflow.memo import Outcome
from bpf_lint.dataflow.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.shared import SharedMaps
from bpf_lint.dataflow.state import Read
from bpf_lint.dataflow.values import (
    ANY,
    NONE,
    SKB_NETNS,
    ZERO,
    Value,
    join,
    number,
    origin,
    pointing,
)
from bpf_lint.model.context import HookContext


class InstanceKey(NamedTuple):
    """A program of a unit, run under one hook context."""

    unit: str
    function: str
    hook: HookContext


class Instance:
    """One program under one hook.

    Args:
        entry: Context and scratch memory at the start, joined over all that lead here.
        before: The instance and tail call that first led here, None for an entry.
        outcome: Result of the last run.
    """

    def __init__(self, key: InstanceKey, binding: Binding, kernel: KernelModel) -> None:
        self.key = key
        self.binding = binding
        self.entry: dict[str, Region] | None = None
        self.before: tuple[InstanceKey, Event] | None = None
        self.outcome: Outcome | None = None
        self._facts = context_facts(key.hook, binding.unit, kernel)

    def arrive(self, regions: dict[str, Region]) -> bool:
        """Join an entry state; True where it says anything new."""
        if self.entry is None:
            self.entry = regions
            return True
        joined = {}
        for base, region in self.entry.items():
            other = regions.get(base)
            if other:
                joined[base] = meet(region, other)
        changed = joined != self.entry
        self.entry = joined
        return changed

    def parameters(self) -> tuple[Value, ...]:
        """Arguments of the program: its context."""
        return (pointing("ctx"),)

    def answer(self, read: Read, shared: SharedMaps) -> Value | Slice:
        """Answer a read of memory that the program has not written."""
        base, offset, bits, ranged = read
        if base == "hook":
            return frozenset([self.key.hook.program_type])
        if base.startswith("symbol:"):
            return self.binding.symbols.get(base[7:], NONE)
        if base[0] == "M":
            return shared.take(base, offset, bits) if ranged else shared.load(base, offset, bits)
        region = self._region(base)
        if ranged:
            return memory.take(region, offset, bits)
        found = memory.load(region, offset, bits)
        if found is None:
            return ANY
        return found

    def _region(self, base: str) -> Region:
        if base.startswith("G:"):
            return variable_region(self.binding, base[2:])
        region = (self.entry or {}).get(base, EMPTY)
        if base == "ctx":
            return {**self._facts, **region}
        return region


def context_facts(hook: HookContext, unit: ir.Unit, kernel: KernelModel) -> Region:
    """What members of the context hold at a hook."""
    region: Region = {}
    for member in kernel.context:
        place = unit.layouts.get(f"{member.record}.{member.field}")
        program_record = "xdp_md" if hook.program_type == "xdp" else "__sk_buff"
        if place is None or member.record != program_record:
            continue
        offset, bits = place
        name = f"{member.record}.{member.field}"
        if member.meaning == "ifindex":
            region[offset] = (bits, frozenset([origin(name, SKB_NETNS, device=hook.device)]))
        elif member.meaning == "ingress_ifindex":
            region[offset] = (bits, ingress_ifindex(hook, name, kernel))
    return region


def ingress_ifindex(hook: HookContext, name: str, kernel: KernelModel) -> Value:
    """0, the receiving device, or either, by the hook."""
    received = frozenset([origin(name, SKB_NETNS, device=hook.device)])
    match kernel.hooks[hook.hook].ingress_ifindex:
        case "zero":
            return ZERO
        case "device":
            return received
    return join(received, ZERO)


def variable_region(binding: Binding, name: str) -> Region:
    """Contents of a file-scope variable."""
    variable = binding.unit.variables.get(name)
    known = variable_value(binding, name)
    bits = variable.bits if variable else 0
    if known is not None:
        return {0: (bits or 32, known)}
    fixed = variable is not None and variable.constant and variable.defined
    if variable is None or not fixed or "volatile" in variable.type_name:
        return EMPTY
    region: Region = {0: (bits, ZERO)} if bits else {}
    for initial in variable.initial:
        value = pointing("G:" + initial.address) if initial.address else number(initial.value)
        region = memory.store(region, initial.offset, initial.bits, value)
    return region


def meet(left: Region, right: Region) -> Region:
    """Cells that two arrivals both know; what one does not know is unknown."""
    result: Region = {}
    for start, (width, value) in left.items():
        other = memory.load(right, start, width)
        if other is not None:
            result[start] = (width, join(value, other))
    return result
