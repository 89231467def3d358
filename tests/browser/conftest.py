"""A headless Chromium of the machine: these tests are left out where there is none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.model.finding import Report
from bpf_lint.reporters.registry import render
from tests.reporters.samples import OPTIONS

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    found = os.environ.get("BPF_LINT_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("no chromium on this machine")
    with api.sync_playwright() as started:
        # Root has no sandbox of Chromium's; what is opened are the pages that the tests wrote.
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a report from a file; at the end, nothing was said on the console nor asked for."""
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_report(report: Report, address: str = "", **settings: Any) -> Any:
        path = tmp_path / "report.html"
        path.write_text(render(report, "html", OPTIONS), encoding="utf-8")
        contexts.append(chromium.new_context(**settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert said == []
    assert {url.partition("#")[0] for url in asked} <= {(tmp_path / "report.html").as_uri()}
