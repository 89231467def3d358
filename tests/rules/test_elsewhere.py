"""A finding shows where the same device is redirected to rightly, where the tree has that."""

from __future__ import annotations

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.model.finding import Finding
from bpf_lint.rules import evaluate
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import DEVICES, analyse, attach, profile

CROSS = next(r for r in Catalogue(data_folder()).rules if r.id == "cross-netns-redirect")
SHARED = """enum { UPLINK = 50, OTHER = 51 };
inline_ int to_proxy(struct __sk_buff *c) {
c->mark = 1; return bpf_redirect(UPLINK, 0); }
inline_ int plain(struct __sk_buff *c) {
c->mark = 2; return bpf_redirect(UPLINK, 0); }
SEC("tc") int wrong(struct __sk_buff *c) { return to_proxy(c); }
"""


def found(right: str, hook: str = "tc-ingress") -> Finding:
    """The finding of a program in the pod, beside one in the host."""
    source = f'{SHARED}SEC("tc") int right(struct __sk_buff *c) {{ {right} }}'
    known = [{"name": n, "netns": "host", "device": n} for n in ("UPLINK", "OTHER")]
    devices = {n: {"kind": "ethernet", "netns": "host"} for n in ("UPLINK", "OTHER")}
    system = analyse(
        {"a.c": source},
        profile(
            attach("a.c", "wrong", "tc-egress", "slave"),
            attach("a.c", "right", hook, "uplink"),
            symbols=known,
            devices={**DEVICES, **devices},
        ),
    )
    (one,) = evaluate(system, (CROSS,), KERNEL, lambda _path, _line: "").findings
    return one


def test_the_same_call_is_shown_where_another_program_makes_it_rightly() -> None:
    right = found("return to_proxy(c);").occurrences[0].elsewhere
    assert right is not None
    assert (right.path, right.line) == ("a.c", 3)
    assert right.text == "right at tc-ingress of uplink, in host"


def test_another_call_is_shown_where_it_is_for_the_same_device() -> None:
    right = found("return plain(c);").occurrences[0].elsewhere
    assert right is not None
    assert (right.kind, right.line) == ("right", 5)


def test_what_is_for_the_same_comes_first() -> None:
    both = "return c->mark ? plain(c) : to_proxy(c);"
    right = found(both).occurrences[0].elsewhere
    assert right is not None
    assert right.line == 3


@pytest.mark.parametrize(
    "right",
    [
        "return bpf_redirect(OTHER, 0);",  # another device
        "plain(c); return 0;",  # its verdict is lost
        "return 0;",
    ],
)
def test_nothing_is_shown_where_nothing_is_right(right: str) -> None:
    assert found(right).occurrences[0].elsewhere is None
