"""The rules and profiles that a command finds where it is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def catalogue_here(config: str) -> Any:
    """The rules as a run in the current folder would see them."""
    from bpf_lint.files.reach import repository
    from bpf_lint.pipeline.planning import open_catalogue
    from bpf_lint.sources.tree import Given
    from bpf_lint.sources.workspace import settings_for

    here = Path(os.path.realpath(Path.cwd()))
    own = Path(os.path.realpath(config)).parent if config else here  # no command line says another
    return open_catalogue(settings_for(Given(repository(here) or here, own), config, False))
