"""Text that may be printed: nothing of it is obeyed, and nothing is lost."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from bpf_lint.cli.streams import Guard
from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Finding, Occurrence, Report, Skipped, Step, Summary, Target
from bpf_lint.model.finding import UnitRecord as Unit
from bpf_lint.model.printable import guarded, safe
from bpf_lint.reporters import FORMATS, WITH_COMMANDS, Options, render
from tests.hostile import KINDS, SURROGATE, faults
from tests.reporters.samples import rule

ALL = {**KINDS, "surrogate": SURROGATE}


def report(text: str) -> Report:
    """A report in which every text is hostile."""
    step = Step("call", text, 1, 1, text)
    hook = HookContext(
        mode=text,
        configuration=text,
        program=text,
        entry=text,
        hook=text,
        device=text,
        device_kind=text,
        skb_netns=text,
        peer_netns=text,
    )
    target = Target(text, text, text, 1, (step, Step("map_store", text, 1, 1, text)))
    occurrence = Occurrence(hook, target, {text: text}, (step,), (text,))
    finding = Finding(
        rule=text,
        severity="error",
        confidence="medium",
        path=text,
        line=1,
        column=1,
        function=text,
        message=text,
        suggestion=text,
        statement=text,
        fingerprint="1f" * 16,
        occurrences=(occurrence, occurrence),
    )
    known = Finding(**{name: getattr(finding, name) for name in finding.__struct_fields__})
    summary = Summary(
        programs=2,
        analysed=1,
        configurations=1,
        findings=2,
        unresolved_tail_calls=1,
        skipped=(Skipped(text, text),),
        units=(Unit(text, (text,), text, text),),
        profile=text,
        flags_from=text,
        notes=(text,),
    )
    return Report(summary, (finding, known), (finding,))


def options(text: str, **more: bool) -> Options:
    return Options(
        rules={text: rule(text, text)},
        read_source=lambda _path: text,
        statistics=True,
        show_unknown=True,
        new_since=text,
        width=40,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_passes_on_what_is_obeyed(form: str, name: str) -> None:
    text = ALL[name]
    shown = render(report(text), form, options(text))
    assert not faults(shown, commands=3 if form in WITH_COMMANDS else 0)
    if form in ("json", "sarif", "gitlab", "rdjson"):
        assert json.loads(shown)
    if form == "junit":
        assert Xml.fromstring(shown).find("testsuite") is not None


@pytest.mark.parametrize("name", ALL)
def test_colours_stay_and_nothing_beside_them(name: str) -> None:
    text = ALL[name]
    shown = render(report(text), "text", options(text, color=True))
    assert shown.count("\x1b[1;31merror:\x1b[0m") == 3
    assert not faults(shown, styles=True)
    # The tree's own colours are no colours of ours.
    assert "red\x1b" not in shown


@pytest.mark.parametrize("name", KINDS)
def test_json_holds_the_true_text(name: str) -> None:
    (first, _second) = json.loads(render(report(KINDS[name]), "json", options("x")))["findings"]
    assert first["path"] == KINDS[name]
    assert first["statement"] == KINDS[name]


def test_xml_holds_the_text_that_people_see() -> None:
    text = "::error::x ##[y"
    suite = Xml.fromstring(render(report(text), "junit", options(text))).find("testsuite")
    assert suite is not None
    assert {case.get("file") for case in suite.iter("testcase")} == {text}


@pytest.mark.parametrize("name", ALL)
def test_text_may_come_in_parts(name: str) -> None:
    text = f"a{ALL[name]}\n {ALL[name]}::error::x\n##[x]"
    chance = random.Random(name)
    for _ in range(20):
        stream, rest = io.StringIO(), text
        guard = Guard(stream)
        while rest:
            size = chance.randint(1, 6)
            guard.write(rest[:size])
            rest = rest[size:]
        assert stream.getvalue() == guarded(text)
        assert not faults(stream.getvalue())


def test_what_is_guarded_stays_as_it_is() -> None:
    for text in ALL.values():
        assert guarded(guarded(text)) == guarded(text)
    plain = "a.c:3:9: error: x::y C++::z # [x] é 漢字 …\n\t| #1\n"
    assert guarded(plain) == plain


def test_escapes_can_be_read() -> None:
    assert safe("a\x1b[2Jb\tc\u202e\nd") == "a\\u{1b}[2Jb\tc\\u{202e}\\u{a}d"
    assert guarded(" ::error::x\n") == " :\\u{3a}error::x\n"
    assert guarded("##vso[x]") == "##vso\\u{5b}x]"


@pytest.mark.parametrize(
    "text",
    ["\t" * 10**6, "##a" * 300_000, "\n" * 10**6, ":é" * 500_000, "\x1b[0m" * 200_000, "#" * 10**6],
)
def test_it_takes_no_longer_than_the_text(text: str) -> None:
    from time import process_time

    def seconds(work: Callable[[], object]) -> float:
        begun = process_time()
        work()
        return process_time() - begun

    # A tenth of it takes about a tenth: never a hundredth, as where time grows with the square.
    part = seconds(lambda: [guarded(text[: len(text) // 10], styles=True) for _ in range(10)])
    assert seconds(lambda: guarded(text, styles=True)) < 4 * part + 0.2


def test_nothing_prints_but_the_guarded_streams() -> None:
    package = Path(__file__).parent.parent / "bpf_lint"
    writes = re.compile(r"\bprint\(|click\.s?echo|sys\.(__)?std(out|err)|\bos\.write\(")
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if writes.search(path.read_text())
    }
    # `--version`, the streams themselves, and questions about terminals.
    assert found == {
        "__main__.py", "cli/streams.py", "cli/entry.py", "cli/check.py", "cli/progress.py"
    }  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_every_kind_would_be_obeyed(name: str) -> None:
    assert faults(ALL[name])
