from pathlib import Path

import pytest

from tests.usage.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A repository with the example datapath; all of them share a cache."""
    box = Sandbox(tmp_path, tmp_path_factory.getbasetemp() / "cache")
    box.example()
    return box
