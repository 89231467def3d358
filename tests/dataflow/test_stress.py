"""Inputs that grow in one direction: each ends, and settles."""

from __future__ import annotations

import time

import pytest

from tests.dataflow.growing import EGRESS, blocks, loops, mutual, nested, sites, switch
from tests.dataflow.systems import analyse, profile


@pytest.mark.parametrize(
    "source",
    [sites(60), mutual(12), switch(500), loops(6), blocks(2000), nested(40)],
    ids=["sites", "mutual", "switch", "loops", "blocks", "nested"],
)
def test_an_input_that_grows_ends(source: str) -> None:
    start = time.process_time()
    system = analyse({"a.c": source}, profile(EGRESS))
    assert system.stable
    assert not system.unsettled
    assert time.process_time() - start < 60
