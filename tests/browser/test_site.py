"""The documentation site in a browser: nothing is broken, at a desk and on a phone."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.running import ROOT

WIDTHS = {"desk": 1280, "phone": 390}
# What each page must hold within the window, or scroll within itself.
TOO_WIDE = """() => [...document.querySelectorAll("main *, header *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .filter(e => e.checkVisibility() && !e.closest("table, pre, .md-typeset__scrollwrap, nav"))
    .map(e => e.outerHTML.slice(0, 100))"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def site(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, built and served here."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, check=True, env=env)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def pages() -> list[str]:
    """Every page of the documentation, by its address."""
    names = [path.relative_to(ROOT / "docs") for path in sorted((ROOT / "docs").rglob("*.md"))]
    places = [name.parent if name.stem == "README" else name.with_suffix("") for name in names]
    return ["", *(f"{place.as_posix()}/" for place in places)]


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_fits_the_window_and_says_nothing(chromium: Any, site: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    said: list[str] = []
    failed: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
    for name in pages():
        page.goto(f"{site}/{name}")
        assert page.title(), name
        assert page.evaluate(TOO_WIDE) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width + 1, name
    context.close()
    assert said == []
    assert failed == []


def test_the_search_finds_a_rule(chromium: Any, site: str) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(site)
    page.get_by_role("textbox", name="Search").first.fill("cross-netns-redirect")
    found = page.locator(".md-search-result__item a").first
    found.wait_for(timeout=20_000)
    assert "cross-netns" in found.text_content()


def test_a_row_of_the_kernel_facts_can_be_linked_to(chromium: Any, site: str) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{site}/kernel-facts/#Nl2-prim-base")
    row = page.locator("tr", has=page.locator("#Nl2-prim-base"))
    assert row.is_visible()
    assert row.bounding_box()["y"] < 900
