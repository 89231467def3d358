"""Binds one unit of a system: the memory its globals name, and what the profile knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from bpf_lint import ir
from bpf_lint.callgraph.calls import Calls
from bpf_lint.config.cexpr import condition, prototype
from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.config.kernel_schema import Helper, KernelModel, MapKind
from bpf_lint.config.schema import FieldMeaning, Profile, SymbolMeaning
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import DEVICE_NETNS, Atom, Value, absent, number, origin
from bpf_lint.dataflow.domain.base import Base, Kind, base, stored
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.engine.environment import (
    Environment,
    FixedMember,
    HelperModel,
    Meaning,
)
from bpf_lint.model.place import NOWHERE


class Binding:
    """A unit with its environment and the values of its named constants.

    Attributes:
        regions: Contents of file-scope variables, by base, once they have been read.
        initials: The ifindexes among their initial values, the same way.
    """

    def __init__(
        self,
        job: SystemJob,
        unit_job: UnitJob,
        unit: ir.Unit,
        kernel: KernelModel,
        profile: Profile,
        helpers: Mapping[int, HelperModel],
        calls: Calls,
    ) -> None:
        self.job = unit_job
        self.unit = unit
        self.regions: dict[Base, Region] = {}
        self.initials: dict[Base, Region] = {}
        self.symbols = {
            meaning.name: symbol_value(meaning)
            for meaning in profile.symbols
            if _applies(meaning, job, unit_job)
        }
        ordered = sorted(profile.fields, key=lambda one: bool(one.programs))
        meant = [meaning for meaning in ordered if _is_in(meaning, job, unit_job)]
        fields = {meaning.field: field_value(meaning) for meaning in meant}
        bases = {
            name: map_base(declared, unit_job.name, kernel) for name, declared in unit.maps.items()
        }
        scratch = {
            name: base(Kind.SCRATCH, unit_job.name, name)
            for name, variable in unit.variables.items()
            if variable.section in profile.scratch_sections
        }
        bases.update(scratch)
        self.environment = Environment(
            unit,
            helpers,
            bases,
            frozenset(m.name for m in profile.symbols),
            fields,
            fixed_members(unit, kernel),
            frozenset(profile.patched_sections),
            frozenset(scratch.values()),
            job.kernel,
            {
                **{name: value for name, value in unit_job.values.items() if "." in name},
                **depending_fields(meant),
            },
            calls,
        )
        self.environment.ordered = frozenset(kernel.network_order)

    def stored(self, variable: Base) -> Base:
        """Where stores into a file-scope variable meet: of this unit, or of all linked by it."""
        declared = self.unit.variables.get(variable.name)
        return stored("" if declared and declared.linked else self.job.name, variable)


def fixed_members(unit: ir.Unit, kernel: KernelModel) -> tuple[FixedMember, ...]:
    """Members of the context that neither programs nor helpers write."""
    return tuple(
        sorted(
            FixedMember(
                frozenset(
                    one.program_type for one in kernel.hooks.values() if one.record == member.record
                ),
                *place,
            )
            for member in kernel.context
            if member.meaning in ("ifindex", "ingress_ifindex")
            and (place := unit.layouts.get(f"{member.record}.{member.field}"))
        )
    )


def _applies(meaning: SymbolMeaning, job: SystemJob, unit_job: UnitJob) -> bool:
    holds = condition(meaning.when).holds(unit_job.defines)
    return _is_in(meaning, job, unit_job) and bool(holds)


def _is_in(meaning: SymbolMeaning | FieldMeaning, job: SystemJob, unit_job: UnitJob) -> bool:
    """True in the modes and programs that a meaning is for."""
    programs = meaning.programs
    return (not meaning.modes or job.mode in meaning.modes) and (
        not programs or any(fnmatchcase(unit_job.program, glob) for glob in programs)
    )


def symbol_value(meaning: SymbolMeaning) -> Value:
    """What a symbol with a meaning can be."""
    netns = DEVICE_NETNS if meaning.netns == "device" else meaning.netns
    return _device_number(meaning.name, netns, meaning.device, meaning.zero)


def field_value(meaning: FieldMeaning) -> Value:
    """What a member with a meaning can be."""
    return _device_number(meaning.field, meaning.netns, meaning.device, meaning.zero)


def depending_fields(meant: Sequence[FieldMeaning]) -> dict[str, tuple[Meaning, ...]]:
    """What members can be that depend on others, each by what it depends on."""
    names = {one.field for one in meant if one.members()}
    return {name: tuple(_meaning(one) for one in meant if one.field == name) for name in names}


def _meaning(one: FieldMeaning) -> Meaning:
    under = tuple((name, tuple(numbers)) for name, numbers in one.under.items())
    return Meaning(field_value(one), under, tuple(one.flags.items()), tuple(one.without.items()))


def _device_number(name: str, netns: str, device: str, zero: bool | None) -> Value:
    atoms: set[Atom] = {origin(name, netns, NOWHERE, device=device)}
    if zero is None:
        atoms.add(absent(name))
    elif zero:
        atoms.add(0)
    return frozenset(atoms)


_KINDS = {
    "shared": Kind.MAP,
    "programs": Kind.PROGRAMS,
    "devices": Kind.DEVICES,
    "maps": Kind.MAPS,
    "opaque": Kind.OPAQUE,
}


def map_base(declared: ir.Map, unit: str, kernel: KernelModel) -> Base:
    """The memory base of a map: by name where objects share it, by object where not."""
    owner = "" if declared.pinned else unit
    sharing = kernel.maps.get(declared.kind, MapKind()).sharing
    if sharing == "run":
        scratch = 1 <= declared.max_entries <= limits.SCRATCH
        return base(Kind.SCRATCH if scratch else Kind.MAP, owner, declared.name)
    return base(_KINDS[sharing], owner, declared.name)


def helper_models(kernel: KernelModel, oldest: str = "") -> Mapping[int, HelperModel]:
    """Helpers by number, their prototypes read when first asked for.

    Args:
        oldest: Version of the oldest kernel that they have to be right for; "" for the newest.
    """
    return _Helpers(kernel, oldest)


class _Helpers(dict[int, HelperModel]):
    def __init__(self, kernel: KernelModel, oldest: str) -> None:
        super().__init__()
        self._oldest = oldest
        self._by_number = {helper.number: (name, helper) for name, helper in kernel.helpers.items()}

    def get(self, number: int, default: object = None) -> HelperModel | None:  # type: ignore[override]
        found = super().get(number)
        if found is None and number in self._by_number:
            name, helper = self._by_number[number]
            helper = as_before(helper, self._oldest)
            parameters = prototype(helper.prototype).parameters
            positions = {parameter.name: at for at, parameter in enumerate(parameters)}
            found = self[number] = HelperModel(name, helper, positions)
        return found


def as_before(helper: Helper, oldest: str) -> Helper:
    """A helper as kernels have it since a version; "" for the newest."""
    effect = helper.effect
    if not isinstance(effect, FibLookupEffect):
        return helper
    older = [v for v in effect.answers_before if oldest and version(oldest) < version(v)]
    if not older:
        return helper
    answers = effect.answers_before[min(older, key=version)]
    return msgspec.structs.replace(helper, effect=msgspec.structs.replace(effect, answers=answers))


def version(text: str) -> tuple[int, ...]:
    """A kernel's version, to be compared."""
    return tuple(int(part) for part in text.split("."))


def variable_value(binding: Binding, name: str) -> Value | None:
    """The value user space gives a whole variable: by meaning, else by the job, else None."""
    known = binding.symbols.get(name)
    if known is not None:
        return known
    value = binding.job.values.get(name)
    return None if value is None else number(value)
