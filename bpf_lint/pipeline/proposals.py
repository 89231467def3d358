"""What of a configuration is missing: unknown numbers, traced to what they come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bpf_lint.callgraph.numbers import Source, sources
from bpf_lint.config.cexpr import prototype
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect
from bpf_lint.config.kernel_schema import Helper, KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.ir.nodes import Unit
from bpf_lint.model.proposal import Proposal

Site = tuple[str, int]  # path and line of a call


def redirects_of(kernel: KernelModel) -> Mapping[str, Helper]:
    """The helpers that are given the ifindex of a device to send to, by name."""
    kinds = (RedirectEffect, CloneRedirectEffect)
    return {name: one for name, one in kernel.helpers.items() if isinstance(one.effect, kinds)}


def redirect_positions(kernel: KernelModel) -> Mapping[int, int]:
    """Numbers of these helpers, and the position of the ifindex."""
    found = {}
    for one in redirects_of(kernel).values():
        assert isinstance(one.effect, RedirectEffect | CloneRedirectEffect)
        names = [parameter.name for parameter in prototype(one.prototype).parameters]
        found[one.number] = names.index(one.effect.ifindex)
    return found


def proposals(
    units: Collection[tuple[Unit, Profile]], kernel: KernelModel, sites: Collection[Site] | None
) -> tuple[Proposal, ...]:
    """What numbers come from, and nobody has told the namespace of.

    Args:
        units: Programs, each with what is configured for it.
        sites: Calls that are asked about; None for all.
    """
    redirects = redirect_positions(kernel)
    found: dict[Source, set[str]] = {}
    for unit, profile in units if sites is None or sites else ():
        known = {one.name for one in profile.symbols} | {one.field for one in profile.fields}
        for place, given in sources(unit, redirects).items():
            if sites is None or (place.path, place.line) in sites:
                for one in given:
                    if one.name not in known and not _of_kernel(one, unit):
                        found.setdefault(one, set()).add(str(place))
    return tuple(
        sorted(Proposal(one.kind, one.name, tuple(sorted(at))) for one, at in found.items())
    )


def _of_kernel(one: Source, unit: Unit) -> bool:
    """True for a member of a record that the kernel fills."""
    records = {name.split(".")[0] for name in unit.layouts}
    return one.kind == "member" and one.name.split(".")[0] in records
