"""Journeys of everything that is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from bpf_lint.config.cexpr import condition
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.hooks import applies_in, context_of, macros_of
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.journeys import Network, found
from bpf_lint.model.journey import Exit, Journey, Passage
from bpf_lint.model.place import Place
from bpf_lint.pipeline.analyse import Answer
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Setup

_NOWHERE = "device"  # where programs are of which nobody says what they are attached to


def journeys(setup: Setup, parsed: Parsed, answers: Sequence[Answer]) -> list[Journey]:
    """The journeys of all systems, of which the answers have the passages, in their order."""
    told: list[Journey] = []
    left = iter(answers)
    for plan in setup.plans:
        profile = plan.workspace.profile
        own = [(system, next(left)) for system in plan.systems]
        told += found(_networks(setup.catalogue.kernel, profile, parsed, own), profile.devices)
    return told


def _networks(
    kernel: KernelModel, profile: Profile, parsed: Parsed, own: Iterable[tuple[SystemJob, Answer]]
) -> Iterator[Network]:
    for system, answer in own:
        if not answer.passages:
            continue  # nothing is attached, or it was not analysed: all would seem to pass
        passages = (*answer.passages, *_unread(system, profile, parsed, kernel))
        used = {one.hook.device for one in passages}
        devices = {
            name: device
            for name, device in profile.devices.items()
            if (not device.modes or system.mode in device.modes)
            and (device.netns != _NOWHERE or name in used)
        }
        yield Network(system.mode, system.configuration, devices, passages, kernel)


def _unread(
    system: SystemJob, profile: Profile, parsed: Parsed, kernel: KernelModel
) -> Iterator[Passage]:
    """Where programs are attached that could not be read: nobody knows what they do."""
    for unit in system.units:
        if unit_key(unit) in parsed.units:
            continue
        for attachment in profile.attachments:
            if (
                applies_in(attachment, system)
                and fnmatchcase(unit.program, attachment.program)
                and condition(attachment.when).holds(macros_of(unit))
            ):
                device = profile.devices[attachment.device]
                entry = ", ".join(attachment.entries)
                hook = context_of(system, unit, attachment, entry, device, kernel)
                yield Passage(hook, (Exit("unknown", "", Place(unit.name, 1), entry),))
