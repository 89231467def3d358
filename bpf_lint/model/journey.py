"""Journeys: where a packet goes between programs, devices and namespaces, and how it gets on."""

from __future__ import annotations

from typing import Literal

import msgspec

from bpf_lint.model.context import HookContext
from bpf_lint.model.place import NOWHERE, Place

Verdict = Literal["pass", "drop", "redirect", "back", "unknown"]


class Exit(msgspec.Struct, frozen=True, order=True):
    """One way in which programs at a hook end with a packet, tail calls folded.

    Args:
        verdict: What becomes of it; "back": it is sent out of the device that received it;
            "unknown": the program could not be read.
        helper: The redirect helper, without bpf_; "" for another verdict.
        place: The call; for another verdict, the program that ends with it.
        function: Function of the call, or the program.
        through: Programs that tail calls lead through, the one that ends it last.
        symbol: What the ifindex comes from, "" where it is not known.
        netns: Namespace that the ifindex belongs to, "" where it is not known.
        device: Device that it names, "" where nobody says.
        kept: The shared map that it was read from, "" for none.
        own: True where it is the number of `skb->dev`.
        ingress: True where the packet is to be received by the device (BPF_F_INGRESS).
    """

    verdict: Verdict
    helper: str
    place: Place
    function: str
    through: tuple[str, ...] = ()
    symbol: str = ""
    netns: str = ""
    device: str = ""
    kept: str = ""
    own: bool = False
    ingress: bool = False


class Passage(msgspec.Struct, frozen=True, order=True):
    """All ways in which the programs at one hook end.

    Args:
        place: Where the entry's function is.
    """

    hook: HookContext
    exits: tuple[Exit, ...]
    place: Place = NOWHERE


class Jump(msgspec.Struct, frozen=True, order=True):
    """A tail call that some path makes: from one function to another, and where."""

    caller: str
    caller_place: Place
    callee: str
    callee_place: Place
    place: Place


HopKind = Literal["start", "program", "stack", "outer", "device", "end", "lost"]


class Hop(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One station of a journey, and how the packet leaves it.

    Args:
        kind: "program": at a hook; "stack": routed, and seen by netfilter; "outer": in a
            tunnel's packet, which the stack has alone; "device": handed on
            without a program; "lost": what a redirect into the wrong namespace comes to.
        netns: Namespace of the packet's device there, "" outside of the node.
        name: The entries, or what is there.
        hook, device: Where the program is attached, or which device it is.
        leaves: How the packet leaves, in words; "" at the end.
        verb: "pass", "drop", "back", or the redirect helper; "" where no program decides.
        target: Device that a redirect names, or what its number comes from.
        sites: Calls that decide so.
        through: Programs of the shortest way of tail calls to the first of them.
        broken: Why the packet does not get where the program sends it, "" where it does.
    """

    kind: HopKind
    netns: str
    name: str
    hook: str = ""
    device: str = ""
    leaves: str = ""
    verb: str = ""
    target: str = ""
    sites: tuple[Place, ...] = ()
    through: tuple[str, ...] = ()
    broken: str = ""


class Journey(msgspec.Struct, frozen=True, order=True):
    """One way of a packet through a node, in one device mode.

    Args:
        start: "wire", or the namespace that sends.
        end: "wire", the namespace that receives, "drop", ...; of a broken journey, where it was
            meant to go.
        configurations: In which it is possible.
        stacks: Namespaces whose stack it passes as itself, not in a tunnel's packet, in order.
        broken: True where a step sends it elsewhere than it means to.
    """

    mode: str
    start: str
    end: str
    hops: tuple[Hop, ...]
    configurations: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()
    broken: bool = False
