"""What several rules know about one call is told together, in the order of what happens to it."""

from __future__ import annotations

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.model.finding import Finding, Report, Summary
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.registry import render
from bpf_lint.rules import evaluate, merge
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile

RULES = {rule.id: rule for rule in Catalogue(data_folder()).rules}
CROSS, LOST = RULES["cross-netns-redirect"], RULES["discarded-redirect"]
GOES_ON = "int ret = bpf_redirect(UPLINK, 0); if (ret != 7) return 2; bpf_tail_call(c, &calls, 1);"


def found(before: str, after: str, *rules: str, leading: bool = True) -> list[Finding]:
    """Findings in a program, and one behind a tail call, that run in the pod."""
    source = f"""{PROG_ARRAY}
enum {{ UPLINK = 50 }};
SEC("calls/1") int next(struct __sk_buff *c) {{ {after} }}
SEC("tc") int entry(struct __sk_buff *c) {{ {before} return 2; }}"""
    system = analyse(
        {"a.c": source},
        profile(
            attach("a.c", "entry", "tc-egress", "slave"),
            symbols=[{"name": "UPLINK", "netns": "host", "device": "uplink"}],
        ),
    )
    wanted = [RULES[name] for name in rules or ("cross-netns-redirect",)]
    lead = (LOST,) if leading and LOST not in wanted else ()
    told = evaluate(system, wanted, KERNEL, lambda _path, _line: "", leading=lead).findings
    return merge(told, {CROSS.id: CROSS.cause})


def test_a_redirect_that_never_happens_is_told_before_its_number() -> None:
    (one,) = found(GOES_ON, "return c->mark ? 0 : 2;")
    assert one.rule == CROSS.id
    assert one.fact == (
        "the redirect never happens; besides, bpf_redirect(UPLINK): a number of host, at tc-egress "
        "in pod"
    )
    assert one.message.startswith(
        "The redirect never happens: a tail call to next follows, which ends with a verdict of its "
        "own. Were it carried out: UPLINK is a number of host."
    )
    assert one.suggestion.startswith("Its result alone does not help. ")
    (seen,) = one.occurrences
    assert seen.trace[-1].kind == "redirect"
    assert [step.kind for step in seen.after] == ["lost"]
    assert seen.after[0].text == (
        "lost in the tail call to next, which ends with a verdict of its own"
    )
    assert seen.after[0].line > seen.trace[-1].line - 1


def test_nothing_is_told_before_where_a_path_carries_it_out() -> None:
    plain = found("return bpf_redirect(UPLINK, 0);", "return 0;")[0]
    for before, after in (
        (f"if (c->mark) return bpf_redirect(UPLINK, 0); {GOES_ON}", "return 7;"),
        (GOES_ON, "return 7;"),
        (GOES_ON, "return c->mark ? 7 : 2;"),
        (
            "int ret = bpf_redirect(UPLINK, 0); if (c->mark) bpf_tail_call(c, &calls, 1);"
            "return ret;",
            "return 0;",
        ),
    ):
        for one in found(before, after):
            assert (one.fact, one.message, one.suggestion) == (
                plain.fact,
                plain.message,
                plain.suggestion,
            )
            assert one.occurrences[0].earlier is None
            assert one.occurrences[0].after == ()


def test_a_redirect_of_the_called_program_is_not_this_one() -> None:
    (first, second) = found(GOES_ON, "return bpf_redirect(UPLINK, 0);")
    before = {one.line: one.occurrences[0].earlier is not None for one in (first, second)}
    assert sorted(before.values()) == [False, True]
    assert first.cause != second.cause


def test_it_is_the_same_where_the_other_rule_reports_too() -> None:
    alone = found(GOES_ON, "return 0;")[0]
    both = found(GOES_ON, "return 0;", CROSS.id, LOST.id)
    told = {one.rule: one for one in both}
    assert told[CROSS.id].message == alone.message
    assert told[CROSS.id].fingerprint == alone.fingerprint
    assert len({one.cause for one in both}) == 1
    report = Report(Summary(1, 1, 1, 2, 0), tuple(both))
    text = render(report, "text", Options(rules=RULES, read_source=lambda _path: None))
    assert text.count("reason:") == 1
    assert text.index("[discarded-redirect]") < text.index(
        "  besides: bpf_redirect(UPLINK): a number of host, at tc-egress in pod "
        "[cross-netns-redirect]"
    )


def test_rules_that_do_not_report_are_not_asked_where_nobody_gives_them() -> None:
    (one,) = found(GOES_ON, "return 0;", leading=False)
    assert one.fact.startswith("bpf_redirect(UPLINK): a number of host")
