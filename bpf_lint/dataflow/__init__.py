"""Where each ifindex comes from: abstract interpretation of whole systems of programs."""

from bpf_lint.dataflow.analysis import Engine, analyse
from bpf_lint.dataflow.results.coverage import Coverage, coverage
from bpf_lint.dataflow.results.edges import hook_graphs
from bpf_lint.dataflow.results.passages import jumps, passages
from bpf_lint.dataflow.system.system import System

__all__ = [
    "Coverage",
    "Engine",
    "System",
    "analyse",
    "coverage",
    "hook_graphs",
    "jumps",
    "passages",
]
