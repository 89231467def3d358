"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bpf_lint.cli import completion
from bpf_lint.cli.completion import completes

F = TypeVar("F", bound=Callable[..., Any])

_SHARED = [
    click.option(
        "--mode",
        "modes",
        multiple=True,
        metavar="NAME",
        shell_complete=completes(completion.modes),
        help="Device mode (repeatable).",
    ),
    click.option(
        "--configurations",
        multiple=True,
        metavar="NAME",
        shell_complete=completes(completion.configurations),
        help='Configuration (repeatable); "tree" for the option lists in the tree.',
    ),
    click.option(
        "--program",
        "programs",
        multiple=True,
        metavar="GLOB",
        shell_complete=completes(completion.programs),
        help="Report only what these programs do (all are analysed).",
    ),
    click.option(
        "--entry", "entries", multiple=True, metavar="GLOB", help="Report only below these entries."
    ),
    click.option(
        "--profile",
        default="",
        metavar="NAME",
        shell_complete=completes(completion.profiles),
        help="Profile: a name or a .toml file.",
    ),
    click.option(
        "-D", "defines", multiple=True, metavar="NAME[=VALUE]", help="Define a macro everywhere."
    ),
    click.option(
        "-p", "database", default="", metavar="DIR", help="Folder of compile_commands.json."
    ),
    click.option(
        "--headers",
        multiple=True,
        metavar="DIR",
        help="Folder outside of the repository that headers may be read from (repeatable).",
    ),
    click.option(
        "--no-system-headers",
        is_flag=True,
        help="Read no headers of this machine: the same result everywhere.",
    ),
    click.option("--config", default="", metavar="FILE", help="Configuration file."),
    click.option("--no-config", is_flag=True, help="Read no configuration file."),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, 1024),
        default=None,
        metavar="N",
        help="Processes (default: processors).",
    ),
    click.option(
        "--cache-dir", default="", metavar="DIR", help="Cache (default: $XDG_CACHE_HOME/bpf-lint)."
    ),
    click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
    click.option(
        "--time-limit",
        type=click.IntRange(min=1),
        default=None,
        metavar="SECONDS",
        help="Of computing, for reading one program (default: 10), and for analysing one mode and "
        "configuration (default: 300). What takes longer is not analysed: exit code 2.",
    ),
    click.option(
        "--memory-limit",
        type=click.IntRange(min=1),
        default=None,
        metavar="MIB",
        help="For either (default: 1200, and 4096).",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
    click.option("-v", "--verbose", is_flag=True, help="Say more, and where the time went."),
]

_RULES = [
    click.option(
        "--select",
        multiple=True,
        metavar="RULE",
        shell_complete=completes(completion.rules),
        help="Run only these rules (globs).",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="RULE",
        shell_complete=completes(completion.rules),
        help="Do not report these rules (globs).",
    ),
    click.option("--baseline", default="", metavar="FILE", help="Report only what FILE lacks."),
    click.option("--no-ignores", is_flag=True, help="Report what comments in the source suppress."),
]

_SURVEY = [
    click.option("--select", multiple=True, metavar="RULE", help="Run only these rules (globs)."),
    click.option(
        "--ignore", multiple=True, metavar="RULE", help="Do not report these rules (globs)."
    ),
    click.option(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="Analyse on the workers of this Dask scheduler (bpf-lint[dask]).",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(1, 86_400),
        default=900,
        metavar="SECONDS",
        help="Time that one state may take (default: 900).",
    ),
]


def shared(function: F) -> F:
    """The paths and options of every command that analyses a tree."""
    argument = click.argument(
        "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=completion.files
    )
    return argument(run_options(function))


def run_options(function: F) -> F:
    """The options of every command that analyses something."""
    for option in reversed(_SHARED):
        function = option(function)
    return function


def survey_options(function: F) -> F:
    """The options of every command that analyses many states."""
    for option in reversed(_SURVEY):
        function = option(function)
    return function


def rule_options(function: F) -> F:
    """The options of every command that knows which findings are reported."""
    for option in reversed(_RULES):
        function = option(function)
    return function


def listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values of a repeatable option that may be joined by commas."""
    return tuple(one.strip() for value in values for one in value.split(",") if one.strip())


def color_option(function: F) -> F:
    """`--color`."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colour (auto: on a terminal; NO_COLOR and FORCE_COLOR are heeded).",
    )(function)


def cache_folder(cache_dir: str, no_cache: bool) -> Path | None:
    """The folder of the cache, None for none."""
    from bpf_lint.cache.folder import default_folder

    if no_cache:
        return None
    return Path(cache_dir) if cache_dir else default_folder()


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def request_of(options: dict[str, Any], **more: Any) -> Any:
    """A request from the shared options."""
    from bpf_lint.pipeline import Bounds, Request

    names = ("paths", "modes", "configurations", "programs", "entries", "profile", "defines")
    return Request(
        **{name: options[name] for name in names},
        database=options["database"],
        system_headers=not options["no_system_headers"],
        config=options["config"],
        no_config=options["no_config"],
        headers=tuple(_folder(one) for one in options["headers"]),
        jobs=options["jobs"] or processors(),
        cache=cache_folder(options["cache_dir"], options["no_cache"]),
        bounds=Bounds(options["time_limit"] or 0, (options["memory_limit"] or 0) << 20),
        **more,
    )


def _folder(path: str) -> str:
    if not Path(path).is_dir():
        raise click.BadParameter(f"{path}: no such folder", param_hint="--headers")
    return os.path.realpath(path)
