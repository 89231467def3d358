"""Variables: what the programs of an object store in them, and what the loader does."""

from __future__ import annotations

from typing import Any

from bpf_lint.dataflow.domain.atoms import ANY, UNKNOWN, Value
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.observers.redirect import Redirect
from tests.dataflow.systems import analyse, attach, payloads, profile

POD_EGRESS = attach("a.c", "entry", "tc-egress", "slave")
VARIABLE = """u32 saved; SEC("tc") int writer(struct __sk_buff *c) { saved = c->ifindex; return 0; }
SEC("classifier") int entry(struct __sk_buff *c) { return bpf_redirect(saved, 0); }"""


def test_a_variable_is_shared_by_the_programs_of_an_object() -> None:
    attached = profile(POD_EGRESS, attach("a.c", "writer", "tc-ingress", "uplink"))
    system = analyse({"a.c": VARIABLE}, attached)
    (payload,) = payloads(system, Redirect)
    assert [(a.netns, a.via.base.text) for a in origins(payload.target) if a.via] == [
        ("host", "V:a.c/saved")
    ]


def test_a_variable_is_not_shared_by_objects() -> None:
    attached = profile(
        attach("b.c", "entry", "tc-egress", "slave"),
        attach("a.c", "writer", "tc-ingress", "uplink"),
    )
    system = analyse({"a.c": VARIABLE, "b.c": VARIABLE}, attached)
    assert payloads(system, Redirect)[0].target == ANY


def test_variables_hold_what_user_space_gives_them() -> None:
    source = """const volatile u32 target; const u32 fixed = 9;
    static const u32 table[2] = { 3, 4 };
    SEC("tc") int entry(struct __sk_buff *c) { bpf_redirect(target, 0); bpf_redirect(fixed, 0);
        bpf_redirect(table[1], 0); return bpf_redirect(table[c->mark & 1], 0); }"""

    def targets(**more: object) -> list[object]:
        system = analyse({"a.c": source}, profile(POD_EGRESS), **more)  # type: ignore[arg-type]
        return [payload.target for payload in payloads(system, Redirect)]

    assert targets() == [ANY, {9}, {4}, {3, 4, UNKNOWN}]
    assert targets(values={"target": 6})[0] == {6}


def test_an_address_that_the_loader_patches_is_what_lies_there() -> None:
    source = """__attribute__((section(".config"))) u32 target;
    SEC("tc") int entry(struct __sk_buff *c) { return bpf_redirect((u64)&target, 0); }"""

    def found(**more: Any) -> Value:
        described = profile(POD_EGRESS, patched_sections=[".config"], **more)
        system = analyse({"a.c": source}, described, values={"target": 6})
        (payload,) = payloads(system, Redirect)
        return payload.target

    assert found() == {6}
    (known,) = origins(found(symbols=[{"name": "target", "netns": "host"}]))
    assert (known.symbol, known.netns) == ("target", "host")
