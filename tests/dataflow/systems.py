"""Analyses small systems: C sources by file name, and a profile as a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.system.system import System
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL, Happened

DEVICES = {
    "uplink": {"kind": "ethernet", "netns": "host"},
    "lxc": {"kind": "veth", "netns": "host", "peer_netns": "pod"},
    "slave": {"kind": "ipvlan", "netns": "pod"},
    "tun": {"kind": "tun", "netns": "host"},
    "nk": {"kind": "netkit", "netns": "host", "peer_netns": "pod"},
}

PROG_ARRAY = """struct { __uint(type, 3); __uint(max_entries, 8); __type(key, u32);
    __type(value, u32); } calls SEC(".maps");
"""


def attach(program: str, entry: str, hook: str, device: str, **more: Any) -> dict[str, Any]:
    """An attachment."""
    return {"program": program, "entries": [entry], "hook": hook, "device": device, **more}


def profile(*attachments: dict[str, Any], **more: Any) -> Profile:
    """A profile with the devices above."""
    data = {
        "name": "test",
        "devices": DEVICES,
        "attachments": list(attachments),
        "tail_sections": ["{map}/{index}"],
        "tail_tags": ["tail:{map}/{index}"],
        **more,
    }
    return msgspec.convert(data, Profile)


def job(
    sources: Mapping[str, str],
    mode: str = "",
    configuration: str = "default",
    defines: Mapping[str, str] = {},
    values: Mapping[str, int] = {},
) -> SystemJob:
    """All sources together in one mode and configuration."""
    units = tuple(
        UnitJob(name, name, name, (), dict(defines), dict(values)) for name in sorted(sources)
    )
    return SystemJob(mode, configuration, units)


def analyse(
    sources: Mapping[str, str],
    described: Profile,
    engine: Engine | None = None,
    **options: Any,
) -> System:
    """Analyse sources together."""
    units = {name: compile_c(source, (), name=name) for name, source in sources.items()}
    return (engine or Engine(KERNEL)).analyse(job(sources, **options), units, described)


def payloads(system: System, kind: type[Happened], function: str = "") -> list[Happened]:
    """What happened in all programs, or in one, in a stable order."""
    made = (
        event.payload
        for key, instance in system.instances.items()
        if not function or key.function == function
        for event in instance.events()
    )
    return [payload for payload in made if isinstance(payload, kind)]
