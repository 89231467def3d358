"""What the documentation site has besides docs/: other documents, and links to the source."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)(?P<to>[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
# Documents that live elsewhere, by their page.
PAGES = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "index.md": "README.md",
}


def on_config(config: Any) -> Any:
    """Fill the parts of the navigation that are folders."""
    folders = {"RULES": "rules", "DECISIONS": "decisions"}
    for entry in config.nav:
        for title, value in entry.items() if isinstance(entry, dict) else ():
            if isinstance(value, str) and value in folders:
                entry[title] = _pages(folders[value])
    return config


def _pages(folder: str) -> list[str]:
    found = sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md"))
    first = [name for name in found if name == "README.md"]
    return [f"{folder}/{name}" for name in [*first, *(n for n in found if n not in first)]]


def on_files(files: Any, config: Any) -> Any:
    """Add the documents that are not in docs/."""
    for page, source in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Let links that leave docs/ lead to the page of what they name, or to its source."""
    path = page.file.src_uri
    source = PAGES.get(path, f"docs/{path}")
    parts = FENCED.split(markdown)
    parts[::2] = [
        LINK.sub(lambda found: _target(found, source, path, config.repo_url), part)
        for part in parts[::2]
    ]
    return "".join(parts)


def _target(found: re.Match[str], source: str, path: str, repository: str) -> str:
    """A link of a document as the site needs it."""
    named = posixpath.normpath(posixpath.join(posixpath.dirname(source), found["to"]))
    anchor = found["anchor"] or ""
    elsewhere = {document: page for page, document in PAGES.items()}
    if named in elsewhere or named.startswith("docs/"):
        page = elsewhere.get(named) or named.removeprefix("docs/")
        if (ROOT / "docs" / page).is_dir():
            page += "/README.md" if (ROOT / "docs" / page / "README.md").exists() else ""
        return posixpath.relpath(page, posixpath.dirname(path) or ".") + anchor
    if not (ROOT / named).exists():
        raise FileNotFoundError(f"{source} links to {named}, which is not there")
    return f"{repository.rstrip('/')}/blob/main/{named}{anchor}"
