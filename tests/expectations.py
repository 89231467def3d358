"""Expectations in C files, as the command `test-rules` reads them."""

from bpf_lint.triage.expectations import Expectations, Want, read_expectations

__all__ = ["Expectations", "Want", "read_expectations"]
