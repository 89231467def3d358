"""The same programs give the same bytes: in any order, process, and hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from bpf_lint.dataflow import Engine
from bpf_lint.model.finding import Finding
from bpf_lint.rules import evaluate, merge
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile
from tests.rules.test_evaluate import MACROS, RULES, SYMBOLS
from tests.running import ROOT

PODS = (
    PROG_ARRAY
    + MACROS
    + """
inline_ int thin(struct __sk_buff *c, u32 i, u64 f) { return bpf_redirect(i, f); }
static __attribute__((noinline)) u32 pick(struct __sk_buff *c, u32 *out) {
    *out = c->cb[0] ? HOST_DEV : c->ifindex; return c->mark ? POD_DEV : HOST_DEV; }
SEC("calls/1") int next(struct __sk_buff *c) { u32 out; u32 i = pick(c, &out);
    if (c->cb[1] == 2) return thin(c, out, 0);
    return thin(c, i, 0); }
SEC("tc") int entry(struct __sk_buff *c) { u32 out;
    c->cb[0] = c->mark ? 1 : 0; c->cb[1] = c->mark == 3 ? 2 : 4;
    if (c->len) bpf_tail_call(c, &calls, 1);
    bpf_clone_redirect(c, pick(c, &out), 0);
    return thin(c, out, 0); }
"""
)
ATTACHED = (
    attach("a.c", "entry", "tc-egress", "slave", modes=["ipvlan"]),
    attach("a.c", "entry", "tc-ingress", "lxc", modes=["veth"]),
    attach("a.c", "entry", "netkit-primary", "nk", modes=["netkit"]),
)
MODES = ("ipvlan", "veth", "netkit")


def findings(modes: tuple[str, ...], engine: Engine | None = None) -> list[Finding]:
    """Merged findings of the modes, analysed in this order."""
    one = engine or Engine(KERNEL)
    described = profile(*ATTACHED, symbols=SYMBOLS)
    systems = [analyse({"a.c": PODS}, described, one, mode=mode) for mode in modes]
    rules = [RULES[name] for name in sorted(RULES)]
    return merge(
        found
        for system in systems
        for found in evaluate(system, rules, KERNEL, lambda path, line: "").findings
    )


def encoded(modes: tuple[str, ...]) -> bytes:
    return msgspec.json.encode(findings(modes))


def test_there_is_something_to_compare() -> None:
    found = findings(MODES)
    assert len({finding.line for finding in found}) >= 4
    assert {o.hook.mode for one in found for o in one.occurrences} == set(MODES)


def test_the_order_of_systems_does_not_matter() -> None:
    assert encoded(MODES) == encoded(MODES[::-1]) == encoded(("veth", "netkit", "ipvlan"))


def test_what_an_engine_remembers_does_not_matter() -> None:
    engine = Engine(KERNEL)
    first = msgspec.json.encode(findings(MODES, engine))
    assert msgspec.json.encode(findings(MODES, engine)) == first
    alone = [f for mode in MODES for f in findings((mode,))]
    assert msgspec.json.encode(merge(alone)) == first


def test_hash_seeds_do_not_matter() -> None:
    code = (
        "import sys; from tests.rules.test_determinism import encoded, MODES;"
        "sys.stdout.buffer.write(encoded(MODES))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert outputs == {encoded(MODES)}
