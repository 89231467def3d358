"""The base of what TOML files are read into."""

from __future__ import annotations

import msgspec


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything read from TOML: unknown keys are errors."""
