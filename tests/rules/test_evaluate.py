"""Rules held against small systems: where a finding is, in which contexts, and how sure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow import Engine
from bpf_lint.model.finding import Finding
from bpf_lint.rules import evaluate, merge
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile

RULES: dict[str, Rule] = {rule.id: rule for rule in Catalogue(data_folder()).rules}
CROSS = RULES["cross-netns-redirect"]
POD, HOST = (
    attach("a.c", "entry", "tc-egress", "slave"),
    attach("a.c", "entry", "tc-ingress", "lxc"),
)
SYMBOLS = [
    {"name": "HOST_DEV", "netns": "host", "device": "eth0"},
    {"name": "POD_DEV", "netns": "pod"},
    {"name": "OTHER_DEV", "netns": "host", "device": "eth1"},
]
MACROS = "#define HOST_DEV 41\n#define POD_DEV 42\n"


def found(
    body: str,
    *attachments: dict[str, Any],
    rules: tuple[Rule, ...] = (CROSS,),
    before: str = "",
    engine: Engine | None = None,
    **options: Any,
) -> list[Finding]:
    """Findings in a program whose first line is that of its entry."""
    source = (MACROS + before).replace("\n", " \n") + (
        f'SEC("tc") int entry(struct __sk_buff *c) {{\n{body}\n}}'
    )
    described = profile(*(attachments or (POD,)), symbols=SYMBOLS)
    system = analyse({"a.c": source}, described, engine, **options)
    return evaluate(system, rules, KERNEL, lambda path, line: f"{path} {line}").findings


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("return bpf_redirect(HOST_DEV, 0);", 1),
        ("return bpf_redirect(POD_DEV, 0);", 0),
        ("return bpf_redirect(c->ifindex, 0);", 0),
        ("return bpf_redirect(17, 0);", 0),
        # A redirect counts only if its verdict is returned.
        ("bpf_redirect(HOST_DEV, 0); return 0;", 0),
        ("bpf_redirect(HOST_DEV, 0); return 7;", 1),
        ("bpf_redirect(HOST_DEV, 0); return c->mark;", 1),
        ("int v = c->mark; bpf_redirect(HOST_DEV, 0); if (v > 0) return v; return 0;", 1),
        ("int v = c->mark; bpf_redirect(HOST_DEV, 0); if (v < 0) return v; return 0;", 0),
        ("int v = bpf_redirect(HOST_DEV, 0); return c->mark ? v : 2;", 1),
        ("bpf_redirect(HOST_DEV, 0); return bpf_redirect(POD_DEV, 0);", 0),
        ("return bpf_redirect(HOST_DEV, 2);", 0),
        # Either of two numbers.
        ("return bpf_redirect(c->mark ? HOST_DEV : POD_DEV, 0);", 1),
        # A clone is sent whatever the program returns.
        ("bpf_clone_redirect(c, HOST_DEV, 0); return 0;", 1),
    ],
)
def test_a_redirect_to_another_namespace(body: str, count: int) -> None:
    assert len(found(body)) == count


def test_a_finding_says_where_and_what() -> None:
    (finding,) = found("return bpf_redirect(HOST_DEV, 0);")
    assert (finding.path, finding.line, finding.function) == ("a.c", 4, "entry")
    assert finding.statement == "a.c 4"
    assert finding.confidence == "high"
    assert "HOST_DEV" in finding.message
    assert "{" not in finding.message + finding.suggestion
    (occurrence,) = finding.occurrences
    assert (occurrence.hook.device, occurrence.hook.skb_netns) == ("slave", "pod")
    assert occurrence.target is not None
    assert (occurrence.target.netns, occurrence.target.origin) == ("host", "HOST_DEV")
    assert [step.kind for step in occurrence.trace] == ["entry", "redirect"]


def test_one_site_is_one_finding_with_each_hook_beneath() -> None:
    other = attach("a.c", "entry", "netkit-primary", "nk")
    (finding,) = found("return bpf_redirect(HOST_DEV, 0);", POD, HOST, other)
    assert [o.hook.hook for o in finding.occurrences] == ["netkit-primary", "tc-egress"]


def test_two_sites_are_two_findings() -> None:
    body = "if (c->mark)\nreturn bpf_redirect(HOST_DEV, 0);\nreturn bpf_redirect(HOST_DEV, 0);"
    assert sorted(finding.line for finding in found(body)) == [5, 6]


WRAPPER = """inline_ int thin(struct __sk_buff *c, u32 i, u64 f) { return bpf_redirect(i, f); }
inline_ int thick(struct __sk_buff *c, u32 i) { c->mark = 3; return bpf_redirect(i, 0); }
"""


def test_the_site_of_a_thin_wrapper_is_its_caller() -> None:
    body = "if (c->mark)\nreturn thin(c, HOST_DEV, 0);\nreturn thin(c, HOST_DEV, 0);"
    assert sorted(finding.line for finding in found(body, before=WRAPPER)) == [7, 8]
    body = "u32 i = HOST_DEV; if (c->mark)\nreturn thin(c, i, 0);\nreturn thin(c, i, 0);"
    assert sorted(finding.line for finding in found(body, before=WRAPPER)) == [7, 8]


def test_the_site_of_another_function_is_in_it() -> None:
    body = "if (c->mark)\nreturn thick(c, HOST_DEV);\nreturn thick(c, HOST_DEV);"
    (finding,) = found(body, before=WRAPPER)
    assert (finding.line, finding.function) == (4, "thick")
    assert {o.target and o.target.line for o in finding.occurrences} == {7, 8}
    for occurrence in finding.occurrences:
        assert [step.kind for step in occurrence.trace] == ["entry", "call", "redirect"]


def test_a_tail_call_made_while_a_redirect_waits_may_carry_it_out() -> None:
    tail = PROG_ARRAY + 'SEC("calls/1") int next(struct __sk_buff *c) { return 7; }\n'
    body = "bpf_redirect(HOST_DEV, 0); bpf_tail_call(c, &calls, 1); return 0;"
    assert len(found(body, before=tail)) == 1


def test_the_path_leads_through_tail_calls() -> None:
    before = PROG_ARRAY + (
        'SEC("calls/1") int next(struct __sk_buff *c) { return bpf_redirect(HOST_DEV, 0); }\n'
    )
    (finding,) = found("bpf_tail_call(c, &calls, 1); return 0;", before=before)
    (occurrence,) = finding.occurrences
    assert [step.kind for step in occurrence.trace] == ["entry", "tail_call", "redirect"]
    assert occurrence.hook.entry == "entry"
    assert finding.function == "next"


def test_a_number_that_may_be_another_is_less_sure() -> None:
    (finding,) = found("return bpf_redirect(c->mark ? HOST_DEV : c->ifindex, 0);")
    assert finding.confidence == "medium"
    assert finding.occurrences[0].assumptions
    body = "if (c->mark) return bpf_redirect(HOST_DEV, 0);\nreturn 0;"
    assert found(body)[0].confidence == "high"


def test_a_finding_holds_in_the_modes_it_was_seen_in() -> None:
    engine = Engine(KERNEL)
    body = "return bpf_redirect(HOST_DEV, 0);"
    seen = [f for mode in ("veth", "ipvlan") for f in found(body, mode=mode, engine=engine)]
    (finding,) = merge(seen)
    assert [occurrence.hook.mode for occurrence in finding.occurrences] == ["ipvlan", "veth"]
    (alone,) = merge(found(body, mode="veth"))
    assert alone.fingerprint != finding.fingerprint


def test_what_is_not_known_is_told_apart() -> None:
    source = 'SEC("tc") int entry(struct __sk_buff *c) { return bpf_redirect(c->mark, 0); }'
    evaluated = evaluate(
        analyse({"a.c": source}, profile(POD)), (CROSS,), KERNEL, lambda path, line: ""
    )
    assert evaluated.findings == []
    assert [finding.rule for finding in evaluated.unknown] == ["unknown-ifindex"]


def test_a_rule_looks_at_its_own_helpers_and_events() -> None:
    body = """struct bpf_fib_lookup p = { .ifindex = HOST_DEV };
    if (bpf_fib_lookup(c, &p, sizeof(p), 0)) return 0;
    return bpf_redirect(p.ifindex, 0);"""
    rules = (CROSS, RULES["cross-netns-fib-lookup"], RULES["redirect-peer-outside-ingress"])
    assert [finding.rule for finding in found(body, rules=rules)] == ["cross-netns-fib-lookup"]


def test_a_narrow_number_is_seen_beside_a_wide_one() -> None:
    body = "u16 narrow = HOST_DEV; return bpf_redirect(c->mark ? narrow : HOST_DEV, 0);"
    assert len(found(body, rules=(RULES["truncated-ifindex"],))) == 1
    assert not found("return bpf_redirect(HOST_DEV, 0);", rules=(RULES["truncated-ifindex"],))


def lines_of(source: str) -> Callable[[str, int], str]:
    """The text of a source line, by path and number."""
    lines = source.split("\n")
    return lambda _path, line: lines[line - 1] if 0 < line <= len(lines) else ""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("return bpf_redirect(HOST_DEV, 0);", "HOST_DEV"),
        ("return thin(c, HOST_DEV, 0);", "HOST_DEV"),
        ("return swapped(c->mark, /* to */ HOST_DEV + 0);", "HOST_DEV + 0"),
        ("return MACRO(0, HOST_DEV);", None),
    ],
)
def test_the_argument_that_is_wrong_is_known_through_wrappers(line: str, text: str | None) -> None:
    before = WRAPPER + (
        "#define MACRO(flags, number) bpf_redirect(number, flags)\n"
        "inline_ int swapped(u32 mark, u32 i) { return bpf_redirect(i, mark ? 0 : 1); }\n"
    )
    source = (MACROS + before).replace("\n", " \n") + (
        f'SEC("tc") int entry(struct __sk_buff *c) {{\n{line}\n}}'
    )
    system = analyse({"a.c": source}, profile(POD, symbols=SYMBOLS))
    (finding,) = evaluate(system, (CROSS,), KERNEL, lines_of(source)).findings
    assert (finding.argument and finding.argument.text) == text
    assert finding.fact == "bpf_redirect(HOST_DEV): a number of host, at tc-egress in pod"


TESTED = """
extern const volatile u32 with_bypass;
#ifdef USES_TUNNEL
inline_ int other(struct __sk_buff *c) { return 0; }
#endif
#ifndef USES_TUNNEL
inline_ int send(struct __sk_buff *c) {
    if (c->mark) {
        if (with_bypass)
            return bpf_redirect(HOST_DEV, 0);
    }
    return 0;
}
#endif
"""


def test_a_finding_says_which_options_decide_its_path() -> None:
    body = "if (with_bypass == 7) c->mark = 1;\nif (IS_ON) return send(c);\nreturn 0;"
    entry = f'SEC("tc") int entry(struct __sk_buff *c) {{\n{body}\n}}'
    source = f"#define IS_ON 1\n{MACROS}{TESTED}{entry}"
    described = profile(
        POD,
        symbols=SYMBOLS,
        configurations={"c": {"defines": ["USES_TUNNEL=1", "IS_ON=1", "IS_HIDDEN=1"]}},
        options={"IS_ON": "--on"},
    )
    system = analyse({"a.c": source}, described)
    (finding,) = evaluate(system, (CROSS,), KERNEL, lines_of(source)).findings
    (occurrence,) = finding.occurrences
    assert [(one.name, one.value, one.option) for one in occurrence.tested] == [
        ("IS_ON", "", "--on"),
        ("USES_TUNNEL", "", ""),
        ("with_bypass", "?", ""),
    ]


def test_what_attaches_the_program_decides_too() -> None:
    entry = 'SEC("tc") int entry(struct __sk_buff *c) { return bpf_redirect(HOST_DEV, 0); }'
    source = MACROS + entry
    described = profile(
        {**POD, "when": "defined(WITH_ROUTES) && !defined(OLD) && with_pods"},
        symbols=SYMBOLS,
        configurations={"c": {"defines": ["WITH_ROUTES=1"]}},
        options={"WITH_ROUTES": "--routes"},
    )
    system = analyse(
        {"a.c": source}, described, defines={"WITH_ROUTES": "1"}, values={"with_pods": 1}
    )
    (finding,) = evaluate(system, (CROSS,), KERNEL, lines_of(source)).findings
    told = [(one.name, one.value, one.option) for one in finding.occurrences[0].tested]
    assert told == [("WITH_ROUTES", "1", "--routes"), ("with_pods", "1", "")]


SCRATCH = (
    PROG_ARRAY
    + """
struct s { u32 device, ready; };
struct { __uint(type, 6); __uint(max_entries, 1); __type(key, u32); __type(value, struct s); }
    own SEC(".maps");
SEC("calls/0") int last(struct __sk_buff *c) {
    u32 zero = 0; struct s *s = bpf_map_lookup_elem(&own, &zero);
    return s && s->ready ? bpf_redirect(s->device, 0) : 0; }
"""
)
CARRIED = """u32 zero = 0; struct s *s = bpf_map_lookup_elem(&own, &zero);
    if (unknown()) { s->device = %s; s->ready = %d; bpf_tail_call(c, &calls, 0); return 0; }
    s->device = HOST_DEV; s->ready = %d; bpf_tail_call(c, &calls, 0); return 0;"""


def test_the_path_that_is_shown_leads_there_alone() -> None:
    (finding,) = found(CARRIED % ("0", 1, 1), before=SCRATCH)
    (shown,) = finding.occurrences
    assert finding.confidence == "high"
    assert [step.line for step in shown.trace if step.kind == "tail_call"] != [3]


def test_a_finding_says_where_only_joined_states_lead_there() -> None:
    (finding,) = found(CARRIED % ("0", 1, 0), before=SCRATCH)
    assert finding.confidence == "medium"
    assert "may not alone" in finding.occurrences[0].assumptions[0]


def test_two_devices_are_not_the_same_for_want_of_both() -> None:
    zero = RULES["zero-ifindex"]
    body = "u32 to = c->mark ? HOST_DEV : OTHER_DEV; %s return bpf_redirect(to, 0);"
    before = "#define OTHER_DEV 43\n"
    assert not found(body % "if (HOST_DEV == OTHER_DEV) return bpf_redirect(HOST_DEV, 0);",
                     HOST, rules=(zero,), before=before)  # fmt: skip
    assert not found(body % "if (to != OTHER_DEV) return 0;", HOST, rules=(zero,), before=before)
    assert found(body % "if (to) return 0;", HOST, rules=(zero,), before=before)
