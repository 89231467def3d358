"""The profile of Calico: recognised from the repository's root, every object of tc.c planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config import probes
from bpf_lint.pipeline import Request, prepare, run
from bpf_lint.sources import text

TC = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define TO_WORKLOAD ((CALI_COMPILE_FLAGS) == 2)
struct cali_tc_global_data { __u32 flags; __u32 host_ifindex; };
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cali_tc_global_data);
} globals SEC(".maps");
SEC("tc")
int calico_tc_main(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct cali_tc_global_data *data = bpf_map_lookup_elem(&globals, &zero);
	if (!data || !TO_WORKLOAD)
		return 0;
	return bpf_redirect(data->host_ifindex, 0);
}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    probes.content.cache_clear()
    text.forget()
    folder = tmp_path / "felix" / "bpf-gpl"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "tc.c").write_text(TC)
    (folder / "globals.h").write_text("/* host_ifindex */\n")
    (folder / "calculate-flags").write_text('args+=("-DCALI_COMPILE_FLAGS=${flags}")\n')
    return tmp_path


def test_the_repositorys_root_leads_to_the_programs(repository: Path) -> None:
    setup = prepare(Request(paths=(str(repository),), system_headers=False))
    (plan,) = setup.plans
    assert plan.workspace.profile.name == "calico"
    assert plan.workspace.tree.folder == str(repository / "felix" / "bpf-gpl")
    objects = {(job.mode, job.configuration): job.units[0].defines for job in plan.systems}
    assert objects["netkit", "to_wep"]["CALI_COMPILE_FLAGS"] == "2"
    assert objects["veth", "from_hep_v6"] == {
        "CALI_COMPILE_FLAGS": "3", "CALI_OBJECT_TC": "1", "IPVER6": "1"
    }  # fmt: skip
    assert ("netkit", "from_hep") not in objects


def test_a_host_number_is_wrong_where_the_program_runs_in_the_pod(repository: Path) -> None:
    outcome = run(Request(paths=(str(repository),), system_headers=False))
    found = {
        (one.rule, context.hook.mode, context.hook.hook)
        for one in outcome.report.findings
        for context in one.occurrences
    }
    assert found == {("cross-netns-redirect", "netkit", "netkit-primary")}
