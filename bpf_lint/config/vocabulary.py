"""The facts that a rule's condition and texts can name, by event.

`bpf_lint/rules/facts.py` and `slots.py` fill them; numbers are 0 or 1 unless it says otherwise.
"""

from __future__ import annotations

from bpf_lint.config.schema import EventName

COMMON = {
    "mode": "device mode, text",
    "entry": "the attached function or section, text",
    "function": "function of the call site, text",
    "program_type": '"tc", "xdp", "lwt_xmit", ...',
    "hook.name": "hook of the kernel model, text",
    "hook.at_ingress": "the kernel is at tc ingress",
    "hook.ingress_ifindex_zero": "ingress_ifindex is always 0",
    "hook.sends_back": 'direction of a redirect to the own device that returns a packet: "egress", '
    '"ingress" or ""',
    "skb.netns": "namespace of skb->dev, text",
    "device.name": "device that the program is attached to, text",
    "device.kind": "its kind in the kernel model, text",
    "device.l2_header": "packets reach the program with an Ethernet header",
    "device.has_peer": "bpf_redirect_peer() can go through it",
    "device.peer_netns": 'namespace of its peer, text; "" without one',
    "target.known": "the ifindex is that of a device; its origin is known",
    "target.origin": "where the ifindex comes from, in words",
    "target.symbol": "the symbol, member or helper that it comes from, text",
    "target.netns": "namespace that the ifindex belongs to, text",
    "target.device": "the device it names, where the configuration says so, text",
    "target.l2_header": "that device is known to need an Ethernet header",
    "target.no_peer": "that device is known to have no peer",
    "target.self": "it is the number of skb->dev, read from the context",
    "target.absent": "it is 0 for want of a device (ingress_ifindex)",
    "target.via_map": "it was read from a shared map",
    "target.bits": "bits of the narrowest type that it passed through, up to 32",
    "returned": "the program can end with the verdict of the redirect; 1 for other events",
    "discarded": "the program can end with another verdict after the redirect",
    "used": "the call's result is used",
}

_CALL = {
    "helper": "the helper, with bpf_, text",
    "cut": "where the ifindex lost bits, in words",
    "target.unknown": "the ifindex can also be a number that is not known",
    "target.only": "the ifindex cannot be anything else",
    "target.zero": "the ifindex can be a 0 that the program wrote",
}

# Facts about all that an ifindex can be, not about one of its targets.
WHOLE = frozenset(["target.unknown", "target.only", "target.zero"])

FACTS: dict[EventName, dict[str, str]] = {
    "redirect": {
        **_CALL,
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "nexthop.given": "bpf_redirect_neigh() may be given a next hop",
        "packet.l2_header": "the packet may have an Ethernet header here; 0: it has none",
        "packet.metadata_dst": "a tunnel's metadata is the packet's destination, for certain",
        "packet.reshaped": "the path may have added or removed headers",
        "packet.readdressed": "the path may have written Ethernet addresses",
        "peer.why": "why bpf_redirect_peer() cannot work here, in words",
        "rearmed": "an earlier redirect of the path is replaced, and nothing else tells of it",
    },
    "fib_lookup": _CALL,
    "fib_use": {
        "unset": 'what the lookup has not set: "ifindex" or "addresses"',
        "use": "what is done with it, in words",
    },
    "unavailable_helper": {"helper": "the helper, with bpf_, text"},
    "narrowing": {"cut": "where the ifindex lost bits, in words"},
    "tail_call": {
        "map": "name of the prog array, text",
        "slot": 'the slot, a number or "?"',
        "slot.known": "the slot is known",
        "slot.absent": "the slot holds no program",
        "slot.other_kind": "every program it can hold is of another type",
        "slot.other_family": "every program it can hold is for the other IP version",
        "slot.why": "what does not fit, in words",
        "callee": "function in the slot, text",
        "callee.kind": "its program type, text",
        "callee.family": '"IPv4", "IPv6" or ""',
        "family": "IP version of the caller, by names of functions",
    },
}


def facts_of(events: list[EventName]) -> set[str]:
    """Names that a rule about these events can use."""
    shared = set.intersection(*(set(FACTS[event]) for event in events))
    return shared | COMMON.keys()


def page() -> str:
    """The Markdown page of all facts, `docs/facts.md`."""
    parts = [
        "# Facts that rules can name",
        "A rule looks at events of one kind or several (`event`). Its condition (`when`, a C "
        "expression) and its texts (`{name}`) can use these facts; one that does not exist is an "
        "error. Numbers are 0 or 1 unless it says otherwise.",
        "## Of every event\n\n" + _table(COMMON),
        *(f"## Of `{event}`\n\n" + _table(facts) for event, facts in FACTS.items()),
        "<!-- Generated from bpf_lint/config/vocabulary.py: edit that file. -->",
    ]
    return "\n\n".join(parts) + "\n"


def _table(facts: dict[str, str]) -> str:
    rows = [f"| `{name}` | {text} |" for name, text in facts.items()]
    return "\n".join(["| fact | |", "|---|---|", *rows])
