"""Shapes of what `ip -j` and `bpftool -j` print, as far as they are looked at.

Versions differ: members that others lack have a default, and unknown ones are passed over.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from bpf_lint.model.errors import InputError

T = TypeVar("T")


class NamedNetns(msgspec.Struct, frozen=True):
    """A namespace of `ip -j netns`."""

    name: str


class LinkInfo(msgspec.Struct, frozen=True):
    """What kind of device a link is; `info_data` has the options of the kind."""

    info_kind: str = ""
    info_data: dict[str, Any] = {}


class Link(msgspec.Struct, frozen=True):
    """A device of `ip -j -d link`.

    Args:
        link: Name of the device that it is over, or that is its peer, in the same namespace.
        link_index: Number of that device where it is in another namespace.
    """

    ifindex: int
    ifname: str
    link_type: str = ""
    link: str | None = None
    link_index: int = 0
    link_netnsid: int | None = None
    linkinfo: LinkInfo = LinkInfo()


class Hooked(msgspec.Struct, frozen=True):
    """A program at a device, in `bpftool -j net`; its number is `id` or, since 7.4, `prog_id`."""

    ifindex: int = 0
    kind: str = ""
    id: int = 0
    prog_id: int = 0


class Net(msgspec.Struct, frozen=True):
    """One namespace in `bpftool -j net`."""

    xdp: list[Hooked] = []
    tc: list[Hooked] = []


class Prog(msgspec.Struct, frozen=True):
    """A program of `bpftool -j prog`; its name has at most 15 characters where it has no BTF."""

    id: int
    name: str = ""
    map_ids: list[int] = []


class BpfLink(msgspec.Struct, frozen=True):
    """A link of `bpftool -j link`."""

    type: str | int = ""
    prog_id: int = 0
    ifindex: int = 0
    attach_type: str | int = ""


class Map(msgspec.Struct, frozen=True):
    """A map of `bpftool -j map`."""

    id: int
    max_entries: int = 0
    btf_id: int = 0


class Entry(msgspec.Struct, frozen=True):
    """An entry of `bpftool -j map dump`; `formatted` where there is BTF."""

    formatted: dict[str, Any] = {}


class Member(msgspec.Struct, frozen=True):
    """A member of a structure."""

    name: str = ""
    type_id: int = 0


class Type(msgspec.Struct, frozen=True):
    """A type of BTF."""

    id: int = 0
    kind: str = ""
    name: str = ""
    type_id: int = 0
    members: list[Member] = []


class Types(msgspec.Struct, frozen=True):
    """What `bpftool -j btf dump` prints."""

    types: list[Type] = []


def decoded(name: str, data: bytes, shape: type[T]) -> T:
    """What an output says.

    Raises:
        InputError: It is no JSON of that shape.
    """
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"not what was expected: {error}", name) from None
