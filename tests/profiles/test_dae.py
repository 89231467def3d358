"""The profile of dae: a number of the host is wrong in the namespace of the proxy."""

from __future__ import annotations

from pathlib import Path

from bpf_lint.config import probes
from bpf_lint.pipeline import Request, run
from bpf_lint.sources import text

PROGRAM = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct dae_param { __u32 dae0_ifindex; __u8 use_redirect_peer; };
const volatile struct dae_param PARAM = {};
SEC("tc/lan_ingress_l2") int from_lan(struct __sk_buff *skb)
{
	if (PARAM.use_redirect_peer)
		return bpf_redirect_peer(PARAM.dae0_ifindex, 0);
	return bpf_redirect(PARAM.dae0_ifindex, 0);
}
SEC("tc/wan_egress_l2") int to_wan(struct __sk_buff *skb)
{
	if (PARAM.use_redirect_peer)
		return bpf_redirect_peer(PARAM.dae0_ifindex, 0);
	return 0;
}
SEC("tc/dae0peer_ingress") int at_peer(struct __sk_buff *skb)
{
	return bpf_redirect(PARAM.dae0_ifindex, 0);
}
"""


def test_what_is_wrong_where(tmp_path: Path) -> None:
    probes.content.cache_clear()
    text.forget()
    folder = tmp_path / "control" / "kern"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "tproxy.c").write_text(PROGRAM)
    outcome = run(Request(paths=(str(tmp_path),), system_headers=False))
    found = {
        (one.rule, context.hook.mode, context.hook.device)
        for one in outcome.report.findings
        for context in one.occurrences
    }
    assert found == {
        ("cross-netns-redirect", "veth", "dae0peer"),
        ("cross-netns-redirect", "netkit", "dae0peer-netkit"),
        ("redirect-peer-outside-ingress", "netkit", "wan"),
    }
