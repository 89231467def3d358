"""Two modes beside each other, and the way there beside the way back."""

from bpf_lint.journeys import Choice, chosen
from bpf_lint.journeys.beside import beside, mismatches
from bpf_lint.model.journey import Journey
from tests.journeys.node import PASS, at, journeys, redirect


def ways(some: list[Journey], start: str, end: str) -> list[Journey]:
    return chosen(some, Choice(start, end))


def test_the_same_call_stands_beside_itself() -> None:
    veth = journeys("veth", at("tc-ingress", "lxc", "from_pod", PASS, redirect("eth0", 7)))
    ipvlan = journeys("ipvlan", at("tc-egress", "slave", "from_pod", PASS, redirect("eth0", 7)))
    pairs = beside(ways(veth, "pod", "wire"), ways(ipvlan, "pod", "wire"))
    (first,) = [one for one in pairs if one.right is not None and one.right.broken]
    assert first.left is not None
    assert first.left.hops[1].verb == "redirect"
    assert [row.same for row in first.rows] == [True, False, False]
    assert sum(pair.right is None for pair in pairs) == len(pairs) - 2


def test_what_one_mode_has_alone_stands_alone() -> None:
    veth = journeys("veth", at("tc-ingress", "lxc", "from_pod", redirect("eth0")))
    (pair,) = beside(ways(veth, "pod", "wire"), [])
    assert pair.right is None
    assert not any(row.same for row in pair.rows)
    (again,) = beside([], ways(veth, "pod", "wire"))
    assert again.left is None


def test_a_request_through_the_stack_and_a_reply_around_it() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "eth0", "from_wire", PASS),
        at("tc-ingress", "lxc", "from_pod", redirect("eth0")),
    )
    there, back = ways(some, "wire", "pod"), ways(some, "pod", "wire")
    (one,) = mismatches(there, back)
    assert (one.netns, one.through, one.certain) == ("host", True, True)
    assert one.back == (1,)
    assert one.configurations == ("c",)
    (turned,) = mismatches(back, there)
    assert not turned.through


def test_where_the_reply_can_pass_the_stack_it_is_not_certain() -> None:
    some = journeys(
        "veth",
        at("tc-ingress", "eth0", "from_wire", PASS),
        at("tc-ingress", "lxc", "from_pod", PASS, redirect("eth0")),
    )
    found = mismatches(ways(some, "wire", "pod"), ways(some, "pod", "wire"))
    assert [one.certain for one in found] == [False]


def test_both_through_the_stack_or_both_around_it_is_no_mismatch() -> None:
    through = journeys(
        "veth",
        at("tc-ingress", "eth0", "from_wire", PASS),
        at("tc-ingress", "lxc", "from_pod", PASS),
    )
    around = journeys(
        "veth",
        at("tc-ingress", "eth0", "from_wire", redirect("lxc", helper="redirect_peer")),
        at("tc-ingress", "lxc", "from_pod", redirect("eth0")),
    )
    for some in (through, around):
        assert mismatches(ways(some, "wire", "pod"), ways(some, "pod", "wire")) == []


def test_configurations_are_held_apart() -> None:
    asks = journeys("veth", at("tc-ingress", "eth0", "from_wire", PASS), configuration="a")
    answers = journeys(
        "veth", at("tc-ingress", "lxc", "from_pod", redirect("eth0")), configuration="b"
    )
    assert mismatches(ways(asks, "wire", "pod"), ways(answers, "pod", "wire")[:1]) == []
