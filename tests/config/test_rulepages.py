"""The pages under docs/rules are those that the rule files give."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.rule_schema import Rule
from bpf_lint.rules.rulepage import render

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "rules"
CATALOGUE = Catalogue(data_folder())


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.id)
def test_page_is_in_step(rule: Rule) -> None:
    assert (PAGES / f"{rule.id}.md").read_text() == render(rule, CATALOGUE.kernel)


def test_no_page_is_left_over() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {rule.id for rule in CATALOGUE.rules}


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.id)
def test_page_shows_what_the_rule_says(rule: Rule) -> None:
    page = render(rule, CATALOGUE.kernel)
    for part in (rule.title, rule.bad.code.strip(), rule.good.code.strip(), rule.kernel.strip()):
        assert part in page
    for name in rule.helpers:
        assert f"bpf_{name}(" in page
    for one in rule.evidence:
        assert f"`{one}`" in page
