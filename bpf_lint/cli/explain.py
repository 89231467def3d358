"""`bpf-lint explain`: a rule's page."""

from __future__ import annotations

import re

import click

from bpf_lint.cli.options import catalogue_here
from bpf_lint.cli.streams import tell
from bpf_lint.config.nearest import unknown
from bpf_lint.rules.rulepage import render


@click.command("explain", help="Print a rule: why, a bad and a good example, limits.")
@click.argument("rule")
@click.option("--config", default="", metavar="FILE", help="Configuration file.")
def command(rule: str, config: str) -> None:
    """Print a rule's page."""
    catalogue = catalogue_here(config)
    known = {one.id: one for one in catalogue.rules}
    if rule not in known:
        raise click.ClickException(unknown("rule", rule, known))
    page = render(known[rule], catalogue.kernel)
    tell(re.sub(r"\n*<!--.*?-->\s*$", "\n", page, flags=re.DOTALL))
