"""Every record of the kernels is what the kernel model says, or is listed with its reason."""

from __future__ import annotations

import msgspec
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.kernel_schema import KernelModel

from .compare import Beyond, differences, listed_beyond
from .predict import Setting, netns
from .records import Observation, added, experiments, imported, observations, topology


@pytest.fixture(scope="module")
def kernel() -> KernelModel:
    return Catalogue(data_folder()).kernel


@pytest.fixture(scope="module")
def beyond() -> dict[str, Beyond]:
    return listed_beyond()


@pytest.mark.parametrize("observed", observations(), ids=lambda one: f"{one.id}-{one.kernel}")
def test_record(observed: Observation, kernel: KernelModel, beyond: dict[str, Beyond]) -> None:
    found = differences(kernel, observed)
    if observed.id in beyond and observed.kernel in beyond[observed.id].kernels:
        assert found, "the model explains this record: remove it from beyond_model.toml"
    else:
        assert found == []


def test_all_records_are_there() -> None:
    assert len(imported()) == 803
    assert {one.id for one in observations()} == set(experiments())


def test_what_was_added_is_not_about_what_was_imported() -> None:
    ids = {one.id for one in added()}
    assert len(ids) == 143
    assert ids.isdisjoint(one.id for one in imported())
    assert len({(one.id, one.kernel) for one in added()}) == len(added())
    flags = {topology(experiments()[one].topology).devices["pod/eth0"].options for one in ids}
    assert flags >= {"private", "vepa"}


def test_listed_exceptions_are_records(beyond: dict[str, Beyond]) -> None:
    recorded = {(one.id, one.kernel) for one in observations()}
    listed = {(name, kernel) for name, one in beyond.items() for kernel in one.kernels}
    assert listed <= recorded
    assert len(listed) < len(recorded) / 20


def test_fib_output_belongs_to_the_namespace_of_skb_dev(kernel: KernelModel) -> None:
    seen = 0
    for observed in observations():
        experiment = experiments()[observed.id]
        if not experiment.fib or observed.saw is None or not observed.saw.ifindex:
            continue
        if observed.saw.fib_ret == 0:
            setting = Setting(kernel, topology(experiment.topology), experiment)
            assert setting.resolve(observed.saw.fib_ifindex, setting.skb_netns), observed.id
            seen += 1
    assert seen > 20


def test_a_wrong_model_is_noticed(kernel: KernelModel) -> None:
    """Each fact that a rule leans on changes the prediction of some record."""
    hooks, devices = kernel.hooks, kernel.devices
    primary = msgspec.structs.replace(hooks["netkit-primary"], device_side="device")
    egress = msgspec.structs.replace(hooks["tc-egress"], at_ingress=True)
    peerless = msgspec.structs.replace(devices["veth"], has_peer=False)
    headed = msgspec.structs.replace(devices["tun"], l2_header=True)
    devmap = msgspec.structs.replace(kernel.helpers["redirect_map"], resolved_in="skb")
    for wrong in (
        msgspec.structs.replace(kernel, hooks=hooks | {"netkit-primary": primary}),
        msgspec.structs.replace(kernel, hooks=hooks | {"tc-egress": egress}),
        msgspec.structs.replace(kernel, devices=devices | {"veth": peerless}),
        msgspec.structs.replace(kernel, devices=devices | {"tun": headed}),
        msgspec.structs.replace(kernel, helpers=kernel.helpers | {"redirect_map": devmap}),
    ):
        assert any(differences(wrong, one) != differences(kernel, one) for one in observations())


def test_namespaces_of_devices_are_those_of_their_topology() -> None:
    for experiment in experiments().values():
        here = topology(experiment.topology)
        assert {netns(name) for name in here.devices} <= set(here.namespaces)
