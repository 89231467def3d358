"""Reporters: a report as text for people, as JSON, or as what other programs read."""

from bpf_lint.reporters.options import Options, Repository
from bpf_lint.reporters.registry import FORMATS, WITH_COMMANDS, render

__all__ = ["FORMATS", "WITH_COMMANDS", "Options", "Repository", "render"]
