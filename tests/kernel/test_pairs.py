"""Wrong and right twins: what bpf-lint says of them, and that there are enough of all kinds."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder

from . import pairs, stage
from .compared import PairSummary
from .harness.network import NotRunError
from .trials import Result

PROGRAMS = pairs.programs()


def test_findings_are_those_expected() -> None:
    wanted = {
        (one.file, one.line, one.rule, one.mode): one.text
        for program in PROGRAMS.values()
        for one in program.wants
    }
    found = {
        (Path(finding["path"]).name, finding["line"], finding["rule"], context["mode"]): (
            finding["message"] + " " + (context["target"] or {}).get("origin", "")
        )
        for finding in pairs.report()["findings"]
        for context in finding["contexts"]
    }
    assert found.keys() == wanted.keys()
    assert [key for key, text in wanted.items() if text not in found[key]] == []


def test_each_wrong_program_has_a_right_twin() -> None:
    names = set(PROGRAMS)
    for file, name in names:
        if name.endswith("_wrong"):
            assert (file, name.removesuffix("_wrong") + "_right") in names
    twins = [key for key in names if key[1].endswith("_wrong") and not PROGRAMS[key].gap]
    assert len(twins) >= 80


def test_names_say_what_is_expected() -> None:
    for program in PROGRAMS.values():
        losing = {mode for mode in program.modes if program.loses(mode)}
        if program.name.endswith("_wrong"):
            assert losing == set(program.modes), program.name
        if program.name.endswith("_right"):
            assert losing == set(), program.name


def test_one_source_is_right_in_one_mode_and_wrong_in_another() -> None:
    found = [
        one for one in PROGRAMS.values() if 0 < len({w.mode for w in one.wants}) < len(one.modes)
    ]
    assert len(found) >= 4


def test_rules_and_devices_are_covered() -> None:
    rules: dict[str, set[str]] = defaultdict(set)
    for program in PROGRAMS.values():
        for one in program.wants:
            place = stage.place(program.section, one.mode)
            assert place
            rules[one.rule].add(stage.stage(one.mode).devices[place[0]].kind)
    kinds = {"veth", "ipvlan", "ipvlan-l3s", "netkit", "macvlan", "vxlan", "tun"}
    assert rules["cross-netns-redirect"] >= kinds
    assert rules["redirect-peer-outside-ingress"] >= kinds - {"tun"}
    assert rules["missing-l2-header"] >= {"tun", "veth"}
    assert rules["self-redirect-direction"] >= kinds - {"vxlan", "tun"}
    assert set(rules) == set(stage.configuration().select)


def test_a_gap_is_closed_by_its_rule() -> None:
    known = {rule.id for rule in Catalogue(data_folder()).rules}
    gaps = {program.gap for program in PROGRAMS.values() if program.gap}
    assert gaps & known == set(), "these rules exist now: expect their findings in `pairs`"


def test_trials_of_a_mode() -> None:
    trials = {one.id: one for one in pairs.trials("ipvlan-l2")}
    wrong = trials["pod.c:constant_wrong[ipvlan-l2]"]
    assert (wrong.program.at, wrong.program.hook) == ("pod/eth0", "tc-egress")
    decoy = trials["pod.c:constant_wrong[ipvlan-l2]+decoy"]
    assert (decoy.decoy, decoy.number) == ("pod", 10)
    assert "pod.c:constant_right[ipvlan-l2]+decoy" not in trials
    # The host has a device with the number of the other pod's anyway.
    assert "host.c:across_wrong[ipvlan-l2]+decoy" not in trials
    assert "endpoint.c:primary_wrong[ipvlan-l2]" not in trials
    netkit = {one.id: one for one in pairs.trials("netkit-l3")}
    assert netkit["endpoint.c:primary_wrong[netkit-l3]+decoy"].decoy == "pod"


@pytest.mark.parametrize("mode", stage.modes())
def test_all_symbols_are_devices_of_their_mode(mode: str) -> None:
    for one in pairs.trials(mode):
        device = one.goal.partition(":")[0]
        assert device in {*stage.stage(mode).devices, "udp", "tunfd"}, one.id


@pytest.mark.parametrize(
    ("trial", "outcome", "agrees"),
    [
        ("pod.c:constant_wrong[veth]", "DROPPED", True),
        ("pod.c:constant_wrong[veth]", "DELIVERED", False),
        ("pod.c:constant_right[veth]", "DELIVERED", True),
        ("pod.c:constant_right[veth]", "DROPPED", False),
        ("endpoint.c:reply[ipvlan-l2]", "DROPPED", True),
        ("endpoint.c:reply[veth]", "DROPPED", False),
        ("pod.c:constant_wrong[veth]+decoy", "MISDELIVERED", True),
        ("pod.c:constant_wrong[veth]+decoy", "NORMAL-PATH", False),
    ],
)
def test_disagreements_are_noticed(
    trial: str, outcome: str, agrees: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = PairSummary("6.99")
    summary.compare(Result(trial, outcome, "evidence"))
    assert summary.print() == (0 if agrees else 1)
    assert (trial in capsys.readouterr().out) is not agrees


def test_programs_compile() -> None:
    try:
        compiled = pairs.objects("veth")
    except NotRunError as error:
        pytest.skip(f"not run: {error}")
    assert set(compiled) == {f"veth-{path.stem}.o" for path in stage.PAIRS.glob("*.c")}
