"""JSON schemas of the TOML files, for editors."""

from __future__ import annotations

from typing import Any

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.schema import Profile
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.model.schema import schema_of

SHAPES: dict[str, tuple[type, str]] = {
    "bpf-lint": (UserConfiguration, "bpf-lint.toml"),
    "kernel": (KernelModel, "rules/kernel/*.toml"),
    "profile": (Profile, "rules/profiles/*.toml"),
    "rule": (Rule, "rules/checks/*.toml"),
}


def data_schema(name: str) -> dict[str, Any]:
    """JSON Schema of one kind of TOML file, by its name in `SHAPES`."""
    shape, title = SHAPES[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **schema_of(shape),
    }
