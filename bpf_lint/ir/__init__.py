"""The project's own intermediate representation: functions as control-flow graphs."""

from bpf_lint.ir.nodes import *  # noqa: F403
