"""`--what-if`: what a port to another kind of device has to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.reporters import FORMATS
from tests.cli.conftest import Lint
from tests.running import ROOT

EXAMPLE = ROOT / "examples" / "minidp" / "bpf"
HEAD = """\
#define SEC(name) __attribute__((section(name), used))
typedef unsigned int __u32;
#define __uint(name, val) int (*name)[val]
#define __type(name, val) val *name
struct __sk_buff { int ifindex; int ingress_ifindex; };
struct seen { __u32 ifindex; };
struct { __uint(type, 1); __type(key, __u32); __type(value, struct seen); __uint(max_entries, 9); }
	devices __attribute__((section(".maps"), used));
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value,
	unsigned long long flags) = (void *)2;
enum { UPLINK = 7 };
"""
CONFIG = """\
[devices.uplink]
kind = "ethernet"
netns = "host"

[devices.pod]
kind = "veth"
netns = "host"
peer_netns = "pod"

[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "HOOK"
device = "pod"

[[symbols]]
name = "UPLINK"
netns = "host"
"""
SENDS = "return bpf_redirect(UPLINK, 0);"
LOOKS_UP = "__u32 key = skb->ifindex; return !bpf_map_lookup_elem(&devices, &key);"
COMPARES = """__u32 key = 1; struct seen *seen = bpf_map_lookup_elem(&devices, &key);
	return seen && seen->ifindex == skb->ingress_ifindex;"""
STORES = """__u32 key = 1; struct seen *seen = bpf_map_lookup_elem(&devices, &key);
	if (seen) seen->ifindex = skb->ifindex;
	return 0;"""
UPDATES = """__u32 key = 1; struct seen seen = { skb->ingress_ifindex };
	return bpf_map_update_elem(&devices, &key, &seen, 0);"""
TESTS = "return skb->ifindex == 1 ? 2 : skb->ingress_ifindex != 0;"


def what_if(lint: Lint, project: Path, kind: str, body: str, hook: str = "tc-ingress") -> list[str]:
    """Rules that are reported on a program, and that only they are."""
    source = f'{HEAD}SEC("tc") int from_pod(struct __sk_buff *skb)\n{{\n\t{body}\n}}\n'
    (project / "bpf" / "pod.c").write_text(source)
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG.replace("HOOK", hook))
    done = lint("bpf", "--what-if", kind, "--output-format", "json")
    found = [one["rule"] for one in done.report["findings"]]
    assert done.code == (1 if found else 0), done.err
    assert done.report["summary"]["what_if"] == kind
    return found


@pytest.mark.parametrize(
    ("kind", "hook", "body", "rules"),
    [
        ("ipvlan", "tc-ingress", SENDS, ["cross-netns-redirect"]),
        ("netkit", "tc-ingress", SENDS, []),
        ("netkit", "tc-egress", SENDS, ["cross-netns-redirect"]),
        ("macvlan", "tc-ingress", SENDS, ["cross-netns-redirect"]),
        ("l3", "tc-ingress", "return bpf_redirect(UPLINK, 0);", []),
        ("ipvlan", "tc-ingress", LOOKS_UP, ["moved-ifindex"]),
        ("netkit", "tc-ingress", LOOKS_UP, []),
        ("netkit", "tc-egress", LOOKS_UP, ["moved-ifindex"]),
        ("ipvlan", "tc-ingress", STORES, ["moved-ifindex"]),
        ("netkit", "tc-ingress", STORES, []),
        ("netkit", "tc-ingress", COMPARES, ["absent-ingress-ifindex"]),
        ("netkit", "tc-ingress", UPDATES, ["absent-ingress-ifindex"]),
        ("l3", "tc-ingress", COMPARES, []),
        ("netkit", "tc-ingress", TESTS, []),
        ("ipvlan", "tc-ingress", TESTS, []),
    ],
)
def test_what_changes(
    lint: Lint, project: Path, kind: str, hook: str, body: str, rules: list[str]
) -> None:
    assert what_if(lint, project, kind, body, hook) == rules


def test_what_is_wrong_today_is_not_told(lint: Lint, project: Path) -> None:
    body = "return bpf_redirect(0, 0);"
    assert what_if(lint, project, "ipvlan", body) == []
    assert lint("bpf", "--select", "zero-ifindex").code == 1


def test_uses_of_numbers_are_no_findings_of_other_runs(lint: Lint, project: Path) -> None:
    assert what_if(lint, project, "ipvlan", LOOKS_UP) == ["moved-ifindex"]
    assert lint("bpf", "--select", "*").code == 0
    assert lint("bpf", "--select", "moved-ifindex").code == 1


@pytest.mark.parametrize("mode", ["ipvlan", "netkit"])
def test_the_mistakes_of_other_modes_are_seen_from_veth_alone(lint: Lint, mode: str) -> None:
    def sites(*options: str) -> set[tuple[str, str, int]]:
        report = lint(EXAMPLE, *options, "--output-format", "json").report
        return {(one["rule"], one["path"], one["line"]) for one in report["findings"]}

    mistakes = sites("--mode", mode)
    assert mistakes
    assert mistakes <= sites("--what-if", mode, "--mode", "veth")


def test_a_second_run_is_answered_by_the_cache(lint: Lint, project: Path) -> None:
    assert what_if(lint, project, "ipvlan", SENDS) == ["cross-netns-redirect"]
    first = lint("bpf", "--what-if", "ipvlan", "-v")
    assert (first.code, "analysing" in first.err) == (1, False)
    assert lint("bpf").code == 0


def test_a_hook_without_a_counterpart_is_said(lint: Lint, project: Path) -> None:
    source = f'{HEAD}SEC("xdp") int from_pod(void *ctx) {{ return 2; }}\n'
    (project / "bpf" / "pod.c").write_text(source)
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG.replace("HOOK", "xdp"))
    assert (
        "nothing takes the place of from_pod at xdp of pod"
        in lint("bpf", "--what-if", "ipvlan").out
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_takes_it(lint: Lint, form: str) -> None:
    done = lint(EXAMPLE, "--what-if", "netkit", "--output-format", form)
    assert (done.code, "proxy.h" in done.out) == (1, True)
    if form in ("text", "markdown", "github"):
        assert "what if netkit: 1 place that a port has to change" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--what-if", "netki"), 'unknown kind of device to try "netki"; did you mean "netkit"?'),
        (("--what-if", "ipvlan"), "no program is attached to a veth device whose peer"),
        (("--what-if", "ipvlan", "--new-since", "HEAD"), "does not go with --new-since"),
    ],
)
def test_what_cannot_be_tried(lint: Lint, options: tuple[str, ...], said: str) -> None:
    done = lint("bpf", *options)
    assert done.code == 2
    assert said in done.err
