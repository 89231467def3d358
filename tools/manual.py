"""The command line as a manual page and as a page of the documentation, from its own help."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from bpf_lint.cli.entry import HELP, bpf_lint

NOTE = "written by `make docs` from the command line's own help"
FILES = (
    ("bpf-lint.toml", "describes a project; looked for upwards to the root of the repository"),
    ("$XDG_CACHE_HOME/bpf-lint", "the cache, by default in ~/.cache"),
)
VARIABLES = (
    ("BPF_LINT_OUTPUT_FORMAT", "the format of runs that name none"),
    ("NO_COLOR", "no colours"),
    ("FORCE_COLOR", "colours where there is no terminal, too"),
    ("BPF_LINT_DEBUG", "show Python's traceback of an internal error"),
)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Each command with its name, most used first."""
    context = click.Context(bpf_lint)
    for name in bpf_lint.list_commands(context):
        command = bpf_lint.get_command(context, name)
        assert command is not None
        yield name, command


def usage(name: str, command: click.Command) -> str:
    """`bpf-lint NAME [OPTIONS] PATH...`."""
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    shown = " ".join(one.metavar or (one.name or "").upper() for one in arguments)
    return f"bpf-lint {name} [OPTIONS] {shown}".rstrip()


def options(command: click.Command) -> Iterator[tuple[str, str]]:
    """Each option as it is written, and its help."""
    for one in command.params:
        if isinstance(one, click.Option) and not one.hidden:
            value = one.metavar or ""
            if isinstance(one.type, click.Choice):
                value = "|".join(map(str, one.type.choices))
            names = ", ".join(sorted(one.opts, key=len))
            yield f"{names} {value}".rstrip() if not one.is_flag else names, one.help or ""


def paragraphs(text: str) -> list[str]:
    """A help text's paragraphs, each on one line."""
    return [" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n") if one.strip()]


def page() -> str:
    """The Markdown page."""
    parts = ["# The command line", f"<!-- {NOTE} -->", *map(_text, paragraphs(HELP))]
    for name, command in commands():
        parts += [f"## {name}", f"    {usage(name, command)}"]
        parts += map(_text, paragraphs(command.help or ""))
        if rows := list(options(command)):
            table = [
                f"| `{option.replace('|', chr(92) + '|')}` | {_text(text)} |"
                for option, text in rows
            ]
            parts.append("\n".join(["| option | |", "|---|---|", *table]))
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    return re.sub(r"([<>*\[\]])", r"\\\1", text).replace("|", "\\|")


def manual() -> str:
    """The manual page bpf-lint(1)."""
    lines = [
        '.TH BPF-LINT 1 "" "bpf-lint" "User Commands"',
        ".SH NAME",
        "bpf\\-lint \\- find BPF redirects to an ifindex of another network namespace",
        ".SH SYNOPSIS",
        *(f".B {_roff(usage(name, command))}\n.br" for name, command in commands()),
        ".SH DESCRIPTION",
        *_flowing(paragraphs(HELP)),
        ".SH COMMANDS",
    ]
    for name, command in commands():
        lines += [f".SS {_roff(name)}", *_flowing(paragraphs(command.help or ""))]
        for option, text in options(command):
            lines += [".TP", f".B {_roff(option)}", _roff(text)]
    for title, rows in (("FILES", FILES), ("ENVIRONMENT", VARIABLES)):
        lines.append(f".SH {title}")
        for term, text in rows:
            lines += [".TP", f".B {_roff(term)}", _roff(text)]
    lines += [".SH EXIT STATUS", "0: everything was analysed, nothing was found.", ".br",
              "1: everything was analysed, there are findings.", ".br",
              "2: something could not be analysed, or an option or file is wrong."]  # fmt: skip
    return f'.\\" {NOTE}\n' + "\n".join(lines) + "\n"


def _flowing(texts: list[str]) -> list[str]:
    return [line for text in texts for line in (".PP", _roff(text))]


def _roff(text: str) -> str:
    """Text in which roff sees no request and keeps every sign."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped)
