"""What follows what on a node: devices and stacks as the kernel has them, programs as told."""

import msgspec

from bpf_lint.journeys import Choice, Network, chosen, found
from bpf_lint.model.journey import Exit, Hop, Journey
from bpf_lint.model.place import Place
from tests.journeys.node import DEVICES, DROP, PASS, at, between, journeys, kernel, redirect, told


def test_a_pods_packet_takes_the_veth_and_the_hosts_stack() -> None:
    some = journeys("veth", at("tc-ingress", "lxc", "from_pod", PASS))
    assert between("pod", "wire", some)[0] == [
        "pod pod: sends, and lxc receives it",
        "host from_pod: passes",
        "host stack of host: routed to eth0",
        "- wire",
    ]


def test_a_redirect_goes_around_the_stack() -> None:
    some = journeys("veth", at("tc-ingress", "lxc", "from_pod", redirect("eth0")))
    (way,) = between("pod", "wire", some)
    assert way[1:] == ["host from_pod: bpf_redirect() to eth0", "- wire"]
    (journey,) = [one for one in some if one.start == "pod"]
    assert (journey.stacks, journey.broken) == ((), False)


def test_the_same_number_is_lost_in_the_pod() -> None:
    some = journeys("ipvlan", at("tc-egress", "slave", "from_pod", redirect("eth0")))
    (journey,) = [one for one in some if one.start == "pod"]
    assert (journey.end, journey.broken) == ("wire", True)
    assert journey.hops[-1].kind == "lost"
    assert journey.hops[-1].leaves == (
        "a number of host, looked up in pod: dropped, or out of the device of pod that has it "
        "(slave)"
    )


def test_an_ipvlan_slave_leaves_through_its_lower_device() -> None:
    some = journeys(
        "ipvlan",
        at("tc-egress", "slave", "from_pod", PASS),
        at("tc-egress", "eth0", "to_wire", PASS),
        at("tc-ingress", "eth0", "from_wire", PASS),
    )
    assert between("pod", "wire", some) == [
        [
            "pod pod: sends through slave",
            "pod from_pod: passes",
            "pod slave: switched to eth0",
            "host to_wire: passes",
            "- wire",
        ]
    ]
    assert [
        "- wire: comes in at eth0",
        "host from_wire: passes",
        "host eth0: handed to slave",
        "pod pod",
    ] in between("wire", "pod", some)


def test_netkits_primary_program_runs_in_the_pod() -> None:
    some = journeys(
        "netkit",
        at("tc-ingress", "eth0", "from_wire", redirect("nk")),
        at("netkit-primary", "nk", "to_pod", PASS, redirect("eth0", line=2)),
        at("netkit-peer", "nk", "from_pod", redirect("eth0", line=3)),
    )
    assert between("wire", "pod", some)[0] == [
        "- wire: comes in at eth0",
        "host from_wire: bpf_redirect() to nk",
        "pod to_pod: passes",
        "host nk: to its peer in pod",
        "pod pod",
    ]
    (lost,) = (one for one in some if one.broken and one.start == "wire")
    assert lost.hops[-2].sites == (Place("lib.h", 2),)
    assert between("pod", "wire", some) == [
        [
            "pod pod: sends, and nk receives it",
            "host from_pod: bpf_redirect() to eth0",
            "- wire",
        ]
    ]


def test_a_tunnels_packet_is_sent_and_taken_by_the_stack() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "lxc", "from_pod", redirect("vxlan")),
        at("tc-ingress", "eth0", "from_wire", PASS),
        at("tc-ingress", "vxlan", "from_tunnel", redirect("lxc", helper="redirect_peer")),
    )
    assert between("pod", "wire", some)[0][2:] == [
        "host vxlan: put into the tunnel's packet",
        "host stack of host: sends the tunnel's packet",
        "- wire",
    ]
    assert [
        "- wire: comes in at eth0",
        "host from_wire: passes",
        "host stack of host: taken out of the tunnel's packet, to vxlan",
        "host from_tunnel: bpf_redirect_peer() to lxc",
        "pod pod",
    ] in between("wire", "pod", some)


def test_what_is_inside_of_a_tunnels_packet_has_passed_no_stack() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "lxc", "from_pod", redirect("vxlan")),
        at("tc-ingress", "eth0", "from_wire", PASS),
        at("tc-ingress", "vxlan", "from_tunnel", PASS),
    )
    (out, *_) = [one for one in some if (one.start, one.end) == ("pod", "wire")]
    assert out.stacks == ()
    inside = [
        "host stack of host: taken out of the tunnel's packet, to vxlan",
        "host from_tunnel: passes",
        "host stack of host: routed to lxc",
    ]
    (into,) = [one for one in some if told(one)[2:5] == inside]
    assert (into.end, into.stacks) == ("pod", ("host",))


def test_a_peer_redirect_elsewhere_than_at_tc_ingress_is_broken() -> None:
    some = journeys(
        "veth", at("tc-egress", "eth0", "to_wire", redirect("lxc", helper="redirect_peer"))
    )
    broken = {one.hops[-1].leaves for one in some if one.broken}
    assert broken == {"bpf_redirect_peer() at tc-egress, not at tc ingress: dropped"}


def test_frames_of_xdp_pass_no_tc_hook() -> None:
    out = at("tc-egress", "eth0", "to_wire", DROP)
    back = Exit("back", "", Place("prog.c", 1), "f")
    some = journeys("veth", out, at("xdp", "eth0", "balancer", back, redirect("eth0")))
    ways = between("wire", "wire", some)
    assert [way[1] for way in ways] == [
        "host balancer: bpf_redirect() to eth0",
        "host balancer: sends it back",
    ]


def test_the_programs_own_device_and_the_route_are_followed() -> None:
    own = redirect("", own=True, symbol="__sk_buff.ifindex")
    route = redirect("", symbol="fib_lookup")
    unknown = redirect("", symbol="", netns="")
    some = journeys("veth", at("tc-ingress", "eth0", "from_wire", own, route, unknown))
    left = {way[1] for way in map(told, some) if way[0].startswith("- wire")}
    assert left == {
        "host from_wire: bpf_redirect() to eth0, its own device",
        "host from_wire: bpf_redirect() to eth0, by fib_lookup",
        "host from_wire: bpf_redirect() to lxc, by fib_lookup",
        "host from_wire: bpf_redirect() to vxlan, by fib_lookup",
        "host from_wire: bpf_redirect() to a device that is not known",
    }


def test_a_number_named_after_another_modes_device_means_the_one_in_its_place() -> None:
    some = journeys("netkit", at("tc-ingress", "eth0", "from_wire", redirect("lxc")))
    assert between("wire", "pod", some)[0][1] == "host from_wire: bpf_redirect() to nk"


def test_configurations_that_do_the_same_are_one_journey() -> None:
    devices = {name: one for name, one in DEVICES.items() if one.modes in ([], ["veth"])}
    networks = [
        Network(
            "m", name, devices, [at("tc-ingress", "lxc", "p", redirect("eth0", line))], kernel()
        )
        for name, line in (("a", 1), ("b", 2))
    ]
    (journey,) = [
        one for one in found(networks, DEVICES) if one.start == "pod" and one.end == "wire"
    ]
    assert journey.configurations == ("a", "b")
    assert [site.line for site in journey.hops[1].sites] == [1, 2]


def test_the_tail_calls_shown_lead_to_the_first_call_that_is() -> None:
    far, near = (redirect("eth0", n, through=w) for n, w in ((1, ("a", "b")), (2, ("c",))))
    for passages in ([far, near], [near, far]):
        (one,) = between_hops(journeys("veth", at("tc-ingress", "lxc", "p", *passages)))
        assert (one.sites[0].line, one.through) == (1, ("a", "b"))
    devices = {name: one for name, one in DEVICES.items() if one.modes in ([], ["veth"])}
    for each in ((far, near), (near, far)):
        networks = [
            Network("m", name, devices, [at("tc-ingress", "lxc", "p", one)], kernel())
            for name, one in zip("ab", each, strict=True)
        ]
        (one,) = between_hops(found(networks, DEVICES))
        assert (one.sites[0].line, one.through) == (1, ("a", "b"))


def between_hops(some: list[Journey]) -> list[Hop]:
    """What programs do on the ways from a pod to the wire."""
    ways = [one for one in some if (one.start, one.end) == ("pod", "wire")]
    return [hop for one in ways for hop in one.hops if hop.kind == "program"]


def test_what_is_asked_for_is_chosen() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "lxc", "from_pod", PASS, DROP),
        at("tc-ingress", "eth0", "from_wire", redirect("lxc")),
    )

    def ends(**names: str) -> set[tuple[str, str]]:
        return {(one.start, one.end) for one in chosen(some, Choice(**names))}

    assert {end for _, end in ends()} == {"wire", "pod", "host"}
    assert ends(start="pod", end="wire") == {("pod", "wire")}
    assert ends(start="from_wire") == {("wire", "pod")}
    assert ends(start="tc-ingress", end="pod") == {("wire", "pod"), ("pod", "pod")}
    assert ends(start="pod", end="drop") == {("pod", "drop")}
    assert {start for start, _ in ends(end="eth0")} == {"pod", "host"}
    assert ends(start="nowhere") == set()


def test_no_journey_passes_a_point_twice() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "lxc", "from_pod", redirect("lxc", ingress=True), PASS),
        at("tc-egress", "lxc", "to_pod", redirect("lxc"), redirect("eth0"), PASS),
        at("tc-egress", "eth0", "to_wire", redirect("lxc"), PASS),
    )
    for one in some:
        bare = [msgspec.structs.replace(hop, sites=()) for hop in one.hops]
        assert len(bare) == len(set(bare))
        assert len(one.hops) <= 14
