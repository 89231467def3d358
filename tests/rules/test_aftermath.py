"""What becomes of a redirect: where its verdict is lost, and what is said of it and advised."""

from __future__ import annotations

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.model.finding import Finding
from bpf_lint.rules import evaluate
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile

RULES = {rule.id: rule for rule in Catalogue(data_folder()).rules}
CALLED = """SEC("calls/1") int called(struct __sk_buff *c) {{ {} }}
SEC("tc") int entry(struct __sk_buff *c) {{ {} }}"""


def found(rule: str, source: str, hook: str = "tc-ingress") -> list[Finding]:
    """What a rule finds in an object that is attached to a card."""
    described = profile(attach("a.c", "entry", hook, "uplink"))
    system = analyse({"a.c": PROG_ARRAY + source}, described)
    return evaluate(system, (RULES[rule],), KERNEL, lambda _path, _line: "").findings


def lost(called: str, entry: str) -> list[Finding]:
    """Redirects that are lost in a program or in one that it calls."""
    return found("discarded-redirect", CALLED.format(called, entry))


SENT = "int v = bpf_redirect(c->ifindex, 0); bpf_tail_call(c, &calls, 1); return v;"


def test_the_way_to_the_loss_is_told() -> None:
    (one,) = lost("return 0;", SENT)
    (occurrence,) = one.occurrences
    assert [(step.kind, step.text) for step in occurrence.after] == [
        ("tail_call", "tail call to called"),
        ("verdict", "called ends with TC_ACT_OK"),
    ]
    assert occurrence.trace[-1].kind == "redirect"
    assert one.message.endswith("called ends with TC_ACT_OK")
    assert one.suggestion.startswith("Let called() end with the redirect verdict")


def test_a_redirect_that_never_happens_is_told_with_all_that_loses_it() -> None:
    (one,) = lost("return 0;", SENT.replace("return v;", "return 2;"))
    (occurrence,) = one.occurrences
    assert [(step.kind, step.text) for step in occurrence.after] == [
        ("lost", "lost in the tail call to called, which ends with a verdict of its own"),
    ]


def test_a_called_program_that_redirects_elsewhere_is_the_loss() -> None:
    (one,) = lost("return bpf_redirect(7, 0);", SENT)
    assert one.message.endswith("called redirects the packet elsewhere")


def test_what_is_called_for_other_packets_loses_nothing() -> None:
    """The program tells by a word of the packet's scratch space what it is called for."""
    called = "return c->cb[0] == 1 ? 7 : 0;"
    passed = "c->cb[0] = 2; bpf_tail_call(c, &calls, 1); return 0;"
    sent = f"c->cb[0] = 1; {SENT}"
    assert lost(called, f"if (c->mark) {{ {passed} }} {sent}") == []
    (one,) = lost(called, f"if (c->mark) {{ {passed} }} c->cb[0] = 3; {SENT}")
    assert one.message.endswith("called ends with TC_ACT_OK")


@pytest.mark.parametrize(
    ("body", "why", "advice"),
    [
        ("bpf_redirect(c->ifindex, 0); return 0;", "its result is not used", "Return the helper's"),
        (
            "int v = bpf_redirect(c->ifindex, 0); if (c->mark) v = 0; return v;",
            "entry ends with TC_ACT_OK",
            "Hand the helper's result on until entry() returns it",
        ),
        (
            "int v = bpf_redirect(c->ifindex, 0); return v ? 2 : 0;",
            "whatever the path, entry ends with TC_ACT_SHOT",
            "Let the caller tell the redirect verdict from errors",
        ),
        (
            "int v = bpf_redirect(c->ifindex, 0); if (c->mark) v = c->cb[1]; return v;",
            "",
            "",
        ),
    ],
)
def test_one_reason_is_given(body: str, why: str, advice: str) -> None:
    told = lost("return 0;", body)
    assert [one.message.rpartition(": ")[2] for one in told] == ([why] if why else [])
    assert all(one.suggestion.startswith(advice) for one in told)


DEVMAP = """struct { __uint(type, 14); __uint(max_entries, 8); __type(key, u32);
    __type(value, u32); } ports SEC(".maps");
static long (*bpf_xdp_adjust_head)(void *ctx, int delta) = (void *)44;
"""
MISS = """struct bpf_fib_lookup fib = { .family = 2, .ifindex = c->ingress_ifindex };
    if (bpf_fib_lookup(c, &fib, sizeof(fib), 0)) return 2;
    return bpf_redirect_map(&ports, fib.ifindex, 0);"""


@pytest.mark.parametrize(
    ("before", "advice"),
    [
        ("", "Let the stack take the packet"),
        ("if (bpf_xdp_adjust_head(c, 14)) return 1;", "Look the key up before"),
        ("unsigned char *p = (void *)(long)c->data; p[0] = 2;", "Look the key up before"),
        ("unsigned char *p = (void *)(long)c->data; p[22] -= 1;", "Look the key up before"),
        ("unsigned char *p = (void *)(long)c->data; if (p[22] == 1) return 2;", "Let the stack"),
    ],
)
def test_what_has_been_changed_is_not_left_to_the_stack(before: str, advice: str) -> None:
    source = f'{DEVMAP} SEC("xdp") int entry(struct xdp_md *c) {{ {before} {MISS} }}'
    (one,) = found("devmap-no-fallback", source, "xdp")
    assert one.suggestion.startswith(advice)
    assert ("XDP_PASS)" in one.suggestion) is advice.startswith("Let")
