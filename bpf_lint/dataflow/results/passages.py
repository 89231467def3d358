"""How the programs at each hook end with a packet: redirects that are carried out, and verdicts."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.dataflow.engine.events import TailCall
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Whole
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.registry import KINDS
from bpf_lint.dataflow.system.instance import Arrival, Instance
from bpf_lint.dataflow.system.shared import at_hook
from bpf_lint.dataflow.system.site import site_of
from bpf_lint.dataflow.system.system import System
from bpf_lint.model.context import HookContext
from bpf_lint.model.integers import wrap
from bpf_lint.model.journey import Exit, Jump, Passage, Verdict
from bpf_lint.model.place import Place

INGRESS = 1  # BPF_F_INGRESS of include/uapi/linux/bpf.h


def passages(system: System, kernel: KernelModel) -> list[Passage]:
    """One for each attachment of a system; its redirects have to be observed."""
    whole = Whole(system, kernel, frozenset())
    found: dict[HookContext, dict[Exit, Exit]] = {hook: {} for hook in system.entries}
    for instance in system.instances.values():
        kept = found[instance.key.hook]
        for arrival in instance.arrivals:
            for one in _exits(whole, instance, arrival):
                alike = msgspec.structs.replace(one, through=())
                known = kept.get(alike, one)
                kept[alike] = min(known, one, key=lambda each: (len(each.through), each.through))
    return [
        Passage(hook, tuple(sorted(found[hook].values())), _place(system, hook))
        for hook in sorted(found)
    ]


def jumps(system: System) -> list[Jump]:
    """The tail calls that some path of a system makes."""
    found: set[Jump] = set()
    for instance in system.instances.values():
        unit, functions = instance.key.unit, instance.binding.unit.functions
        for event in instance.events():
            if isinstance(event.payload, TailCall):
                site = site_of(event, instance.key.function, functions)
                for target in system.targets(unit, event.payload):
                    callee = system.units[target.unit].functions[target.function]
                    caller = functions[site.function]
                    found.add(
                        Jump(caller.name, caller.place, callee.name, callee.place, site.place)
                    )
    return sorted(found)


def _place(system: System, hook: HookContext) -> Place:
    unit, function = system.entries[hook]
    return system.units[unit].functions[function].place


def _exits(whole: Whole, instance: Instance, arrival: Arrival) -> Iterator[Exit]:
    through = tuple(_through(instance, arrival))
    yield from _redirects(whole, instance, arrival, through)
    function = instance.key.function
    place = instance.binding.unit.functions[function].place
    for verdict in sorted(_verdicts(whole.kernel, instance, arrival)):
        yield Exit(verdict, "", place, function, through)


def _through(instance: Instance, arrival: Arrival) -> list[str]:
    """Programs that tail calls have led through, this one last; none at the hook."""
    names: list[str] = []
    seen: set[int] = set()
    while arrival.before is not None and id(arrival) not in seen:
        seen.add(id(arrival))
        names.append(instance.key.function)
        instance, arrival, _ = arrival.before
    return names[::-1]


def _redirects(
    whole: Whole, instance: Instance, arrival: Arrival, through: tuple[str, ...]
) -> Iterator[Exit]:
    """Redirects that the program can end with the verdict of."""
    hook, fates = instance.key.hook, whole.of(Fates)
    for event in arrival.outcome.events:
        payload = event.payload
        if not isinstance(payload, Redirect):
            continue
        site = site_of(event, instance.key.function, instance.binding.unit.functions)
        if not fates.outcomes(instance, arrival, event, site)["returned"]:
            continue
        ingress = bool((exact(payload.flags) or 0) & INGRESS) and payload.helper != "redirect_map"
        base = Exit("redirect", payload.helper, site.place, site.function, through, ingress=ingress)
        atoms = KINDS[payload.kind].targets(payload)
        for atom in (at_hook(one, hook) for one in atoms):
            if not atom.zero:
                yield msgspec.structs.replace(
                    base,
                    symbol=atom.symbol,
                    netns=atom.netns,
                    device=atom.device,
                    kept=atom.via.base.name if atom.via else "",
                    own=atom.via is None and atom.symbol in _own(whole.kernel, hook),
                )
        if not atoms:
            yield base


def _own(kernel: KernelModel, hook: HookContext) -> frozenset[str]:
    """Members of the context that hold the number of `skb->dev`."""
    data = kernel.hooks[hook.hook]
    return frozenset(
        f"{one.record}.{one.field}"
        for one in kernel.context
        if one.meaning == "ifindex"
        or (one.meaning == "ingress_ifindex" and data.ingress_ifindex == "device")
    )


def _verdicts(kernel: KernelModel, instance: Instance, arrival: Arrival) -> set[Verdict]:
    """What the program can end with besides a redirect."""
    hook = kernel.hooks[instance.key.hook.hook]
    found: set[Verdict] = set()
    for result in arrival.outcome.results:
        for atom in result.value:
            number = wrap(atom, 32, True) if type(atom) is int else None
            if number is not None and number == hook.redirect_verdict:
                continue
            if number in hook.drop_verdicts:
                found.add("drop")
            elif number in hook.back_verdicts:
                found.add("back")
            else:
                found.add("pass")
    return found
