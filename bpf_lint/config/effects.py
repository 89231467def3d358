"""What helpers do, as `rules/kernel/*.toml` writes it: one type for each kind of effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_type_hints

import msgspec

# Name of a parameter of the helper's prototype; "" for none.
Parameter = Annotated[str, msgspec.Meta(extra={"parameter": True})]

# A kernel's version, "5.10"; "" for the newest.
Version = Annotated[str, msgspec.Meta(pattern=r"^(\d+\.\d+)?$")]

ProgramType = Literal[
    "tc",
    "xdp",
    "lwt_in",
    "lwt_out",
    "lwt_xmit",
    "lwt_seg6local",
    "cgroup_skb",
    "cgroup_sock",
    "cgroup_sock_addr",
    "sock_ops",
    "sk_msg",
    "sk_skb",
    "sk_lookup",
    "sk_reuseport",
    "socket_filter",
]

# Of a member of a program's context. The numbers of skb->dev and of the receiving device are
# followed; the packet's type, the address of its first byte, and numbers that are none of a device
# where a rule asks for them. The others are for people: kept over tail calls, pointers into the
# packet, the mark.
Meaning = Literal[
    "ifindex",
    "ingress_ifindex",
    "packet_type",
    "frame",
    "number",
    "scratch",
    "packet",
    "mark",
    "other",
]

PacketFact = Literal["l2_header", "metadata_dst", "reshaped", "translated", "readdressed"]


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


class RedirectEffect(Effect, frozen=True, kw_only=True, tag="redirect"):
    """A target is armed: the program's verdict carries it out.

    Args:
        ifindex: Parameter that holds the target.
        flags: Parameter that holds the flags.
        nexthop: Parameter that holds the size of the next hop, 0 for none.
        to_peer: True where the packet goes on at the peer of the target.
        verdict: Value returned when the redirect was armed, by program type.
        refused: Value returned for flags that the helper refuses, by program type.
        allowed_flags: Mask of the flags that it takes, by program type.
    """

    ifindex: Parameter
    flags: Parameter
    nexthop: Parameter = ""
    to_peer: bool = False
    verdict: dict[ProgramType, int]
    refused: dict[ProgramType, int]
    allowed_flags: dict[ProgramType, int]


class CloneRedirectEffect(Effect, frozen=True, kw_only=True, tag="clone_redirect"):
    """A copy of the packet is sent at once.

    Args:
        ifindex, flags, allowed_flags: See `RedirectEffect`.
    """

    ifindex: Parameter
    flags: Parameter
    allowed_flags: dict[ProgramType, int]


class RedirectMapEffect(Effect, frozen=True, kw_only=True, tag="redirect_map"):
    """A target is armed that is kept in a map.

    Args:
        map, key: Parameters that hold the map and select the target.
        flags: Parameter whose low bits are returned where the map holds none.
        verdict: See `RedirectEffect`.
    """

    map: Parameter
    key: Parameter
    flags: Parameter
    verdict: dict[ProgramType, int]


class FibLookupEffect(Effect, frozen=True, kw_only=True, tag="fib_lookup"):
    """A route is looked up.

    Args:
        ifindex: Member ("record.member") of the buffer: input and output ifindex.
        buffer, length: Parameters that hold the FIB parameters and their size in bytes.
        flags: Parameter that holds the flags.
        answers: Results with which the output ifindex is set.
        answers_before: The same for kernels before a version.
        resolved: Results with which the addresses are set, too.
        addresses: Members of the buffer that hold them.
    """

    ifindex: str
    buffer: Parameter
    length: Parameter
    flags: Parameter
    answers: list[int]
    answers_before: dict[Version, list[int]] = {}
    resolved: list[int]
    addresses: list[str] = []


class SocketLookupEffect(Effect, frozen=True, kw_only=True, tag="socket_lookup"):
    """The address of a socket is returned.

    Args:
        netns: Parameter that holds the number of a namespace; below 0, it is that of the device.
    """

    netns: Parameter


class SocketAssignEffect(Effect, frozen=True, kw_only=True, tag="socket_assign"):
    """The packet is given to a socket.

    Args:
        socket: Parameter that holds its address.
    """

    socket: Parameter


class TailCallEffect(Effect, frozen=True, kw_only=True, tag="tail_call"):
    """The program in a slot of a prog array is run instead.

    Args:
        map, index: Parameters that hold the prog array and the slot.
    """

    map: Parameter
    index: Parameter


class MapLookupEffect(Effect, frozen=True, kw_only=True, tag="map_lookup"):
    """The address of a map's value is returned.

    Args:
        map, key: Parameters that hold the map and the address of the key.
        value: Parameter that holds the address of what a new entry holds.
    """

    map: Parameter
    key: Parameter = ""
    value: Parameter = ""


class MapReadEffect(Effect, frozen=True, kw_only=True, tag="map_read"):
    """A map's value is copied to the caller.

    Args:
        map, buffer: Parameters that hold the map and the address of the copy.
    """

    map: Parameter
    buffer: Parameter


class MapUpdateEffect(Effect, frozen=True, kw_only=True, tag="map_update"):
    """A value is copied into a map.

    Args:
        map, key, value: Parameters that hold the map and the addresses of key and value.
    """

    map: Parameter
    key: Parameter = ""
    value: Parameter


class ForEachEffect(Effect, frozen=True, kw_only=True, tag="for_each"):
    """A function is called for each entry of a map.

    Args:
        map: Parameter that holds the map.
        callback, callback_context: Parameters that hold the function and what it is handed.
    """

    map: Parameter
    callback: Parameter
    callback_context: Parameter


class LoopEffect(Effect, frozen=True, kw_only=True, tag="loop"):
    """A function is called a number of times.

    Args:
        callback, callback_context: See `ForEachEffect`.
    """

    callback: Parameter
    callback_context: Parameter


class LaterEffect(Effect, frozen=True, kw_only=True, tag="later"):
    """A function is called some time later, by a timer in a map's value.

    Args:
        timer: Parameter that holds the address of the timer.
        callback: Parameter that holds the function.
    """

    timer: Parameter
    callback: Parameter


class DynptrEffect(Effect, frozen=True, kw_only=True, tag="dynptr"):
    """Memory is given to a dynptr, the 16 bytes of which then stand for it.

    Args:
        dynptr, buffer: Parameters that hold the addresses of the dynptr and of the memory.
    """

    dynptr: Parameter
    buffer: Parameter


class DynptrDataEffect(Effect, frozen=True, kw_only=True, tag="dynptr_data"):
    """The address of memory behind a dynptr is returned.

    Args:
        dynptr, offset: Parameters that hold the dynptr's address, and where in the memory in bytes.
    """

    dynptr: Parameter
    offset: Parameter


class DynptrReadEffect(Effect, frozen=True, kw_only=True, tag="dynptr_read"):
    """Memory behind a dynptr is copied to the caller.

    Args:
        dynptr, offset: See `DynptrDataEffect`.
        buffer, length: Parameters that hold the address of the copy, and its size in bytes.
    """

    dynptr: Parameter
    offset: Parameter
    buffer: Parameter
    length: Parameter


class DynptrWriteEffect(Effect, frozen=True, kw_only=True, tag="dynptr_write"):
    """Memory of the caller is copied to what is behind a dynptr.

    Args:
        dynptr, offset: See `DynptrDataEffect`.
        buffer, length: Parameters that hold the address of what is copied, and its size in bytes.
    """

    dynptr: Parameter
    offset: Parameter
    buffer: Parameter
    length: Parameter


class PacketEffect(Effect, frozen=True, kw_only=True, tag="packet"):
    """The packet is changed where the helper returns 0.

    Args:
        packet: What becomes true of it.
        length: Parameter that holds a size in bytes.
        minimum: Value of `length` from which on it does.
        front: Parameter that holds how many bytes, zeros, are put before the packet's first.
    """

    packet: dict[PacketFact, Literal[0, 1]]
    length: Parameter = ""
    minimum: int = 0
    front: Parameter = ""


class MoveStartEffect(Effect, frozen=True, kw_only=True, tag="move_start"):
    """The packet's start moves where the helper returns 0; what is before it then is not set.

    Args:
        by: Parameter that holds the number of bytes that it moves on, or back where it is negative.
    """

    by: Parameter


class SetMemberEffect(Effect, frozen=True, kw_only=True, tag="set_member"):
    """A member of the context takes a value.

    Args:
        member: The member, "record.member".
        value: Parameter that holds the value.
    """

    member: str
    value: Parameter


class StoreEffect(Effect, frozen=True, kw_only=True, tag="store"):
    """Memory is written into the packet.

    Args:
        index: Parameter that holds the offset in the packet.
        buffer, length: Parameters that hold the memory and its size in bytes.
    """

    index: Parameter
    buffer: Parameter
    length: Parameter


class WriteEffect(Effect, frozen=True, kw_only=True, tag="write"):
    """A buffer of the caller is filled.

    Args:
        buffer: Parameter that holds its address.
        length: Parameter that holds its size in bytes.
        size: Its size in bytes, where it is always the same.
        map: Parameter that holds a map whose value is as large, where neither is known.
        index: Parameter that holds the offset in the packet that it is filled from.
    """

    buffer: Parameter
    length: Parameter = ""
    size: int = 0
    map: Parameter = ""
    index: Parameter = ""


AnyEffect = Union[
    RedirectEffect,
    CloneRedirectEffect,
    RedirectMapEffect,
    FibLookupEffect,
    SocketLookupEffect,
    SocketAssignEffect,
    TailCallEffect,
    MapLookupEffect,
    MapReadEffect,
    MapUpdateEffect,
    ForEachEffect,
    LoopEffect,
    LaterEffect,
    DynptrEffect,
    DynptrDataEffect,
    DynptrReadEffect,
    DynptrWriteEffect,
    PacketEffect,
    MoveStartEffect,
    SetMemberEffect,
    StoreEffect,
    WriteEffect,
]
