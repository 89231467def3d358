"""The documentation site and the manual page: whole, strict, and of nobody else's making."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bpf_lint.config.catalogue import shipped_rules
from bpf_lint.model import addresses
from tests.running import ROOT, run_lint


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` does, without a network."""
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    folder = tmp_path_factory.mktemp("site") / "site"
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Page(HTMLParser):
    """The links of a page, what it loads, and its anchors."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.anchors.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        source = values.get("src") or (values.get("href") if tag == "link" else None)
        if source and values.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(source)


def pages(site: Path) -> Iterator[tuple[Path, Page]]:
    for file in sorted(site.rglob("*.html")):
        if file.name != "404.html":
            yield file, Page(file)


def test_every_document_is_a_page(site: Path) -> None:
    for document in (ROOT / "docs").rglob("*.md"):
        name = document.relative_to(ROOT / "docs").with_suffix("")
        page = site / (name.parent if name.name == "README" else name) / "index.html"
        assert page.is_file(), document
    for other in ("", "changelog", "contributing"):
        assert (site / other / "index.html").is_file()


def test_links_lead_somewhere(site: Path) -> None:
    found = dict(pages(site))
    for file, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), f"{file.relative_to(site)}: {link}"
            if parts.fragment and target in found:
                assert unquote(parts.fragment) in found[target].anchors, f"{file}: {link}"


def test_links_to_the_source_name_files_that_are_there(site: Path) -> None:
    prefix = f"{addresses.REPOSITORY}/blob/main/"
    named = {link for _, page in pages(site) for link in page.links if link.startswith(prefix)}
    assert named
    for link in named:
        assert (ROOT / urlsplit(link).path.split("/blob/main/")[1]).exists(), link


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for file, page in pages(site):
        foreign = [one for one in page.loaded if urlsplit(one).netloc]
        assert foreign == [], file


def test_addresses_of_rules_are_pages(site: Path) -> None:
    for rule in shipped_rules():
        path = urlsplit(addresses.page_of_rule(rule)).path
        assert (site / path.strip("/") / "index.html").is_file(), rule


def test_the_command_line_is_described() -> None:
    manual = (ROOT / "docs" / "bpf-lint.1").read_text().replace("\\-", "-")
    page = (ROOT / "docs" / "command-line.md").read_text()
    commands = re.findall(r"^  (\S+)  +\S", run_lint("--help").stdout.split("Commands:")[1], re.M)
    assert len(commands) > 8
    for command in commands:
        assert f"\n.SS {command}\n" in manual
        assert f"\n## {command}\n" in page
        shown = run_lint(command, "--help").stdout
        for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)", shown, re.MULTILINE):
            assert option in manual or option == "--help", option
            assert option in page or option == "--help", option


@pytest.mark.parametrize("program", ["mandoc", "groff"])
def test_the_manual_page_is_well_formed(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    checks = {"mandoc": ["-T", "lint", "-W", "warning"], "groff": ["-man", "-ww", "-z", "-Tutf8"]}
    command = [program, *checks[program], str(ROOT / "docs" / "bpf-lint.1")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""
