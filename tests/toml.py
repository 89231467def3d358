"""TOML for the tests, under every Python that is supported."""

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_toml(text: str) -> dict[str, Any]:
    """The keys of a TOML text."""
    loaded: dict[str, Any] = tomllib.loads(text)
    return loaded
