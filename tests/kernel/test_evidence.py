"""Every statement of the kernel model and of the rules names experiments that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from tests.expectations import read_expectations

from . import pairs
from .records import FOLDER, experiments

SOURCE = re.compile(r"[\w./-]+\.[ch]:\w+")
CATALOGUE = Catalogue(data_folder())
# Rules about what no packet shows: a reference that the kernel leaks.
INVISIBLE = {"neigh-without-nexthop"}
# The experiments' program makes no tail calls, and asks for no route by the device to send to; the
# programs of `pairs` do.
IN_PAIRS = {"tail-call-mismatch", "fib-parameters"}
# Nor does it send data through sockets; the programs of `sockets` do.
IN_SOCKETS = {"sockmap-no-fallback"}
SOCKETS = FOLDER / "sockets"


def statements() -> Iterator[tuple[str, list[str]]]:
    """Everything that has evidence, by name."""
    kernel = CATALOGUE.kernel
    for kind in ("helpers", "hooks", "devices", "substitutes"):
        for name, entry in getattr(kernel, kind).items():
            yield f"{kind}.{name}", entry.evidence
    for field in kernel.context:
        yield f"{field.record}.{field.field}", field.evidence
    for rule in CATALOGUE.rules:
        yield rule.id, rule.evidence


@pytest.mark.parametrize(("name", "evidence"), list(statements()), ids=lambda one: str(one)[:40])
def test_evidence_exists(name: str, evidence: list[str]) -> None:
    assert evidence, f"{name} has no evidence"
    for one in evidence:
        assert one in experiments() or SOURCE.fullmatch(one), f"{name}: no experiment {one!r}"


def test_what_rules_lean_on_was_measured() -> None:
    kernel = CATALOGUE.kernel
    paired = {one.rule for program in pairs.programs().values() for one in program.wants}
    assert paired >= IN_PAIRS
    assert {one.rule for one in read_expectations(SOCKETS).wants} >= IN_SOCKETS
    elsewhere = INVISIBLE | IN_PAIRS | IN_SOCKETS
    for rule in CATALOGUE.rules:
        assert rule.evidence, f"{rule.id}: no evidence: name an experiment, or a kernel file"
        measured = any(one in experiments() for one in rule.evidence)
        assert measured or rule.status == "preview" or rule.id in elsewhere, (
            f"{rule.id}: kernel source is evidence enough for a rule in preview; a stable one "
            "needs an experiment of tests/kernel/observations.json"
        )
    seen = [rule for rule in CATALOGUE.rules if rule.id not in IN_SOCKETS]
    lists = []
    lists += [kernel.helpers[name].evidence for rule in seen for name in rule.helpers]
    hooks = ("tc-ingress", "tc-egress", "xdp", "lwt-xmit", "netkit-primary", "netkit-peer")
    lists += [kernel.hooks[name].evidence for name in hooks]
    kinds = ("veth", "netkit", "ipvlan", "ipvlan-l3s", "macvlan", "tun", "wireguard", "vxlan")
    lists += [kernel.devices[name].evidence for name in kinds]
    for evidence in lists:
        assert any(one in experiments() for one in evidence), evidence


def test_evidence_covers_every_hook() -> None:
    named = {one for _, evidence in statements() for one in evidence}
    hooks = {one.hook for one in experiments().values() if one.hook}
    assert {experiments()[one].hook for one in named if one in experiments()} >= hooks
