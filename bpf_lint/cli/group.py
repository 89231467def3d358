"""Commands that are imported when they are used; without a name, `check` is meant."""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib import import_module

import click

COMMANDS = {
    "check": "Analyse programs and report findings (what `bpf-lint PATH` does).",
    "graph": "Print what calls what, from a hook to every redirect.",
    "journey": "Draw where a packet can go, through programs, devices and namespaces.",
    "doctor": "Say what would be read, how, and what is wrong with it.",
    "config": "Print each setting, and where it comes from.",
    "diff": "Compare two JSON reports.",
    "history": "Say since when, and in which releases, findings are there.",
    "sweep": "Analyse a fleet of repositories, and report over all of it.",
    "explain": "Print a rule: why, examples, limits.",
    "rules": "List the rules.",
    "lsp": "Serve an editor: findings as files are saved (needs bpf-lint[lsp]).",
    "schema": "Print the JSON schema of a file.",
    "test-rules": "Test rules of your own on small programs.",
    "init": "Write a commented bpf-lint.toml for a tree.",
}
DEFAULT = "check"


def _meant(word: str, ctx: click.Context) -> None:
    """Refuse what is nearly a command and no path."""
    if word.startswith("-") or os.path.exists(word):
        return
    if near := get_close_matches(word, COMMANDS, n=1, cutoff=0.7):
        message = f'"{word}" is neither a command nor a path; did you mean "{near[0]}"?'
        raise click.UsageError(message, ctx)


class Commands(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command by name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"bpf_lint.cli.{cmd_name.replace('-', '_')}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before arguments that do not begin with a command."""
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if args and args[0] not in COMMANDS and args[0] not in own:
            _meant(args[0], ctx)
            args.insert(0, DEFAULT)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
