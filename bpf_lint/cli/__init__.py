"""The command line: options in, exit codes out."""

from bpf_lint.cli.entry import main

__all__ = ["main"]
