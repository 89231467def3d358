"""The headers beside Cilium's profile: what the command line says outlives the stub headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from clang.cindex import Diagnostic, Index

from bpf_lint.config.catalogue import data_folder

STUB = """
#define ENABLE_ARP_RESPONDER
#define HOST_IFINDEX 1
#define DIRECT_ROUTING_DEV_IFINDEX 0
#define SECCTX_FROM_IPCACHE 7
#define CT_MAP_TCP4 test_cilium_ct_tcp4_65535
#define MTU 1500
"""


def errors(folder: Path, program: str, *flags: str) -> list[str]:
    """What clang says of a program beside a stub `node_config.h`."""
    (folder / "node_config.h").write_text(STUB)
    (folder / "program.c").write_text("#include <node_config.h>\n" + program)
    overlay = data_folder() / "profiles" / "cilium"
    arguments = [f"-I{overlay}", f"-I{folder}", "-nostdinc", "-Wno-macro-redefined", *flags]
    unit = Index.create().parse(str(folder / "program.c"), args=arguments)
    return [one.spelling for one in unit.diagnostics if one.severity >= Diagnostic.Warning]


@pytest.mark.parametrize(
    ("flags", "condition"),
    [
        ((), "!defined(ENABLE_ARP_RESPONDER)"),
        (("-DENABLE_ARP_RESPONDER=1",), "ENABLE_ARP_RESPONDER == 1"),
        ((), "!defined(SECCTX_FROM_IPCACHE)"),
        (("-DSECCTX_FROM_IPCACHE=2",), "SECCTX_FROM_IPCACHE == 2"),
        ((), "!defined(NATIVE_DEV_IFINDEX) && !defined(ENCAP_IFINDEX)"),
        ((), "DIRECT_ROUTING_DEV_IFINDEX == 0"),
        ((), "MTU == 1500"),
    ],
)
def test_command_line_decides(tmp_path: Path, flags: tuple[str, ...], condition: str) -> None:
    assert errors(tmp_path, f"#if !({condition})\n#error no\n#endif\n", *flags) == []


def test_interface_indexes_differ(tmp_path: Path) -> None:
    names = ["HOST_IFINDEX", "NATIVE_DEV_IFINDEX", "DIRECT_ROUTING_DEV_IFINDEX", "ENCAP_IFINDEX"]
    cases = "".join(f"case {name}: " for name in names)
    switch = f"switch (i) {{ case 0: case 1: {cases} return 1; }}"
    program = f"int f(unsigned short i) {{ {switch} return 0; }}"
    assert errors(tmp_path, program, *(f"-D{name}=1" for name in names[1:])) == []


def test_shared_maps_have_one_name(tmp_path: Path) -> None:
    assert errors(tmp_path, "int CT_MAP_TCP4; int *same = &cilium_ct4_global;") == []
