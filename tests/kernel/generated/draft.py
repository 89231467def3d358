"""What a generated program does, before it is written down in C."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import msgspec

from .. import stage

# Another seed gives other programs.
SEED = int(os.environ.get("BPF_LINT_SEED", "20210630"))
# How many programs each mode gets: 500 in all.
SHARES = {
    "veth": 150,
    "macvlan": 60,
    "netkit-l2": 90,
    "netkit-l3": 50,
    "ipvlan-l2": 70,
    "ipvlan-l3": 40,
    "ipvlan-l3s": 40,
}
SYMBOLS = ["HOST_ETH0", "HOST_LXC0", "HOST_LXC1", "HOST_CIL0", "HOST_CIL1", "HOST_VX0"]
SYMBOLS += ["POD_ETH0", "POD2_ETH0"]
INGRESS = 1
TC_HELPERS = ("redirect", "redirect", "redirect_neigh", "redirect_peer", "clone_redirect")
FLAGS = (0, 0, 0, 0, INGRESS, INGRESS, 2, 0x10000)
# Sections of `pairs` that say what a program is for, have a helper or two only, or run XDP in the
# driver, which few targets go with.
LEFT_OUT = ("to-tunnel", "pod-route", "xdp-lxc")
# How often a number comes this way.
SOURCES = {"constant": 2, "function": 2, "structure": 2, "scratch": 3, "tail": 2, "chain": 2}
SOURCES |= {"map": 3, "own": 3, "route": 2, "choice": 2, "loop": 1, "copy": 2, "narrow": 1}
SOURCES |= {"overwritten": 2, "array": 2, "switch": 2, "jump": 1}
# Where packets have been before they meet a program: a target there would prove nothing.
RECEIVED = ("host/eth0:in",)
AT_POD = (*RECEIVED, "host/lxc0:out", "host/nk0:out", "pod/eth0:in")
FROM_POD = ("host/lxc0:in", "host/nk0:in")
PASSED = {"pod-ingress": AT_POD, "xdp-pod": AT_POD, "uplink-ingress": RECEIVED}
PASSED |= {"vxlan-ingress": (*RECEIVED, "host/vx0:in")}
PASSED |= {"lxc-ingress": FROM_POD, "from-pod": FROM_POD, "peer": FROM_POD}
# A guard, and how often it is taken.
GUARDS = {"": 6, "long": 3, "option": 2, "word": 2, "argument": 2, "received": 2}
GUARDS |= {"no-option": 1, "no-word": 1, "no-argument": 1, "not-received": 1}


class Draft(msgspec.Struct, frozen=True):
    """A program that calls one redirect helper.

    Args:
        section: Where it is attached.
        symbol: Device that the helper's number belongs to.
        source: How the number gets to the call; see `writing`.
        guard: Condition in front of the call; see `writing`.
        verdict: "returned", "discarded", or "passed" for a clone, whose original goes on.
        decoy: True where an unrelated device gets the number.
        writer: Section of the program that fills the map.
    """

    id: int
    mode: str
    section: str
    helper: str
    symbol: str
    flags: int
    source: str
    guard: str
    verdict: str
    decoy: bool
    writer: str = ""

    @property
    def hook(self) -> str:
        """The hook that the section is attached to."""
        found = stage.place(self.section, self.mode)
        assert found
        return found[1]

    @property
    def own(self) -> str:
        """The device that the packet is on: netkit's programs run with the other one."""
        found = stage.place(self.section, self.mode)
        assert found
        devices = stage.stage(self.mode).devices
        return devices[found[0]].peer if self.hook == "netkit-primary" else found[0]

    @property
    def target(self) -> str:
        """The device that the number belongs to."""
        return stage.device(self.symbol, self.mode)

    @property
    def home(self) -> bool:
        """True where the target is in the namespace of skb->dev."""
        return netns(self.target) == netns(self.own)

    @property
    def goal(self) -> str:
        """Where a redirect to the target, in the target's namespace, shows the packet."""
        peer = stage.stage(self.mode).devices[self.target].peer
        if self.helper != "redirect_peer" and self.flags == INGRESS and self.hook != "xdp":
            return f"{self.target}:in"
        return f"{peer}:in" if peer else f"{self.target}:out"

    @property
    def runs(self) -> bool:
        """True where the program gets past its guard."""
        if self.guard in ("received", "not-received"):
            received = self.hook in ("tc-ingress", "xdp")
            return received == (self.guard == "received")
        return not self.guard.startswith("no-")


def drafts(mode: str, seed: int = SEED, count: int = 0) -> list[Draft]:
    """The programs of a mode; always the same ones for a seed."""
    random = Random(f"{seed} {mode}")
    tried = (_draw(random, mode) for _ in iter(int, 1))
    useful = (one for one in tried if one and _is_told(one))
    return [
        msgspec.structs.replace(one, id=number)
        for number, one in zip(range(count or SHARES[mode]), useful, strict=False)
    ]


def netns(device: str) -> str:
    """Namespace of a device named "netns/name"."""
    return device.split("/")[0]


def _draw(random: Random, mode: str) -> Draft | None:
    """A random draft; None where its parts do not go together."""
    section = random.choice([one for one in stage.sections(mode) if one not in LEFT_OUT])
    found = stage.place(section, mode)
    assert found
    xdp = found[1] == "xdp"
    helper = "redirect" if xdp else random.choice(TC_HELPERS)
    clone = helper == "clone_redirect"
    verdict = "passed" if clone else random.choice(["returned"] * 5 + ["discarded"])
    source = random.choices(list(SOURCES), list(SOURCES.values()))[0]
    draft = Draft(
        id=0,
        mode=mode,
        section=section,
        helper=helper,
        symbol=random.choice(list(_symbols(mode))),
        flags=random.choice(FLAGS),
        source=source,
        guard=random.choices(list(GUARDS), list(GUARDS.values()))[0],
        verdict=verdict,
        decoy=random.random() < 0.4,
        writer=random.choice(["uplink-ingress", "uplink-egress"]) if source == "map" else "",
    )
    return _fit(draft)


def _fit(draft: Draft) -> Draft | None:
    """Take what the source says as the target, and leave out decoys that cannot be."""
    if draft.source in ("own", "route"):
        symbol = next((one for one in _symbols(draft.mode) if _is(one, draft)), "")
        if not symbol:
            return None
        draft = msgspec.structs.replace(draft, symbol=symbol)
    taken = [
        one.index
        for name, one in stage.stage(draft.mode).devices.items()
        if netns(name) == netns(draft.own)
    ]
    if draft.home or stage.number(draft.symbol, draft.mode) in taken:
        draft = msgspec.structs.replace(draft, decoy=False)
    return draft


def _is(symbol: str, draft: Draft) -> bool:
    """True for the symbol of the device that `own` and `route` give."""
    device = stage.device(symbol, draft.mode)
    outward = "host/eth0" if netns(draft.own) == "host" else draft.own
    return device == (draft.own if draft.source == "own" else outward)


def _symbols(mode: str) -> Iterator[str]:
    """Symbols of the devices that a mode has."""
    devices = stage.stage(mode).devices
    for symbol in SYMBOLS:
        namespace = {"H": "host", "P": "pod2" if symbol[3] == "2" else "pod"}[symbol[0]]
        index = stage.number(symbol, mode)
        if any(netns(name) == namespace and one.index == index for name, one in devices.items()):
            yield symbol


def _is_told(draft: Draft) -> bool:
    """False where packets are lost for reasons that no rule is about, or where nothing shows.

    That are loops, peers in the same namespace or missing, routes over other devices, and targets
    on the way that a packet takes anyway.
    """
    if draft.guard in ("received", "not-received") and draft.hook == "tc-egress":
        return False
    if draft.source == "route" and ("l3" in draft.mode or draft.hook == "xdp"):
        return False
    if draft.source == "map" and draft.writer == draft.section:
        return False
    if draft.guard in ("word", "no-word") and draft.hook == "xdp":
        return False
    if draft.source in ("scratch", "chain") and draft.hook == "xdp":
        return False
    if draft.goal in PASSED.get(draft.section, ()):
        return False
    if draft.verdict != "returned" and _on_the_way(draft):
        return False
    return draft.runs is False or not draft.home or _works(draft)


def _works(draft: Draft) -> bool:
    """True where the kernel can redirect to this device of the packet's own namespace.

    Packets without Ethernet header count, too: what becomes of them is known.
    """
    kind = stage.stage(draft.mode).devices[draft.target].kind
    peer = stage.stage(draft.mode).devices[draft.target].peer
    headerless = "tun" in draft.own
    if draft.helper == "redirect_peer":
        crosses = bool(peer) and netns(peer) != netns(draft.own)
        return draft.hook != "tc-ingress" or (crosses and draft.target != draft.own)
    if draft.helper == "redirect_neigh":
        return headerless or (draft.target != draft.own and _routed(draft))
    if draft.target == draft.own:
        egress = draft.hook in ("tc-egress", "netkit-primary", "netkit-peer")
        return egress and draft.flags != 0 and not headerless
    # A clone or frame of generic XDP is not seen at a device that has no other end.
    return draft.hook != "xdp" or (bool(peer) and kind == "veth")


def _routed(draft: Draft) -> bool:
    """True where the route to the packet's destination uses the target."""
    send = stage.traffic(draft.section, draft.mode).send
    towards = "host/eth0" if "10.0.0.254" in send.rsplit(">")[-1] else ""
    if "10.1.0.2" in send.rsplit(">")[-1]:
        towards = "host/lxc0" if draft.mode == "veth" else "host/nk0"
    return draft.target == towards


def _on_the_way(draft: Draft) -> bool:
    """True where the target would show a packet that was never redirected, too."""
    path = ("host/eth0", "host/lxc0", "host/nk0", "pod/eth0", "wire/w0")
    devices = stage.stage(draft.mode).devices
    passed = (*path, draft.own)
    return draft.target in passed or devices[draft.target].peer in passed
