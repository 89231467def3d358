"""What callers can tell returned values apart by."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import NEGATIVE, POSITIVE, UNKNOWN, pointer
from bpf_lint.dataflow.domain.classes import return_class
from tests.dataflow.harness import LOCATION, values

MANY = limits.RESULTS
BUFFER = pointer(LOCATION, 0)


@pytest.mark.parametrize(
    ("atoms", "told"),
    [
        ((), "void"),
        ((0,), 0),
        ((MANY - 1,), MANY - 1),
        ((MANY,), "large"),
        ((-1,), "negative"),
        ((-1, NEGATIVE), "negative"),
        ((-1, 0), "other"),
        ((BUFFER,), "pointer"),
        ((BUFFER, 0), "other"),
        ((POSITIVE,), "large"),
        ((MANY, MANY + 1), "large"),
        ((MANY - 1, MANY), "other"),
        ((UNKNOWN,), "other"),
    ],
)
def test_classes_of_results(atoms: tuple[object, ...], told: object) -> None:
    assert return_class(values(*atoms)) == told
