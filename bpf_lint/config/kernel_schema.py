"""Shapes of the kernel model: `rules/kernel/*.toml`. Prototypes are C declarations."""

from __future__ import annotations

from typing import Literal

import msgspec

from bpf_lint.config.data import Data
from bpf_lint.config.effects import AnyEffect, Meaning, ProgramType
from bpf_lint.config.loading import DeviceLine, HookWord, LoaderLine, Sections
from bpf_lint.config.substitute import Substitute

ReturnMark = Literal["negative", "positive", "unknown", "pointer"]


class Helper(Data, frozen=True, kw_only=True):
    """One BPF helper, by number.

    Args:
        number: BPF_FUNC_* number of include/uapi/linux/bpf.h.
        prototype: C prototype; parameter names are what `effect` refers to.
        effect: What it does; none for one that only returns something.
        offset: Parameter that holds where in the packet it reads or writes; "" for none.
        returns: Possible results: integers, "negative", "positive", "unknown", "pointer".
        program_types: Program types that have it; empty for all.
        resolved_in: Namespace in which an ifindex argument is looked up; the kernel tests read it.
        evidence: Experiment ids of the kernel oracle, or kernel file and function.
        notes: For people.
    """

    number: int
    prototype: str
    effect: AnyEffect | None = None
    offset: str = ""
    returns: list[int | ReturnMark] = msgspec.field(default_factory=lambda: ["unknown"])
    program_types: list[ProgramType] = []
    resolved_in: Literal["skb", "writer"] = "skb"
    evidence: list[str] = []
    notes: str = ""


class ContextField(Data, frozen=True, kw_only=True):
    """A member of a program's context that the analysis knows.

    Args:
        record: "__sk_buff" or "xdp_md".
        field: Member name.
        meaning: See `Meaning`.
    """

    record: Literal["__sk_buff", "xdp_md"]
    field: str
    meaning: Meaning
    evidence: list[str] = []


class Hook(Data, frozen=True, kw_only=True):
    """A place where the kernel runs a program.

    Args:
        program_type: See `ProgramType`.
        device_side: Whose namespace `skb->dev` is in: "device" or "peer" (netkit primary).
        at_ingress: True where the kernel says tc ingress (skb_at_tc_ingress).
        ingress_ifindex: "device", "zero" or "unknown".
        sends_back: Direction of a redirect to the program's own device that returns the packet
            to its sender: "egress" (flags 0) or "ingress"; "" where there is none.
        l2_header: False where packets have no Ethernet header yet, on any device.
        on_transmit: True where it runs when the device is about to send.
        record: Context record of the program's first parameter.
        drop_verdicts: Return values that drop the packet.
        back_verdicts: Return values that send the packet out of the device that received it.
        stage: Order among the hooks of a device that a packet passes when it is received, or sent.
        redirect_verdict: Return value that carries out a redirect; -1 where there is none.
        verdicts: Return values that the kernel's code behind the hook knows, by name; none where
            they are not listed.
        passes, drops: Names, as the hook's users write them, of the return values that let a packet
            go on and that drop it.
        onward: Where it goes then, in words; a template with {facts} of the hook.
        evidence: Experiment ids.
    """

    program_type: ProgramType
    device_side: Literal["device", "peer"] = "device"
    at_ingress: bool = False
    ingress_ifindex: Literal["device", "zero", "unknown"] = "unknown"
    l2_header: bool = True
    on_transmit: bool = False
    sends_back: Literal["egress", "ingress", ""] = ""
    record: str = "__sk_buff"
    redirect_verdict: int = 7
    drop_verdicts: list[int] = []
    back_verdicts: list[int] = []
    stage: int = 0
    verdicts: dict[str, int] = {}
    passes: str = ""
    drops: str = ""
    onward: str = ""
    description: str = ""
    evidence: list[str] = []


class DeviceKind(Data, frozen=True, kw_only=True):
    """What the kernel does with a kind of device.

    Args:
        l2_header: True where packets carry an Ethernet header at the hooks.
        has_peer: True where bpf_redirect_peer has a target behind it.
        enslaves: What others, of its own namespace, hand to it where it is their master: "frames",
            before they are routed, or "packets", for the tables that route them; "" for nothing.
        transmits_xdp: Whether frames of native XDP can be sent through it (ndo_xdp_xmit): "yes",
            "no", "with-peer-program" where the far end has to run XDP, or "unknown".
        leads: Where a packet goes that it sends: "wire"; "peer", which receives it; "master", the
            lower device, or a slave beside it; "stack", inside of another packet that the stack of
            its namespace sends; "user", a process; "" nowhere that a journey goes on from.
        packet_types: Types (include/uapi/linux/if_packet.h) that packets can have that it has
            received, where they need not be for this host: a tunnel hands out what is inside.
        clears_mark: True where a packet loses its mark on the way through the device to a peer in
            another namespace.
        number: Ifindex of such a device in every namespace; 0 where it can be any.
        routes: False where no packet that it receives is one for others, to be routed on.
        hooks: Hooks a program can be attached to.
    """

    l2_header: bool = True
    has_peer: bool = False
    number: int = 0
    routes: bool = True
    enslaves: Literal["frames", "packets", ""] = ""
    transmits_xdp: Literal["yes", "no", "with-peer-program", "unknown"] = "unknown"
    leads: Literal["wire", "peer", "master", "stack", "user", ""] = ""
    packet_types: list[int] = []
    clears_mark: bool = False
    hooks: list[str] = []
    description: str = ""
    evidence: list[str] = []


class MapKind(Data, frozen=True, kw_only=True):
    """How the analysis treats a map type.

    Args:
        sharing: "shared" (other runs write it), "run" (per-CPU scratch of one run when it has
            few entries), "programs", "devices", "maps", "opaque".
        key_sizes, value_sizes: Bytes of a key and of a value that the kernel takes, the ones that
            are refused being those that are left out; none where it takes any.
        indexed: True where the keys are the numbers of its slots.
        evidence: Kernel file and function.
    """

    sharing: Literal["shared", "run", "programs", "devices", "maps", "opaque"] = "shared"
    key_sizes: list[int] = []
    value_sizes: list[int] = []
    indexed: bool = False
    description: str = ""
    evidence: list[str] = []


class Purpose(Data, frozen=True, kw_only=True):
    """What a redirect is for.

    Args:
        functions: Patterns of names, one of which a function on the last program's way has.
        when: C expression over the facts of the redirect; "" for any.
    """

    name: str
    functions: list[str] = []
    when: str = ""


class KernelModel(Data, frozen=True, kw_only=True):
    """The kernel model: all of `rules/kernel/*.toml`, merged.

    Args:
        network_order: Members ("record.member") of headers and contexts that are in network order.
        ethertypes: Numbers of IP versions in an Ethernet header, as network order has them.
    """

    helpers: dict[str, Helper] = {}
    hooks: dict[str, Hook] = {}
    devices: dict[str, DeviceKind] = {}
    maps: dict[str, MapKind] = {}
    context: list[ContextField] = []
    purposes: list[Purpose] = []
    substitutes: dict[str, Substitute] = {}
    sections: dict[str, Sections] = {}
    attaching: dict[str, LoaderLine] = {}
    detaching: dict[str, LoaderLine] = {}
    devices_made: dict[str, DeviceLine] = {}
    hook_words: list[HookWord] = []
    network_order: list[str] = []
    ethertypes: dict[str, int] = {}
