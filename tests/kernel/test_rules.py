"""The rules' conditions, held against every experiment: what they report, kernels have lost."""

from __future__ import annotations

from collections import Counter

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.cexpr import condition
from bpf_lint.config.rule_schema import Rule

from .compare import listed_beyond
from .predict import Setting, netns
from .records import Experiment, Observation, experiments, observations, topology

CATALOGUE = Catalogue(data_folder())
RULES = {rule.id: rule for rule in CATALOGUE.rules}
# -ENODEV.
NO_DEVICE = -19
ARRIVED = {"DELIVERED", "CLONE-DELIVERED", "CLONE-DELIVERED,ORIGINAL-DELIVERED"}


def facts(experiment: Experiment, target: str) -> dict[str, object]:
    """What the analysis knows about a helper's call with the number of `target`."""
    setting = Setting(CATALOGUE.kernel, topology(experiment.topology), experiment)
    hook = setting.hook
    kind = setting.kind(setting.devices[experiment.at])
    headed = hook.l2_header and kind.l2_header
    named = setting.devices.get(target)
    return {
        "helper": f"bpf_{experiment.helper or 'fib_lookup'}",
        "flags": experiment.flags,
        "flags.known": 1,
        "used": int(experiment.verdict is None),
        "returned": int(experiment.verdict is None or experiment.helper == "clone_redirect"),
        "skb.netns": setting.skb_netns,
        "hook.name": experiment.hook,
        "hook.at_ingress": int(hook.at_ingress),
        "device.kind": setting.devices[experiment.at].kind,
        "hook.sends_back": hook.sends_back,
        "device.l2_header": int(headed),
        "device.peer_netns": netns(setting.devices[experiment.at].peer),
        "packet.l2_header": int(headed or bool(experiment.add_header)),
        "packet.metadata_dst": 0,
        "packet.readdressed": 1,
        "packet.reshaped": int(bool(experiment.add_header)),
        "nexthop.given": int(bool(experiment.next_hop)),
        "rearmed": 0,
        "discarded": int(experiment.verdict is not None),
        "program_type": hook.program_type,
        "target.known": int(target not in ("", "0")),
        "target.zero": int(target == "0"),
        "target.absent": int(target == "0"),
        "target.self": int(target == setting.skb_dev),
        "target.l2_header": int(named is not None and setting.kind(named).l2_header),
        "target.netns": netns(target),
        "target.no_peer": int(named is not None and not setting.kind(named).has_peer),
        "target.no_xdp": 0,  # judged in test_facts: the experiments do not say which mode ran
        "device.native_xdp": 0,
        "target.only": 1,
        "target.via_map": 0,
        "target.bits": 32,
    }


def reports(rule: Rule, experiment: Experiment) -> bool:
    """True where the rule reports the experiment's program."""
    if not experiment.helper or experiment.load:
        return False
    named = "redirect" in rule.events() and experiment.helper in rule.helpers
    return named and condition(rule.when).holds(facts(experiment, experiment.target))


def acts(observed: Observation) -> bool:
    """True where the program ran, and returned the helper's verdict (a clone needs none)."""
    experiment = experiments()[observed.id]
    ran = observed.saw is None or observed.saw.ifindex != 0
    return ran and (experiment.verdict is None or experiment.helper == "clone_redirect")


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("cross-netns-redirect", 300),
        ("redirect-peer-outside-ingress", 25),
        ("redirect-flags", 18),
        ("zero-ifindex", 15),
        ("ingress-ifindex-as-source", 15),
        ("missing-l2-header", 15),
        ("neigh-without-l2-header", 8),
        ("self-redirect-direction", 7),
    ],
)
def test_what_a_rule_reports_does_not_arrive(name: str, least: int) -> None:
    seen = Counter[str]()
    for observed in observations():
        if reports(RULES[name], experiments()[observed.id]) and acts(observed):
            seen[observed.outcome] += 1
            assert observed.outcome not in ARRIVED, observed.id
    assert sum(seen.values()) >= least, seen


def test_what_arrives_is_not_reported() -> None:
    beyond = listed_beyond()
    seen = 0
    for observed in observations():
        experiment = experiments()[observed.id]
        if observed.outcome not in ARRIVED or observed.id in beyond or not experiment.helper:
            continue
        found = [rule.id for rule in RULES.values() if reports(rule, experiment)]
        assert found == [], observed.id
        seen += 1
    assert seen > 150


def test_a_discarded_verdict_leaves_the_packet_alone() -> None:
    seen = 0
    for observed in observations():
        experiment = experiments()[observed.id]
        if observed.id not in listed_beyond() and reports(RULES["discarded-redirect"], experiment):
            assert observed.outcome == "NORMAL-PATH", observed.id
            seen += 1
    assert seen >= 9


def test_a_foreign_fib_input_fails() -> None:
    rule = condition(RULES["cross-netns-fib-lookup"].when)
    seen = {True: 0, False: 0}
    for observed in observations():
        experiment = experiments()[observed.id]
        if not experiment.fib or observed.saw is None or not observed.saw.ifindex:
            continue
        if experiment.fib_input == "0":
            continue
        setting = Setting(CATALOGUE.kernel, topology(experiment.topology), experiment)
        foreign = rule.holds(facts(experiment, experiment.fib_input or setting.skb_dev))
        assert foreign == (observed.saw.fib_ret < 0), observed.id
        seen[foreign] += 1
    assert seen[True] >= 8
    assert seen[False] >= 20


def test_a_fib_input_of_0_fails() -> None:
    rule = condition(RULES["ingress-ifindex-as-source"].when)
    seen = 0
    for observed in observations():
        experiment = experiments()[observed.id]
        if experiment.fib_input == "0" and observed.saw:
            assert rule.holds(facts(experiment, "0") | {"returned": 1})
            assert observed.saw.fib_ret == NO_DEVICE, observed.id
            seen += 1
    assert seen >= 15


def test_availability_is_what_the_verifier_says() -> None:
    rule = RULES["helper-not-available"]
    for observed in observations():
        experiment = experiments()[observed.id]
        if experiment.load and experiment.helper in rule.helpers:
            known = {"helper": f"bpf_{experiment.helper}", "program_type": experiment.load}
            assert condition(rule.when).holds(known) == (observed.outcome == "REFUSED"), observed.id
