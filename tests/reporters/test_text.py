"""Text for people: width, colour, links, and source that a terminal would obey."""

import re

import msgspec
import pytest

from bpf_lint.model.finding import Argument, Report, Step, UnitRecord
from bpf_lint.model.printable import safe
from bpf_lint.reporters import Options, common
from bpf_lint.reporters.registry import render
from tests.reporters.samples import OPTIONS, POD, RICH, RULES, SERVICE, finding

LONG = "the number names a device of another namespace " * 12


def test_lines_fit_100_columns() -> None:
    report = Report(RICH.summary, (finding(message=LONG, suggestion=LONG),))
    for form in ("text", "full"):
        lines = render(report, form, OPTIONS).splitlines()[1:]
        assert max(len(line) for line in lines) <= 100


def test_narrow_terminals_get_narrow_text() -> None:
    options = msgspec.structs.replace(OPTIONS, width=60)
    report = Report(RICH.summary, (finding(message=LONG),))
    reasons = [line for line in render(report, "full", options).splitlines() if "namespace" in line]
    assert max(len(line) for line in reasons[1:9]) <= 60


def test_caret_stands_under_the_column() -> None:
    lines = render(RICH, "text", OPTIONS).splitlines()
    code, caret = lines[1], lines[2]
    marked = slice(caret.index("^"), len(caret))
    assert code[marked] == "state.ifindex"
    assert caret.endswith("^" + "~" * (len("state.ifindex") - 1))


def test_caret_stands_under_the_call_where_no_argument_is_known() -> None:
    report = Report(RICH.summary, (finding(argument=None),))
    code, caret = render(report, "text", OPTIONS).splitlines()[1:3]
    assert code[caret.index("^") :].startswith("bpf_redirect(")
    assert caret.endswith("^")


def test_an_argument_on_the_next_line_is_shown_with_the_call() -> None:
    source = "\n" * 88 + "return bpf_redirect(\n\tstate.ifindex, 0);"
    options = msgspec.structs.replace(OPTIONS, read_source={SERVICE: source}.get)
    one = finding(column=8, argument=Argument(SERVICE, 90, 2, "state.ifindex"))
    call, code, caret = render(Report(RICH.summary, (one,)), "text", options).splitlines()[1:4]
    assert call.endswith("return bpf_redirect(")
    assert code[caret.index("^") :].startswith("state.ifindex")


def test_caret_of_a_long_line_stays_in_sight() -> None:
    line = f"{'x' * 300} bpf_redirect(1, 0); {'y' * 300}"
    options = msgspec.structs.replace(OPTIONS, read_source={SERVICE: "\n" * 88 + line}.get)
    report = Report(RICH.summary, (finding(column=302, argument=None),))
    lines = render(report, "text", options).splitlines()
    assert len(lines[1]) <= 100
    assert lines[1][lines[2].index("^") :].startswith("bpf_redirect(")


def test_caret_after_wide_characters() -> None:
    line = "/* 漢字 */ bpf_redirect(1, 0);"
    column = line.encode().index(b"bpf_") + 1
    options = msgspec.structs.replace(OPTIONS, read_source={SERVICE: "\n" * 88 + line}.get)
    one = finding(column=column, argument=None)
    lines = render(Report(RICH.summary, (one,)), "text", options).splitlines()
    wide = 2
    assert lines[2].index("^") - wide == lines[1].index("bpf_")


def test_no_escape_without_colour() -> None:
    assert "\x1b" not in render(RICH, "text", OPTIONS)


def test_colour_changes_nothing_but_escapes() -> None:
    options = msgspec.structs.replace(OPTIONS, color=True)
    for form in ("text", "full"):
        colored = render(RICH, form, options)
        assert "\x1b[1;31merror:\x1b[0m" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(RICH, form, OPTIONS)


def test_links_name_files_below_the_root() -> None:
    options = msgspec.structs.replace(OPTIONS, hyperlinks=True, root="/src/a b")
    for form in ("text", "full"):
        linked = render(RICH, form, options)
        assert f"\x1b]8;;file:///src/a%20b/{SERVICE}\x1b\\" in linked
        assert re.sub(r"\x1b\]8;;.*?\x1b\\", "", linked) == render(RICH, form, OPTIONS)


def test_terminal_never_obeys_the_source() -> None:
    source = "\n" * 88 + "\t\x1b]0;owned\x07 bpf_redirect(x\u202e, 0);"
    evil = finding(
        path="a\x1b[2J.h",
        message="\x1b[31mred\x9b",
        function="f\x07",
        occurrences=(
            msgspec.structs.replace(
                finding().occurrences[0],
                trace=(Step("call", "b\r.c", 1, 1, "\x1b]8;;http://x\x1b\\ \u2028text"),),
                defines={"A\x1b": "\x00"},
            ),
        ),
    )
    options = Options(rules=RULES, read_source=lambda _path: source)
    for format in ("text", "full", "concise", "github", "markdown", "junit"):
        text = render(Report(RICH.summary, (evil,)), format, options)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]", text), format


def test_safe_shows_what_it_hides() -> None:
    assert safe("a\x1b[2Jb\tc\u202e") == "a\\u{1b}[2Jb\tc\\u{202e}"


def test_contexts_after_the_first_are_one_line_a_hook() -> None:
    text = render(Report(RICH.summary, (finding(),)), "full", OPTIONS)
    assert "also there in configuration fast-redirect" in text
    assert text.count("also netkit: netkit-primary of pod (netkit)") == 1
    assert text.count("also from NODE_DEV_IFINDEX, an ifindex of netns host") == 1


def test_the_context_with_the_fewest_macros_is_told_if_the_message_fits_it() -> None:
    fast, plain, other = (finding().occurrences[n] for n in (1, 0, 2))
    one = finding(occurrences=(fast, plain, other))
    text = render(Report(RICH.summary, (one,)), "full", OPTIONS)
    assert "defined there: ENABLE_NODEPORT, POD_MTU=1500\n" in text
    assert "also there in configuration fast-redirect\n" in text
    assert "(datapath/lib/service.h:40)\n" in text.split("origin: ")[1]


def test_footer_names_what_was_read_and_what_was_not() -> None:
    text = render(RICH, "text", OPTIONS)
    assert "1 cause, 3 findings; analysed 2 of 3 programs\n" in text
    assert "modes: ipvlan, veth; configurations: default, fast-redirect; 2 combinations" in text
    assert "not analysed: datapath/xdp.c: datapath/xdp.c:7:10: 'missing.h' file not found" in text
    assert "1 tail call without a known target" in text


def test_statistics_count_sites_and_contexts() -> None:
    options = msgspec.structs.replace(OPTIONS, statistics=True)
    rows = [line.split() for line in render(RICH, "text", options).splitlines()]
    assert ["cross-netns-redirect", "error", "2", "5", "ipvlan,", "netkit"] in rows
    assert ["cross-netns-fib-lookup", "warning", "1", "1", "ipvlan"] in rows


def test_unknown_origins_are_shown_on_request() -> None:
    report = msgspec.structs.replace(RICH, unknown=(finding(rule="unknown-ifindex", line=3),))
    assert "unknown-ifindex" not in render(report, "text", OPTIONS)
    shown = render(report, "text", msgspec.structs.replace(OPTIONS, show_unknown=True))
    assert f"{SERVICE}:3:10" in shown


def test_macros_that_every_configuration_has_are_left_out() -> None:
    units = (
        UnitRecord(POD, ("-DPOD_MTU=1500", "-DENABLE_NODEPORT=1"), "ipvlan", "default"),
        UnitRecord(POD, ("-DPOD_MTU=1500",), "ipvlan", "fast-redirect"),
        UnitRecord(POD, ("-DENABLE_NODEPORT=1",), "veth", "default"),
    )
    summary = msgspec.structs.replace(RICH.summary, units=units)
    report = msgspec.structs.replace(RICH, summary=summary)
    assert "ENABLE_NODEPORT, POD_MTU=1500" in render(RICH, "full", OPTIONS)
    text = render(report, "full", OPTIONS)
    assert "defined there: ENABLE_NODEPORT\n" in text
    assert "POD_MTU" not in text


@pytest.mark.parametrize(
    ("value", "option", "told"),
    [
        ("1", "unless --routes", "HERE (unless --routes)"),
        ("", "unless --routes", "no HERE (--routes)"),
        ("0", "--on", "HERE=0 (without --on)"),
        ("?", "--on", "HERE=? (--on)"),
    ],
)
def test_an_option_is_told_as_it_is_set_there(value: str, option: str, told: str) -> None:
    first = next(c for one in RICH.findings for c in one.occurrences if c.tested)
    one = msgspec.structs.replace(first.tested[0], name="HERE", value=value, option=option)
    assert common.tested_text(msgspec.structs.replace(first, tested=(one,))) == told


def test_what_decides_is_told_with_the_option_that_sets_it() -> None:
    text = render(RICH, "full", OPTIONS)
    tested = (
        "the path tests no ENABLE_TUNNEL (without --tunnel), ENABLE_NODEPORT (--enable-nodeport),"
    )
    assert f"{tested}\n      with_bypass=?, LB_MODE=2\n" in text
    assert "configuration default (A pod's own routes)\n" in text
    short = render(RICH, "text", OPTIONS)
    assert "at: ipvlan, with no ENABLE_TUNNEL (without --tunnel), ENABLE_NODEPORT" in short
