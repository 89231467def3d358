"""Sections of programs that no hook of a device runs, by the kernel model's prefixes."""

from __future__ import annotations

from bpf_lint.config.kernel_schema import KernelModel


def is_tracing(section: str, kernel: KernelModel) -> bool:
    """True for programs that no packet's hook runs: they have no redirect, whatever they call."""
    return _begins(
        section, [p for o in kernel.sections.values() if not o.redirects for p in o.prefixes]
    )


def runs_elsewhere(section: str, kernel: KernelModel) -> bool:
    """True for programs that are attached to no hook of a device: tracing, sockets, cgroups."""
    return _begins(section, [prefix for one in kernel.sections.values() for prefix in one.prefixes])


def _begins(section: str, prefixes: list[str]) -> bool:
    return section.lstrip("?").startswith(tuple(prefixes))
