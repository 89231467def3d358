"""The example datapath: the reply redirect and its relatives, found where they are."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.running import ROOT, Run, lint_json

EXAMPLE = ROOT / "examples" / "minidp" / "bpf"
FOLDER = "examples/minidp/bpf/"

# rule, file, text of the reported line, function, mode
EXPECTED = {
    ("cross-netns-redirect", "lib/nodeport.h", "ctx_redirect(", "tail_nodeport_reply4", "ipvlan"),
    ("cross-netns-redirect", "lib/nodeport.h", "ctx_redirect(", "tail_nodeport_reply6", "ipvlan"),
    ("cross-netns-fib-lookup", "lib/fib.h", "fib_lookup(", "route4", "ipvlan"),
    ("cross-netns-fib-lookup", "lib/fib.h", "fib_lookup(", "route6", "ipvlan"),
    ("cross-netns-redirect", "pod.c", "redirect_neigh(", "tail_ipv4", "ipvlan"),
    ("cross-netns-redirect", "lib/proxy.h", "ctx_redirect(", "to_proxy", "netkit"),
}


@cache
def example() -> Run:
    return lint_json(EXAMPLE)


def reply(function: str) -> dict[str, Any]:
    """The finding in one of the functions that send replies."""
    findings = example().report["findings"]
    (finding,) = [f for f in findings if f["function"] == function]
    return dict(finding)


def test_findings_are_those_of_the_table() -> None:
    found = set()
    for finding in example().report["findings"]:
        file = finding["path"].removeprefix(FOLDER)
        line = (EXAMPLE / file).read_text().splitlines()[finding["line"] - 1]
        call = next((text for _, _, text, _, _ in EXPECTED if text in line), line)
        modes = {context["mode"] for context in finding["contexts"]}
        found |= {(finding["rule"], file, call, finding["function"], mode) for mode in modes}
    assert found == EXPECTED


def test_everything_is_analysed() -> None:
    run = example()
    summary = run.report["summary"]
    assert run.code == 1
    assert (summary["programs"], summary["analysed"]) == (3, 3)
    assert summary["skipped"] == []
    assert summary["unresolved_tail_calls"] == 0
    assert {unit["mode"] for unit in summary["units"]} == {"veth", "ipvlan", "netkit"}


@pytest.mark.parametrize(
    ("function", "origin", "tail_program"),
    [
        ("tail_nodeport_reply4", "UPLINK_IFINDEX", "tail_ipv4"),
        ("tail_nodeport_reply6", "uplink_ifindex", "tail_ipv6"),
    ],
)
def test_a_reply_is_followed_back_through_the_map(
    function: str, origin: str, tail_program: str
) -> None:
    for context in reply(function)["contexts"]:
        assert context["entry"] in ("from_pod", "from-pod")
        assert (context["hook"], context["skb_netns"]) == ("tc-egress", "pod")
        assert context["target"]["netns"] == "host"
        assert origin in context["target"]["origin"]
        assert context["target"]["path"] == FOLDER + "lib/nodeport.h"
        kinds = [step["kind"] for step in context["trace"]]
        assert kinds[0] == "entry"
        assert kinds[-1] == "redirect"
        assert kinds.count("tail_call") == 2
        carried = [step["kind"] for step in context["target"]["steps"]]
        assert carried.index("map_store") < carried.index("map_load")
        assert any(tail_program in step["text"] for step in context["trace"])


def test_every_step_names_a_line_that_exists() -> None:
    for finding in example().report["findings"]:
        for context in finding["contexts"]:
            for step in context["trace"]:
                lines = (ROOT / step["path"]).read_text().splitlines()
                assert 1 <= step["line"] <= len(lines)
                assert 1 <= step["column"] <= len(lines[step["line"] - 1]) + 1


def test_the_fast_path_needs_its_configuration() -> None:
    (finding,) = [f for f in example().report["findings"] if f["function"] == "tail_ipv4"]
    assert {context["configuration"] for context in finding["contexts"]} == {"fast"}


@pytest.mark.parametrize(("mode", "count"), [("veth", 0), ("netkit", 1), ("ipvlan", 5)])
def test_one_mode_alone(mode: str, count: int) -> None:
    run = lint_json("--mode", mode, EXAMPLE)
    assert len(run.report["findings"]) == count
    assert run.code == (1 if count else 0)
