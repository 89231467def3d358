"""`bpf-lint rules`: the rules with their severities."""

from __future__ import annotations

import click

from bpf_lint.cli.catalogue import catalogue_here
from bpf_lint.cli.streams import say

STATUS = {
    "stable": "",
    "preview": " (preview, off by default)",
    "what-if": " (for --what-if, off by default)",
}


@click.command("rules", help="List the rules: severity, status, title.")
@click.option("--config", default="", metavar="FILE", help="Configuration file.")
def command(config: str) -> None:
    """List the rules."""
    rules = catalogue_here(config).rules
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        say(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}{STATUS[rule.status]}")
