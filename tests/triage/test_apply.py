"""The stage that decides what is shown."""

import msgspec
import pytest

from bpf_lint.config.user_schema import PathSettings
from bpf_lint.model.finding import Finding
from bpf_lint.triage import TriageResult, TriageSettings, apply
from bpf_lint.triage.baseline import from_findings
from tests.triage.findings import finding

RULES = ("cross-netns-redirect", "cross-netns-fib-lookup")
IGNORE = "bpf-lint: ignore[cross-netns-redirect] -- tested elsewhere"
SETTINGS = TriageSettings(known_rules=RULES)


def run(
    findings: list[Finding], sources: dict[str, str] | None = None, **changes: object
) -> TriageResult:
    sources = sources or {}
    members = {"files": tuple(sources), **changes}
    return apply(findings, msgspec.structs.replace(SETTINGS, **members), sources.get)


def kinds(result: TriageResult) -> list[str]:
    return [problem.kind for problem in result.problems]


def test_findings_come_out_in_the_order_of_places() -> None:
    result = run([finding(9), finding(2), finding(5, path="a.h")])
    assert [(f.path, f.line) for f in result.kept] == [("a.h", 5), ("lib/a.h", 2), ("lib/a.h", 9)]


@pytest.mark.parametrize(
    ("select", "ignore", "kept"),
    [
        ((), (), 2),
        (("cross-netns-*",), (), 2),
        (("*-redirect",), (), 1),
        ((), ("*fib*",), 1),
        (("cross-*",), ("*",), 0),
    ],
)
def test_rules_are_selected_by_glob(
    select: tuple[str, ...], ignore: tuple[str, ...], kept: int
) -> None:
    findings = [finding(), finding(rule="cross-netns-fib-lookup")]
    assert len(run(findings, select=select, ignore=ignore).kept) == kept


@pytest.mark.parametrize(
    ("glob", "kept"),
    [("lib/*.h", 0), ("lib", 0), ("**/a.h", 0), ("*.h", 1), ("lib/b.h", 1), ("other/**", 1)],
)
def test_rules_are_ignored_below_paths(glob: str, kept: int) -> None:
    settings = (PathSettings(path=glob, ignore=["cross-netns-*"]),)
    assert len(run([finding()], per_path=settings).kept) == kept


def test_a_comment_silences_its_line_and_says_why() -> None:
    result = run([finding(2), finding(3)], {"lib/a.h": f"\nf(); /* {IGNORE} */\ng();\n"})
    assert [f.line for f in result.kept] == [3]
    ((silenced, reason),) = result.suppressed
    assert (silenced.line, reason) == (2, "lib/a.h:2: tested elsewhere")
    assert result.problems == ()


def test_a_comment_at_the_macro_silences_its_expansions() -> None:
    sources = {
        "lib/a.h": "\n\nX();\nX();\n",
        "lib/macro.h": f"#define X() \\\n f() /* {IGNORE} */\n",
    }
    findings = [finding(3, spelling="lib/macro.h:2:2"), finding(4, spelling="lib/macro.h:2:2")]
    result = run(findings, sources)
    assert result.kept == ()
    assert result.problems == ()


def test_comments_can_be_switched_off() -> None:
    sources = {"lib/a.h": f"\n\nf(); /* {IGNORE} */\n/* bpf-lint: bad */"}
    result = run([finding(3)], sources, honour_ignores=False)
    assert (len(result.kept), result.problems) == (1, ())


def test_a_comment_for_another_rule_silences_nothing_and_is_unused() -> None:
    sources = {"lib/a.h": f"\n\nf(); /* {IGNORE} */\n"}
    result = run([finding(3, rule="cross-netns-fib-lookup")], sources)
    assert len(result.kept) == 1
    assert kinds(result) == ["unused"]
    assert str(result.problems[0]).startswith(
        "lib/a.h:3: unused suppression of cross-netns-redirect"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"complete": False},
        {"ran": ("cross-netns-fib-lookup",)},
        {"select": ("*fib*",)},
        {"ignore": ("*redirect",)},
        {"per_path": (PathSettings(path="lib", ignore=["*"]),)},
    ],
)
def test_a_comment_is_unused_only_where_its_rule_looked(changes: dict[str, object]) -> None:
    assert run([], {"lib/a.h": f"f(); /* {IGNORE} */\n"}, **changes).problems == ()


def test_malformed_and_unknown_ones_are_reported_anywhere() -> None:
    text = "/* bpf-lint: ignore[x] */\n/* bpf-lint: ignore[cross-netns-redirct] -- typo */\n"
    result = run([], {"b.c": text})
    assert kinds(result) == ["malformed", "unknown-rule"]
    assert 'did you mean "cross-netns-redirect"?' in result.problems[1].text


def test_baseline_silences_known_findings_wherever_they_moved() -> None:
    baseline = from_findings([finding(3), finding(8)])
    result = run([finding(30), finding(80), finding(90)], baseline=baseline)
    assert [f.line for f in result.kept] == [90]
    assert result.problems == ()


def test_baseline_entries_without_a_finding_are_stale() -> None:
    baseline = from_findings([finding(3), finding(8), finding(9, path="gone.h")])
    result = run([finding(30)], baseline=baseline)
    assert kinds(result) == ["stale-baseline", "stale-baseline"]
    assert [problem.path for problem in result.problems] == ["gone.h", "lib/a.h"]
    assert run([], baseline=baseline, complete=False).problems == ()
    assert run([], baseline=baseline, select=("*fib*",)).problems == ()


def test_a_finding_in_one_more_mode_is_not_in_the_baseline() -> None:
    baseline = from_findings([finding()])
    assert len(run([finding(modes=("ipvlan", "veth"))], baseline=baseline).kept) == 1


def test_comments_come_before_the_baseline() -> None:
    sources = {"lib/a.h": f"\n\nf(); /* {IGNORE} */\n"}
    result = run([finding(3), finding(7)], sources, baseline=from_findings([finding()]))
    assert result.kept == ()
    assert [reason for _finding, reason in result.suppressed][1] == "in the baseline"
