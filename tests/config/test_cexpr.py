"""Conditions and prototypes, written in C."""

from __future__ import annotations

from typing import Any

import pytest

from bpf_lint.config.cexpr import condition, prototype
from bpf_lint.model.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("", {}, True),
        ("defined(A)", {"A": "0"}, True),
        ("defined A && !defined(B)", {"A": "1"}, True),
        ("A", {"A": "0"}, False),
        ("A", {}, False),
        ("A == 2", {"A": "0x2"}, True),
        ("A > 2u", {"A": "3"}, True),
        ("!(A & 0x10)", {"A": 16}, False),
        ("(1 << 3) - 1 == 07", {}, True),
        ("-1 < 0 && 7 % 3 == 1 && -7 / 2 == -3", {}, True),
        ("target.netns != skb.netns", {"target.netns": "pod", "skb.netns": "host"}, True),
        ("target.netns == skb.netns", {"target": {"netns": "a"}, "skb": {"netns": "a"}}, True),
        ('device.kind == "veth" || device.kind == "netkit"', {"device.kind": "netkit"}, True),
        ('kind == "veth" ? 0 : 1', {"kind": "veth"}, False),
        ("MODE == TUNNEL", {"MODE": "vxlan", "TUNNEL": "vxlan"}, True),
    ],
)
def test_conditions(text: str, environment: dict[str, Any], expected: bool) -> None:
    assert condition(text).holds(environment) is expected


def test_the_right_side_is_not_evaluated_where_the_left_decides() -> None:
    assert not condition("0 && call(1)").holds({})


def test_names_and_calls_are_collected() -> None:
    found = condition("defined(A) && any(b.c, 1) > D")
    assert found.names == {"A", "b.c", "D"}
    assert found.calls == {"any"}


@pytest.mark.parametrize("text", ["a &&", "a = 3", "x++", "*p", "f(", "a b", "(int[]){1}", "a, b"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        condition(text)


def test_prototypes() -> None:
    found = prototype(
        "long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int plen, u32 f);"
    )
    assert found.name == "bpf_fib_lookup"
    assert [one.name for one in found.parameters] == ["ctx", "params", "plen", "f"]
    assert [one.pointer for one in found.parameters] == [True, True, False, False]
    assert found.parameters[1].type == "struct bpf_fib_lookup *"
    assert found.index("plen") == 2
    assert found.index("nothing") == -1


def test_a_prototype_without_parameters_and_a_pointer_result() -> None:
    found = prototype("struct task_struct *bpf_get_current_task_btf(void)")
    assert found.parameters == ()
    assert found.result == "struct task_struct *"


def test_what_is_no_prototype_is_refused() -> None:
    with pytest.raises(ConfigError):
        prototype("int x = 3")
