"""The profiles that come with bpf-lint recognise their projects from the repository's root."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config import probes
from bpf_lint.pipeline import Request, prepare
from bpf_lint.sources import text

ENTRY = "__attribute__((section(XSTR(CALI_ENTRYPOINT_NAME)))) int f(void *c) { return 0; }\n"
FLAGS = 'args+=("-DCALI_COMPILE_FLAGS=${flags}")\n'
LOXILB = {"llb_kern_entry.c": 'SEC("tc_packet_hook0")\n', "llb_ebpf_main.c": ""}
PROJECTS = {
    "calico-before-2022": ("calico", "bpf-gpl", {"tc.c": ENTRY, "calculate-flags": FLAGS}),
    "calico": ("calico", "felix/bpf-gpl", {"tc.c": ENTRY, "calculate-flags": FLAGS}),
    "dae": ("dae", "control/kern", {"tproxy.c": 'SEC("tc/wan_egress_l2") /* dae0_ifindex */\n'}),
    "katran": (
        "katran",
        ".",
        {
            "katran/lib/bpf/balancer.bpf.c": 'SEC("xdp") int balancer_ingress(void *c);\n',
            "katran/lib/linux_includes/bpf.h": "",
        },
    ),
    "loxilb-ebpf": ("loxilb", "kernel", LOXILB),
    "loxilb": ("loxilb", "loxilb-ebpf/kernel", LOXILB),
}


@pytest.mark.parametrize("project", PROJECTS)
def test_a_profile_recognises_its_project(project: str, tmp_path: Path) -> None:
    probes.content.cache_clear()
    text.forget()
    profile, folder, files = PROJECTS[project]
    (tmp_path / ".git").mkdir()
    for name, content in files.items():
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (plan,) = prepare(Request(paths=(str(tmp_path),), system_headers=False)).plans
    space = plan.workspace
    assert (space.profile.name, space.choice.recognised) == (profile, True)
    assert Path(space.tree.folder) == (tmp_path / folder).resolve()


def test_calico_is_told_apart_by_its_entry(tmp_path: Path) -> None:
    probes.content.cache_clear()
    text.forget()
    (tmp_path / ".git").mkdir()
    (tmp_path / "bpf-gpl").mkdir()
    (tmp_path / "bpf-gpl" / "calculate-flags").write_text(FLAGS)
    source = tmp_path / "bpf-gpl" / "tc.c"
    systems = []
    for content in (ENTRY, 'SEC("tc") int calico_tc_main(void *c) { return 0; }\n'):
        probes.content.cache_clear()
        source.write_text(content)
        (plan,) = prepare(Request(paths=(str(tmp_path),), system_headers=False)).plans
        systems.append({job.configuration for job in plan.systems})
    before, since = systems
    assert "from_tnl" in before and "from_ipip" not in before
    assert "from_ipip" in since and "from_tnl" not in since
