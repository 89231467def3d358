"""Which functions of a program are attached, and the context each attachment gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from bpf_lint import ir
from bpf_lint.config.cexpr import condition
from bpf_lint.config.kernel_schema import DeviceKind, Hook, KernelModel
from bpf_lint.config.schema import Attachment, Device, Profile
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.model.context import HookContext


def attached(
    job: SystemJob, unit_job: UnitJob, unit: ir.Unit, profile: Profile, kernel: KernelModel
) -> list[tuple[HookContext, str]]:
    """Every (context, function) that the profile attaches in a program of a system."""
    macros = macros_of(unit_job)
    found: dict[HookContext, str] = {}
    for attachment in profile.attachments:
        if not applies_in(attachment, job) or not fnmatchcase(unit_job.program, attachment.program):
            continue
        if not condition(attachment.when).holds(macros):
            continue
        device = profile.devices[attachment.device]
        for function in entries(attachment, unit):
            if _is_of_another_type(attachment, unit.functions[function], profile, kernel):
                continue
            entry = shown(attachment, unit, function)
            found[context_of(job, unit_job, attachment, entry, device, kernel)] = function
    return sorted(found.items())


def _is_of_another_type(
    attachment: Attachment, function: ir.Function, profile: Profile, kernel: KernelModel
) -> bool:
    """True where a function has an attachment's name, and its section tells another type.

    An XDP program may be called "ingress".
    """
    if _names(attachment, function.section):
        return False
    types = {
        kernel.hooks[one.hook].program_type
        for one in profile.attachments
        if _names(one, function.section)
    }
    return bool(types) and kernel.hooks[attachment.hook].program_type not in types


def _names(attachment: Attachment, name: str) -> bool:
    return any(fnmatchcase(name, entry) for entry in attachment.entries)


def applies_in(attachment: Attachment, job: SystemJob) -> bool:
    """True in the mode and the configuration of an attachment."""
    return (not attachment.modes or job.mode in attachment.modes) and (
        not attachment.configurations or job.configuration in attachment.configurations
    )


def macros_of(unit_job: UnitJob) -> Mapping[str, int | str]:
    """What a profile's `when` can name: the program's macros and load-time constants."""
    return {**_numbers(unit_job.defines), **unit_job.values}


def _numbers(defines: Mapping[str, str]) -> dict[str, int | str]:
    """Macro values as numbers where they are; a macro without a value counts as 1."""
    values: dict[str, int | str] = {}
    for name, text in defines.items():
        try:
            values[name] = int(text or "1", 0)
        except ValueError:
            values[name] = text
    return values


def entries(attachment: Attachment, unit: ir.Unit) -> Iterator[str]:
    """Functions that an attachment names by function or section, globs allowed."""
    for name in unit.entries:
        if _names(attachment, name) or _names(attachment, unit.functions[name].section):
            yield name


def shown(attachment: Attachment, unit: ir.Unit, function: str) -> str:
    """The name people know an entry by: its section where the profile names that one, alone."""
    section = unit.functions[function].section
    if section not in attachment.entries or function in attachment.entries:
        return function
    alone = sum(unit.functions[name].section == section for name in unit.entries) == 1
    return section if alone else function


def context_of(
    job: SystemJob,
    unit_job: UnitJob,
    attachment: Attachment,
    entry: str,
    device: Device,
    kernel: KernelModel,
) -> HookContext:
    """The context of one attachment."""
    hook: Hook = kernel.hooks[attachment.hook]
    kind: DeviceKind = kernel.devices.get(device.kind, DeviceKind())
    inside = hook.device_side == "peer"
    return HookContext(
        mode=job.mode,
        configuration=job.configuration,
        program=unit_job.name,
        entry=entry,
        hook=attachment.hook,
        device=attachment.device,
        device_kind=device.kind,
        skb_netns=device.peer_netns if inside and device.peer_netns else device.netns,
        peer_netns=device.netns if inside else device.peer_netns,
        at_ingress=hook.at_ingress,
        l2_header=hook.l2_header
        and (kind.l2_header if device.l2_header is None else device.l2_header),
        ingress_ifindex_zero=hook.ingress_ifindex == "zero",
        program_type=hook.program_type,
        metadata_dst=device.collect_metadata and hook.at_ingress,
        device_netns=device.netns,
    )
