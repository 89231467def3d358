"""Sections of programs, as libbpf names them (tools/lib/bpf/libbpf.c:section_defs)."""

from __future__ import annotations

_TRACING = (
    *("tracepoint", "tp/", "tp_btf", "raw_tp", "raw_tracepoint", "kprobe", "kretprobe", "ksyscall"),
    *("uprobe", "uretprobe", "usdt", "fentry", "fexit", "fmod_ret", "perf_event", "lsm", "iter"),
    *("kretsyscall", "syscall", "struct_ops"),
)


def is_tracing(section: str) -> bool:
    """True for programs that no packet's hook runs: they have no redirect, whatever they call."""
    return section.lstrip("?").startswith(_TRACING)
