"""What of a configuration is missing: unknown numbers, traced to what they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from bpf_lint.callgraph.numbers import Source, sources
from bpf_lint.config.cexpr import prototype
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect
from bpf_lint.config.kernel_schema import Helper, KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.ir.nodes import Unit
from bpf_lint.model.proposal import Proposal

Site = tuple[str, int]  # path and line of a call
Described = tuple[str, Unit, Profile]


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
    units: Collection[Described], kernel: KernelModel, sites: Collection[Site] | None
) -> tuple[Proposal, ...]:
    """What numbers come from, and nobody has told the namespace of.

    Args:
        units: Programs, as profiles match them, each with what is configured for it.
        sites: Calls that are asked about; None for all.
    """
    redirects = redirect_positions(kernel)
    found: dict[Source, set[str]] = {}
    apart: dict[Source, set[str]] = {}  # programs, where others are told
    for program, unit, profile in units if sites is None or sites else ():
        told = dict(_told(profile))
        known = {name for name, globs in told.items() if _holds(globs, program)}
        for place, given in sources(unit, redirects).items():
            if sites is None or (place.path, place.line) in sites:
                for one in given:
                    if one.name not in known and not _of_kernel(one, unit):
                        found.setdefault(one, set()).add(str(place))
                        if one.name in told:
                            apart.setdefault(one, set()).add(program)
    return tuple(
        sorted(
            Proposal(
                one.kind, one.name, tuple(sorted(at)), programs=tuple(sorted(apart.get(one, ())))
            )
            for one, at in found.items()
        )
    )


def _told(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    """Each name with a meaning, and the globs of the programs that have it; none for all."""
    globs: dict[str, list[list[str]]] = {}
    for symbol in profile.symbols:
        globs.setdefault(symbol.name, []).append(symbol.programs)
    for member in profile.fields:
        globs.setdefault(member.field, []).append(member.programs)
    for name, several in globs.items():
        yield name, [glob for one in several for glob in one] if all(several) else []


def _holds(globs: Collection[str], program: str) -> bool:
    return not globs or any(fnmatchcase(program, glob) for glob in globs)


def _of_kernel(one: Source, unit: Unit) -> bool:
    """True for a member of a record that the kernel fills."""
    records = {name.split(".")[0] for name in unit.layouts}
    return one.kind == "member" and one.name.split(".")[0] in records
