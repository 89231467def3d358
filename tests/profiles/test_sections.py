"""The generic profile: which sections of libbpf's and iproute2's grammar run at which hook."""

from __future__ import annotations

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.choose import generic
from bpf_lint.contexts.hooks import attached
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import job

PROFILE = generic(Catalogue(data_folder())).profile
# libbpf, src/libbpf.c: section_defs, those of programs that see packets and can redirect them.
LIBBPF = {
    "tc": "tc-ingress",
    "classifier": "tc-ingress",
    "action": "tc-ingress",
    "tc/ingress": "tc-ingress",
    "tc/egress": "tc-egress",
    "tcx/ingress": "tc-ingress",
    "tcx/egress": "tc-egress",
    "netkit/primary": "netkit-primary",
    "netkit/peer": "netkit-peer",
    "xdp": "xdp",
    "xdp.frags": "xdp",
    "xdp/devmap": "xdp",
    "xdp.frags/devmap": "xdp",
    "xdp/cpumap": "xdp",
    "xdp.frags/cpumap": "xdp",
    "lwt_in": "lwt-in",
    "lwt_out": "lwt-out",
    "lwt_xmit": "lwt-xmit",
    "lwt_seg6local": "lwt-seg6local",
    "sk_msg": "sk-msg",
    "sk_skb": "sk-skb",
    "sk_skb/verdict": "sk-skb",
    "sk_skb/stream_verdict": "sk-skb",
    "sk_skb/stream_parser": "sk-skb-parser",
    "sockops": "sock-ops",
}
# iproute2 takes any name; "classifier", "action" and "prog" are its defaults (lib/bpf_legacy.c).
OTHERS = {
    "prog": "xdp",
    "classifier/ingress/eth0": "tc-ingress",
    "classifier/egress/eth0": "tc-egress",
    "tc_egress_x": "tc-egress",
    "ingress": "tc-ingress",
    "sk_msg1": "sk-msg",
    "sk_skb1": "sk-skb",
    "sk_skb/prog_parser": "sk-skb-parser",
}
# Their type depends on what they replace, or they cannot redirect.
NOWHERE = (
    "freplace/other",
    "sk_lookup",
    "cgroup/connect4",
    "1/0xbee",
)


def hooks(section: str) -> set[str]:
    """The hooks that a section's function is attached to."""
    source = f'SEC("{section}") int program(void *context) {{ return 0; }}\n'
    one = job({"bpf/a.c": source})
    found = attached(one, one.units[0], compile_c(source, (), "a.c"), PROFILE, KERNEL)
    return {context.hook for context, _ in found}


@pytest.mark.parametrize(("section", "hook"), sorted((LIBBPF | OTHERS).items()))
def test_a_section_tells_the_hook(section: str, hook: str) -> None:
    assert hooks(section) == {hook}


@pytest.mark.parametrize("section", sorted(LIBBPF))
def test_a_question_mark_before_it_changes_nothing(section: str) -> None:
    assert hooks(f"?{section}") == {LIBBPF[section]}


@pytest.mark.parametrize("section", NOWHERE)
def test_others_are_attached_nowhere(section: str) -> None:
    assert hooks(section) == set()
