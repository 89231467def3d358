"""What helpers do, as `rules/kernel/*.toml` writes it: one type for each kind of effect."""

from __future__ import annotations

from typing import Annotated, Literal, Union

import msgspec

from bpf_lint.config.effect import Effect, Parameter
from bpf_lint.config.memory_effects import (
    DynptrDataEffect,
    DynptrEffect,
    DynptrReadEffect,
    DynptrWriteEffect,
    ForEachEffect,
    LaterEffect,
    LoopEffect,
    MapLookupEffect,
    MapReadEffect,
    MapUpdateEffect,
    WriteEffect,
)

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
# followed, and so are the packet's protocol and the address of its first byte; its type, and
# numbers that are none of a device, where a rule asks for them. The others are for people: kept
# over tail calls, pointers into the packet, the mark.
Meaning = Literal[
    "ifindex",
    "ingress_ifindex",
    "packet_type",
    "frame",
    "number",
    "protocol",
    "scratch",
    "packet",
    "mark",
    "other",
]

PacketFact = Literal["l2_header", "metadata_dst", "reshaped", "translated", "readdressed"]


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


class SocketRedirectEffect(Effect, frozen=True, kw_only=True, tag="socket_redirect"):
    """Data goes to a socket that is kept in a map, where the program ends with the verdict for it.

    Args:
        map, key: Parameters that hold the map and select the socket.
        hashed: True where `key` holds the address of the key.
        flags: Parameter that holds the flags.
        allowed_flags: Mask of the flags that it takes.
        verdict: Value returned, and verdict that carries it out.
        refused: Value returned for other flags, and where the map holds no such socket.
    """

    map: Parameter
    key: Parameter
    hashed: bool = False
    flags: Parameter
    allowed_flags: int
    verdict: int
    refused: int


class FibLookupEffect(Effect, frozen=True, kw_only=True, tag="fib_lookup"):
    """A route is looked up.

    Args:
        ifindex: Member ("record.member") of the buffer: input and output ifindex.
        buffer, length: Parameters that hold the FIB parameters and their size in bytes.
        flags: Parameter that holds the flags.
        asks_output: Flag with which the ifindex is that of the device to send to.
        binding: Members and the numbers in them with which such a lookup answers with no other.
        answers: Results with which the output ifindex is set.
        answers_before: The same for kernels before a version.
        resolved: Results with which the addresses are set, too.
        addresses: Members of the buffer that hold them.
        network_order: Members of the buffer that are read in network byte order.
        machine_order: Members of the buffer that are read in the machine's.
    """

    ifindex: str
    buffer: Parameter
    length: Parameter
    flags: Parameter
    asks_output: int = 0
    binding: dict[str, int] = {}
    answers: list[int]
    answers_before: dict[Version, list[int]] = {}
    resolved: list[int]
    addresses: list[str] = []
    network_order: list[str] = []
    machine_order: list[str] = []

    def members(self) -> tuple[str, ...]:
        """All members of the buffer that it names."""
        orders = (*self.network_order, *self.machine_order)
        return (self.ifindex, *self.binding, *self.addresses, *orders)


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


class PacketEffect(Effect, frozen=True, kw_only=True, tag="packet"):
    """The packet is changed where the helper returns 0.

    Args:
        packet: What becomes true of it.
        length: Parameter that holds a size in bytes.
        minimum: Value of `length` from which on it does.
        front: Parameter that holds how many bytes, zeros, are put before the packet's first.
        grows: Parameter that says how many bytes of room are made behind the packet's Ethernet
            header or before it, or taken from there.
        sizes: How many that are, by the value of that parameter; none where it is the number.
        key, flags: Parameters that hold the address of the key of the tunnel that it is for, and
            the flags, which say how the key's address is read.
        address: Member ("record.member") of the key that holds an address of either family.
    """

    packet: dict[PacketFact, Literal[0, 1]]
    length: Parameter = ""
    minimum: int = 0
    front: Parameter = ""
    grows: Parameter = ""
    sizes: dict[str, int] = {}
    key: Parameter = ""
    flags: Parameter = ""
    address: str = ""


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


AnyEffect = Union[
    RedirectEffect,
    CloneRedirectEffect,
    RedirectMapEffect,
    SocketRedirectEffect,
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
