"""Shape of `rules/kernel/substitutes.toml`: what takes the place of a pair of devices."""

from __future__ import annotations

from typing import Literal

import msgspec


class Substitute(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can take the place of a pair of devices between a node and a pod.

    Hooks are those of one end of the pair, each with the hook of the other kind that sees the
    same packets; a hook that is not named has none.

    Args:
        replaces: Kind of the pair.
        kind: Kind of the device that takes its place.
        end: Where the new device is that programs move to from the node's end: "near", in the
            node's namespace, or "far", in the pod's. Programs of the pod's end stay in the pod.
        near: Hooks of the node's end.
        far: Hooks of the pod's end.
        evidence: Experiment ids, or kernel file and function.
    """

    replaces: str
    kind: str
    end: Literal["near", "far"]
    near: dict[str, str] = {}
    far: dict[str, str] = {}
    description: str = ""
    evidence: list[str] = []
