"""What shells complete: rules, modes, configurations, programs, profiles and fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completes(names: Callable[[click.Context], Iterable[str]]) -> Complete:
    """Completion of values, also of the last one of several joined by commas.

    Whatever is wrong with what was typed so far, a shell is told nothing, and no error.
    """

    def complete(
        ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        try:
            found = sorted(set(names(ctx)))
        except Exception:
            return []
        return [CompletionItem(f"{before}{comma}{n}") for n in found if n.startswith(last)]

    return complete


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever the shell has."""
    return [CompletionItem(incomplete, type="file")]


def rules(ctx: click.Context) -> Iterable[str]:
    """Rules, the project's own too."""
    from bpf_lint.cli.catalogue import catalogue_here

    return [rule.id for rule in catalogue_here(ctx.params.get("config") or "").rules]


def profiles(_ctx: click.Context) -> Iterable[str]:
    """Profiles that come with bpf-lint."""
    from bpf_lint.config.catalogue import Catalogue, data_folder

    return [one.profile.name for one in Catalogue(data_folder()).profiles]


def modes(ctx: click.Context) -> Iterable[str]:
    """Device modes of the profile of what was named before, or of the current folder."""
    return [name for plan in _plans(ctx) for name in plan.workspace.profile.modes]


def configurations(ctx: click.Context) -> Iterable[str]:
    """Configurations of the same, and the option lists of its tree."""
    return ["tree", *(n for plan in _plans(ctx) for n in plan.workspace.profile.configurations)]


def programs(ctx: click.Context) -> Iterable[str]:
    """Programs of the same."""
    return [unit.program for plan in _plans(ctx) for job in plan.systems for unit in job.units]


def _plans(ctx: click.Context) -> Any:
    from bpf_lint.pipeline import Request
    from bpf_lint.pipeline.planning import prepare

    given = ctx.params
    # An option without its value stops click before it gives names to arguments.
    typed = given.get("paths") or [one for one in ctx.args if not one.startswith("-")]
    return prepare(
        Request(
            paths=tuple(typed) or (".",),
            profile=given.get("profile") or "",
            config=given.get("config") or "",
            no_config=bool(given.get("no_config")),
        )
    ).plans
