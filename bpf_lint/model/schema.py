"""JSON schemas of types, the same with every version of Python."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec


def schema_of(shape: Any) -> dict[str, Any]:
    """The schema of a type; descriptions are docstrings without their indentation.

    Python 3.13 takes that away by itself, earlier versions leave it.
    """
    schema: dict[str, Any] = msgspec.json.schema(shape)
    _clean(schema)
    return schema


def _clean(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(text := node.get("description"), str):
            node["description"] = cleandoc(text)
        for child in node.values():
            _clean(child)
    elif isinstance(node, list):
        for child in node:
            _clean(child)
