"""Packet journeys: programs at their hooks, and what the kernel does between them."""

from bpf_lint.journeys.choose import Choice, chosen, few
from bpf_lint.journeys.find import found
from bpf_lint.journeys.network import Network

__all__ = ["Choice", "Network", "chosen", "few", "found"]
