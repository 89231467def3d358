"""The outermost layer: commands by name, errors as one message, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from bpf_lint import __version__
from bpf_lint.cli.group import Commands
from bpf_lint.cli.streams import discard, guarded_streams, say, tell
from bpf_lint.model.errors import InputError
from bpf_lint.triage.errors import TriageError

CLEAN, TROUBLE = 0, 2
DEBUG = "BPF_LINT_DEBUG"

HELP = """Find BPF redirects whose target ifindex belongs to another network namespace.

`bpf-lint PATH` analyses the BPF programs in a folder: every program, under every device mode
and configuration that its profile knows. `bpf-lint check --help` lists its options.

Exit codes: 0 nothing found, 1 findings, 2 something could not be analysed.
"""


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.command(cls=Commands, help=HELP, context_settings=SETTINGS)
@click.version_option(__version__, "-V", "--version", message="bpf-lint %(version)s")
def bpf_lint() -> None:
    """Hold the commands."""


def main(arguments: Sequence[str]) -> int:
    """Run a command line.

    Returns:
        The exit code.
    """
    with guarded_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    """Run a command line; every error that a user can meet is one message."""
    try:
        code = bpf_lint.main(list(arguments), "bpf-lint", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else CLEAN
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        return _say("interrupted", TROUBLE)
    except click.exceptions.NoArgsIsHelpError as error:
        tell(f"{error.format_message()}\n", err=True)
        return TROUBLE
    except click.ClickException as error:
        return _say(_one_line(error), TROUBLE)
    except (InputError, TriageError) as error:
        return _say(str(error), TROUBLE)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more may be written on exit.
        discard(sys.stdout.fileno())
        return TROUBLE
    except OSError as error:
        _give_up_output()
        return _say(f"{error.filename or 'output'}: {error.strerror or error}", TROUBLE)
    except MemoryError as error:
        return _say(f"{type(error).__name__}: {error}", TROUBLE)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        hint = f"please report it (with {DEBUG}=1, Python's traceback is shown)"
        return _say(f"internal error, {hint}: {type(error).__name__}: {error}", TROUBLE)


def _give_up_output() -> None:
    """Where the device is full, Python must not try again when it ends: that is exit code 120."""
    try:
        sys.stdout.flush()
    except OSError:
        discard(sys.stdout.fileno())


def _one_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx:
        return f"{message} (see `{error.ctx.command_path} --help`)"
    return message


def _say(message: str, code: int) -> int:
    say(f"bpf-lint: {message}", err=True)
    return code
