"""Lowering of function bodies from libclang's tree to the IR.

Importing the package registers the rule of every kind of cursor.
"""

from bpf_lint.frontend.lowering import (
    assembly,
    calls,
    conditions,
    implicit,
    lvalues,
    statements,
    values,
)
from bpf_lint.frontend.lowering.body import lower_function

__all__ = [
    "assembly",
    "calls",
    "conditions",
    "implicit",
    "lower_function",
    "lvalues",
    "statements",
    "values",
]
