"""Where each ifindex comes from: abstract interpretation of whole systems of programs."""

from bpf_lint.dataflow.analysis import Analysis, analyse
from bpf_lint.dataflow.system import System

__all__ = ["Analysis", "System", "analyse"]
