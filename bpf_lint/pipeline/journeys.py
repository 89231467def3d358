"""Journeys of everything that is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.journeys import Network, found
from bpf_lint.model.journey import Journey
from bpf_lint.pipeline.analyse import Answer
from bpf_lint.pipeline.planning import Setup

_NOWHERE = "device"  # where programs are of which nobody says what they are attached to


def journeys(setup: Setup, answers: Sequence[Answer]) -> list[Journey]:
    """The journeys of all systems, of which the answers have the passages, in their order."""
    told: list[Journey] = []
    left = iter(answers)
    for plan in setup.plans:
        profile = plan.workspace.profile
        own = [(system, next(left)) for system in plan.systems]
        told += found(_networks(setup, profile, own), profile.devices)
    return told


def _networks(
    setup: Setup, profile: Profile, own: Iterable[tuple[SystemJob, Answer]]
) -> Iterator[Network]:
    for system, answer in own:
        if not answer.passages:
            continue  # nothing is attached, or it was not analysed: all would seem to pass
        used = {one.hook.device for one in answer.passages}
        devices = {
            name: device
            for name, device in profile.devices.items()
            if (not device.modes or system.mode in device.modes)
            and (device.netns != _NOWHERE or name in used)
        }
        yield Network(
            system.mode, system.configuration, devices, answer.passages, setup.catalogue.kernel
        )
