"""The HTML report in a browser: opened from a file, searched, walked through, printed."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bpf_lint.model.finding import Report
from tests.browser.conftest import Open
from tests.reporters.samples import EMPTY, RICH, SERVICE, finding
from tests.reporters.test_html import DRAWN, MARKUP

FIRST = "1f1f1f1f1f1f"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def many(count: int) -> Report:
    rules = ("cross-netns-redirect", "cross-netns-fib-lookup")
    findings = tuple(
        finding(
            line=n % 120 + 1,
            function=f"function_{n}",
            rule=rules[n % 2],
            fingerprint=f"{n:032x}",
            cause=f"{n // 3:032x}",
        )
        for n in range(count)
    )
    return Report(RICH.summary, findings)


def until(page: Any, condition: Callable[[], bool]) -> None:
    """Wait for what a handler does a little later (the page's policy lets nobody evaluate text)."""
    for _ in range(400):
        if condition():
            return
        page.wait_for_timeout(25)
    raise AssertionError(page.url)


def rows(page: Any) -> int:
    return int(page.locator("#list a").count())


def test_a_path_is_followed_by_mouse(opened: Open) -> None:
    page = opened(RICH)
    assert rows(page) == 3
    page.locator("#list a").first.click()
    assert page.locator("#detail h2").inner_text().endswith("at tc-egress in pod")
    right = page.locator("#detail h3", has_text="Done right").locator(
        "xpath=following-sibling::*[1]"
    )
    assert right.inner_text().startswith("datapath/lib/service.h:89, by from_net at tc-ingress of")
    page.locator("#detail .steps button").nth(3).click()
    assert page.locator(".source figcaption").inner_text().startswith("datapath/pod.c:33")
    assert page.locator(".source .here .number").inner_text() == "33"
    page.locator("#detail .steps button").nth(4).click()
    assert "ct_lookup(ctx, &state)" in page.locator(".source .here").inner_text()
    assert f"finding={FIRST}&step=5" in page.url


def test_a_path_is_followed_by_keyboard(opened: Open) -> None:
    page = opened(RICH)
    page.keyboard.press("j")
    until(page, lambda: FIRST in page.url)
    page.keyboard.press("n")
    until(page, lambda: "step=1" in page.url)
    page.keyboard.press("n")
    until(page, lambda: "step=2" in page.url)
    assert page.locator('[aria-current="step"]').inner_text().endswith("calls handle_pod")
    page.keyboard.press("p")
    until(page, lambda: "step=1" in page.url)
    page.keyboard.press("j")
    until(page, lambda: FIRST not in page.url)
    page.keyboard.press("/")
    page.keyboard.type("jjj")
    until(page, lambda: "q=jjj" in page.url)
    assert rows(page) == 0


def test_keys_can_be_turned_off(opened: Open) -> None:
    page = opened(RICH)
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.locator("#help button").click()
    page.keyboard.press("j")
    assert "finding" not in page.url


def test_a_link_leads_to_a_step_and_back_goes_back(opened: Open) -> None:
    page = opened(RICH, f"#finding={FIRST}&step=6")
    assert page.locator(".source figcaption").inner_text().startswith(f"{SERVICE}:89")
    page.locator("#list a").nth(1).click()
    page.go_back()
    assert page.locator(".source figcaption").inner_text().startswith(f"{SERVICE}:89")


def test_filters_and_groups_are_in_the_address(opened: Open) -> None:
    page = opened(RICH)
    page.locator("#rule").select_option("cross-netns-fib-lookup")
    assert rows(page) == 1
    assert page.locator("#count").inner_text() == "1 of 3 findings"
    page.locator("#reset").click()
    assert rows(page) == 3
    page.locator("#by").select_option("mode")
    assert page.locator("#list h3").all_inner_texts() == ["ipvlan (3)", "netkit (1)"]
    again = opened(RICH, "#severity=warning&q=ifindex")
    assert rows(again) == 1
    assert again.locator("#severity").input_value() == "warning"


def test_the_other_contexts_of_a_finding_have_their_own_path(opened: Open) -> None:
    page = opened(RICH, f"#finding={FIRST}")
    ways = page.locator(".ways button")
    chosen = [one.get_attribute("aria-pressed") for one in ways.all()]
    assert chosen.count("true") == 1
    ways.last.click()
    until(page, lambda: "way=" in page.url)
    assert page.locator(".ways button").last.get_attribute("aria-pressed") == "true"


def test_two_thousand_findings_are_fluent(opened: Open) -> None:
    page = opened(many(2000))
    assert rows(page) == 2000
    begun = time.monotonic()
    page.locator("#q").fill("function_1999")
    until(page, lambda: rows(page) == 1)
    page.locator("#q").fill("")
    until(page, lambda: rows(page) == 2000)
    assert time.monotonic() - begun < 4  # 0.3 s where nothing else runs
    drawn = page.evaluate(
        """() => {
            const begun = performance.now();
            document.querySelectorAll("#list a")[1500].click();
            return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
                () => done(performance.now() - begun))));
        }"""
    )
    assert drawn < 1000


def test_what_the_tree_chose_stays_text(opened: Open) -> None:
    turned = "\u202egnp.exe\u2066 \u200b"
    text = MARKUP + turned
    hostile = Report(
        msgspec.structs.replace(RICH.summary, notes=(text,), profile=text),
        (finding(path=text, function=text, message=text, fact=text, suggestion=text, rule=text),),
    )
    page = opened(hostile, f"#finding={FIRST}")
    assert MARKUP in page.locator("#detail").inner_text()
    assert page.locator("img, iframe, object, #detail script, #coverage script").count() == 0
    shown = page.evaluate("document.body.innerText")
    assert not set(turned) & set(shown) - set("gnp.exe ")
    page.evaluate("location.hash = 'view=coverage'")
    assert MARKUP in page.locator("#coverage").inner_text()


def test_an_address_of_somebody_else_breaks_nothing(opened: Open) -> None:
    page = opened(RICH, "#finding=%3Cimg%3E&step=-4&view=constructor&way=9&rule=%00&by=__proto__")
    assert page.locator("#findings").is_visible()
    assert page.locator("img").count() == 0


def test_journeys_are_chosen_and_linked(opened: Open) -> None:
    page = opened(DRAWN, "#view=journeys")
    shown = page.locator("#drawings .journey:visible")
    assert shown.count() == 2
    page.locator("#journey-broken").check()
    until(page, lambda: shown.count() == 1)
    page.locator("#journey-broken").uncheck()
    page.locator("#journey-mode").select_option("veth")
    until(page, lambda: shown.count() == 1)
    assert "through the stack of host" in shown.inner_text()
    page.locator("[data-view=findings]").click()
    page.locator("#list a").first.click()
    drawing = page.locator("#detail .journey")
    assert "eth0 of" in drawing.inner_text()
    drawing.locator("figcaption a").click()
    until(page, lambda: page.locator("#j0.chosen").count() == 1)


def test_it_is_printed_whole(opened: Open) -> None:
    page = opened(RICH)
    page.evaluate(
        "window.addEventListener('beforeprint', () => {"
        " window.held = document.querySelectorAll('#printed article').length; })"
    )
    assert page.pdf().startswith(b"%PDF")
    assert page.evaluate("window.held") == 3
    assert page.locator("#printed article").count() == 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.locator("#printed").inner_text()
    assert printed.count("Path of the packet") == 3
    assert page.locator("#coverage").is_visible()
    assert not page.locator("#list").is_visible()


def test_a_phone_has_room_for_it(opened: Open) -> None:
    page = opened(RICH, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#list a").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.locator("#list").is_visible()
    page.locator(".back").click()
    assert page.locator("#list").is_visible()


def test_without_script_the_causes_are_told(opened: Open) -> None:
    page = opened(RICH, java_script_enabled=False)
    assert "datapath/lib/service.h:89:10" in page.locator("body").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("report", "address"),
    [
        (RICH, ""),
        (DRAWN, f"#finding={FIRST}&step=2"),
        (DRAWN, "#view=journeys"),
        (RICH, "#view=coverage"),
        (EMPTY, ""),
    ],
    ids=["list", "finding", "journeys", "coverage", "empty"],
)
def test_the_accessibility_checker_finds_nothing(
    opened: Open, report: Report, address: str, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(report, address, color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


def test_the_theme_can_be_turned(opened: Open) -> None:
    page = opened(RICH, color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
