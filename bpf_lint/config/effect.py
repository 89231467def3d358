"""What all kinds of effects of helpers have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_type_hints

import msgspec

# Name of a parameter of the helper's prototype; "" for none.
Parameter = Annotated[str, msgspec.Meta(extra={"parameter": True})]


class Effect(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"
):
    """What a helper does to packet, memory or control flow; `kind` says which type it is."""

    @classmethod
    def roles(cls) -> Iterator[str]:
        """Keys that name a parameter."""
        for name, hint in get_type_hints(cls, include_extras=True).items():
            if any((getattr(one, "extra", None) or {}).get("parameter") for one in _metadata(hint)):
                yield name


def _metadata(hint: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = getattr(hint, "__metadata__", ())
    return found
