"""Shapes of the TOML files under `rules/` and of `bpf-lint.toml`.

The JSON schemas that editors use are generated from these types. Conditions (`when`) are C
expressions; prototypes are C declarations.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from bpf_lint.config.effects import AnyEffect, Meaning, ProgramType, Version


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything read from TOML: unknown keys are errors."""


# --- rules/kernel/*.toml -------------------------------------------------------------------


ReturnMark = Literal["negative", "positive", "unknown", "pointer"]


class Helper(Data, frozen=True, kw_only=True):
    """One BPF helper, by number.

    Args:
        number: BPF_FUNC_* number of include/uapi/linux/bpf.h.
        prototype: C prototype; parameter names are what `effect` refers to.
        effect: What it does; none for one that only returns something.
        returns: Possible results: integers, "negative", "positive", "unknown", "pointer".
        program_types: Program types that have it; empty for all.
        resolved_in: Namespace in which an ifindex argument is looked up; the kernel tests read it.
        evidence: Experiment ids of the kernel oracle, or kernel file and function.
        notes: For people.
    """

    number: int
    prototype: str
    effect: AnyEffect | None = None
    returns: list[int | ReturnMark] = msgspec.field(default_factory=lambda: ["unknown"])
    program_types: list[ProgramType] = []
    resolved_in: Literal["skb", "writer"] = "skb"
    evidence: list[str] = []
    notes: str = ""


class ContextField(Data, frozen=True, kw_only=True):
    """A member of a program's context that the analysis knows.

    Args:
        record, field, meaning: The member, and what it is (see `Meaning`).
    """

    record: Literal["__sk_buff", "xdp_md"]
    field: str
    meaning: Meaning
    evidence: list[str] = []


class Hook(Data, frozen=True, kw_only=True):
    """A place where the kernel runs a program.

    Args:
        device_side: Whose namespace `skb->dev` is in: "device" or "peer" (netkit primary).
        at_ingress: True where the kernel says tc ingress (skb_at_tc_ingress).
        ingress_ifindex: "device", "zero" or "unknown".
        sends_back: Direction of a redirect to the program's own device that returns the packet
            to its sender: "egress" (flags 0) or "ingress"; "" where there is none.
        l2_header: False where packets have no Ethernet header yet, on any device.
        on_transmit: True where it runs when the device is about to send.
        record: Context record of the program's first parameter.
        drop_verdicts: Return values that drop the packet.
        redirect_verdict: Return value that carries out a redirect; -1 where there is none.
        verdicts: Return values that the kernel's code behind the hook knows, by name; none where
            they are not listed.
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
    verdicts: dict[str, int] = {}
    description: str = ""
    evidence: list[str] = []


class DeviceKind(Data, frozen=True, kw_only=True):
    """What the kernel does with a kind of device.

    Args:
        l2_header: True where packets carry an Ethernet header at the hooks.
        has_peer: True where bpf_redirect_peer has a target behind it.
        transmits_xdp: Whether frames of native XDP can be sent through it (ndo_xdp_xmit): "yes",
            "no", "with-peer-program" where the far end has to run XDP, or "unknown".
        packet_types: Types (linux/if_packet.h) of received packets, where some may be for others.
        hooks: Hooks a program can be attached to.
    """

    l2_header: bool = True
    has_peer: bool = False
    transmits_xdp: Literal["yes", "no", "with-peer-program", "unknown"] = "unknown"
    packet_types: list[int] = []
    hooks: list[str] = []
    description: str = ""
    evidence: list[str] = []


class MapKind(Data, frozen=True, kw_only=True):
    """How the analysis treats a map type.

    Args:
        sharing: "shared" (other runs write it), "run" (per-CPU scratch of one run when it has
            few entries), "programs", "devices", "maps", "opaque".
    """

    sharing: Literal["shared", "run", "programs", "devices", "maps", "opaque"] = "shared"
    description: str = ""


class KernelModel(Data, frozen=True, kw_only=True):
    """The kernel model: all of `rules/kernel/*.toml`, merged."""

    helpers: dict[str, Helper] = {}
    hooks: dict[str, Hook] = {}
    devices: dict[str, DeviceKind] = {}
    maps: dict[str, MapKind] = {}
    context: list[ContextField] = []


# --- rules/profiles/NAME.toml ----------------------------------------------------------------


class Probe(Data, frozen=True, kw_only=True):
    """A test on the analysed folder: `path` exists and, if given, contains / lacks a text.

    `path` may be a glob; a probe holds when one match satisfies it.
    """

    path: str
    contains: str = ""
    lacks: str = ""
    absent: bool = False


class FrontEndFlags(Data, frozen=True, kw_only=True):
    """Compiler flags of a project, relative to the analysed folder.

    Args:
        flags: Flags for every program.
        include: Folder beside the profile with headers that are searched first.
        optional: True where what it names need not be in the tree.
    """

    flags: list[str] = []
    include: str = ""
    optional: bool = False


class Mode(Data, frozen=True, kw_only=True):
    """A device mode.

    Args:
        probes: All must hold for the tree to have this mode.
        defines: Macros of every program in this mode; "NAME" or "NAME=value".
        programs: More macros, by program path.
        values: Load-time constants fixed by the mode (variable name -> number), and what user
            space stores in members of map values or of constants ("record.member" -> number).
        optional: True where what it names need not be in the tree.
    """

    description: str = ""
    probes: list[Probe] = []
    defines: list[str] = []
    programs: dict[str, list[str]] = {}
    values: dict[str, int] = {}
    source: str = ""
    optional: bool = False


class Configuration(Data, frozen=True, kw_only=True):
    """A set of options that the agent allows together.

    Args:
        modes: Modes it exists in; empty for all.
        defines: Macros of every program.
        programs: More macros, by program path.
        values: Load-time constants.
        probes: All must hold for the tree to have it.
        kernel: Oldest kernel that it is for, as "5.4"; "" for one with all that the model knows.
        kernel_probes: `kernel` counts for trees in which these hold; others need a newer one.
        source: Where the project's own code says so.
        optional: True where what it names need not be in the tree.
    """

    description: str = ""
    modes: list[str] = []
    defines: list[str] = []
    programs: dict[str, list[str]] = {}
    values: dict[str, int] = {}
    probes: list[Probe] = []
    kernel: Version = ""
    kernel_probes: list[Probe] = []
    source: str = ""
    optional: bool = False


class Program(Data, frozen=True, kw_only=True):
    """A source file that becomes an object.

    Args:
        defines: Macros of this program only; "NAME", "NAME=value".
        modes: Modes in which it is built; empty for all.
        when: C expression over the macros set by mode, configuration and program: built where
            it holds; "" for always.
        optional: True where what it names need not be in the tree.
        probes: All must hold; a probe of the path "{}" is about the program itself.

    `path` may be a glob.
    """

    path: str
    defines: list[str] = []
    modes: list[str] = []
    when: str = ""
    values: dict[str, int] = {}
    probes: list[Probe] = []
    optional: bool = False


class Device(Data, frozen=True, kw_only=True):
    """A device that programs are attached to.

    Args:
        kind: Device kind of the kernel model.
        netns: Namespace the device is in.
        peer_netns: Namespace of its peer, "" without one.
        xdp_peer: True where the far end of a veth takes frames of native XDP though no program of
            this profile is attached there (one of others, or GRO).
        l2_header: Overrides the kind's.
        upper: The bridge or bond that it is a port of, "" for none.
        collect_metadata: True for a tunnel device that serves all tunnels ("external"): packets
            arrive with the tunnel's metadata as their destination.
        optional: True where what it names need not be in the tree.
    """

    kind: str
    netns: str
    peer_netns: str = ""
    xdp_peer: bool = False
    l2_header: bool | None = None
    upper: str = ""
    collect_metadata: bool = False
    modes: list[str] = []
    description: str = ""
    optional: bool = False


class Attachment(Data, frozen=True, kw_only=True):
    """Which entry runs at which hook of which device.

    Args:
        program: Path or glob of the program.
        entries: Sections or function names.
        when: C expression over the unit's macros and load-time constants, "" for always.
        optional: True where what it names need not be in the tree.
    """

    program: str
    entries: list[str]
    hook: str
    device: str
    modes: list[str] = []
    configurations: list[str] = []
    when: str = ""
    source: str = ""
    optional: bool = False


class SymbolMeaning(Data, frozen=True, kw_only=True):
    """A constant, macro, enumerator or variable that holds an ifindex.

    Args:
        name: Name in the source.
        netns: Namespace its number belongs to; "device" for that of the device that the program is
            attached to, whichever that is.
        device: The device it names, for messages.
        programs: Programs where this holds; empty for all.
        modes: Modes where this holds.
        when: C expression over the macros set by mode, configuration and program.
        zero: False where it is never 0. Without it, it may be 0 for want of a device: the path
            where a test finds 0 is analysed, a use without a test is taken for configured. True
            where a use without a test has to reckon with 0.
        optional: True where what it names need not be in the tree.
    """

    name: str
    netns: str
    device: str = ""
    programs: list[str] = []
    modes: list[str] = []
    when: str = ""
    zero: bool | None = None
    description: str = ""
    optional: bool = False


class FieldMeaning(Data, frozen=True, kw_only=True):
    """A map value's member that user space fills with an ifindex.

    Args:
        field: "record.member".
        netns: Namespace its number belongs to.
        zero: As of a symbol.
        optional: True where what it names need not be in the tree.
    """

    field: str
    netns: str
    device: str = ""
    zero: bool | None = None
    description: str = ""
    optional: bool = False


class ProgArray(Data, frozen=True, kw_only=True):
    """Which programs user space puts into a prog array.

    Args:
        map: Name of the map (as the source or the loader knows it).
        programs: "path:function" or "path:section"; globs allowed.
        own: True where each object has a map of its own, filled by its own sections.
        index: The only slot that holds them, and that holds no others; -1 for any other slot.
        optional: True where what it names need not be in the tree.
    """

    map: str
    programs: list[str]
    own: bool = False
    index: int = -1
    description: str = ""
    optional: bool = False


# How names of functions usually tell the IP version.
FAMILIES = {
    "IPv4": ["*ipv4*", "*_v4*", "*_ip4*", "*46*", "*64*"],
    "IPv6": ["*ipv6*", "*_v6*", "*_ip6*", "*46*", "*64*"],
}


class Profile(Data, frozen=True, kw_only=True):
    """What a project attaches where, in which mode, with which defines.

    Args:
        folders: Where the project keeps its programs, below the root of its repository.
        option_lists: Globs of files with `-D` options that the tree itself keeps, by program:
            "{stem}" stands for the program's name. `--configurations tree` analyses them.
        patched_sections: Sections whose variables the loader patches into the code: where the
            program loads the address of such a variable, it finds the variable's value.
        scratch_sections: Sections whose variables the loader copies for each CPU: memory of one
            run, in which an offset that the program adds selects the copy.
        families: Patterns of function names by the IP version that they speak of, "IPv4" or
            "IPv6". A name that speaks of several is of none.
        tail_sections, tail_tags: Sections and btf_decl_tags that put a program into a slot;
            "{map}" stands for the name (or the `id`) of the prog array, "{index}" for the slot.
    """

    name: str
    description: str = ""
    folders: list[str] = []
    option_lists: list[str] = []
    patched_sections: list[str] = []
    scratch_sections: list[str] = []
    tail_sections: list[str] = msgspec.field(default_factory=lambda: ["{map}/{index}"])
    tail_tags: list[str] = []
    families: dict[str, list[str]] = msgspec.field(default_factory=lambda: dict(FAMILIES))
    recognise: list[Probe] = []
    front_end: FrontEndFlags = FrontEndFlags()
    modes: dict[str, Mode] = {}
    configurations: dict[str, Configuration] = {}
    programs: list[Program] = []
    devices: dict[str, Device] = {}
    attachments: list[Attachment] = []
    symbols: list[SymbolMeaning] = []
    fields: list[FieldMeaning] = []
    prog_arrays: list[ProgArray] = []
    values: dict[str, int] = {}


# --- rules/checks/*.toml -----------------------------------------------------------------------


class Example(Data, frozen=True, kw_only=True):
    """A short program that shows the mistake, or the right way, with a caption."""

    caption: str = ""
    code: str


class Rule(Data, frozen=True, kw_only=True):
    """One rule: what it looks at, when it fires, and all of its text.

    Args:
        event: What it looks at: kinds of events, one or several, that `docs/facts.md` lists with
            their facts.
        helpers: Names of helpers it is limited to; empty for all of that event.
        when: C expression over the event's facts.
        each: What the condition is held against: "target", each thing that the ifindex can be,
            with the facts `target.*` of that; "event", the event once, and the first of these is
            shown; "call", the event once, where the number has no origin to show.
        at: What the finding stands at: the "event", or the "origin" of its number.
        status: "stable" or "preview" (off by default).
        message, suggestion: Templates with {facts}.
    """

    id: str
    title: str
    event: str | Annotated[list[str], msgspec.Meta(min_length=1)]
    when: str
    severity: Literal["error", "warning", "note"] = "error"
    status: Literal["stable", "preview"] = "stable"
    each: Literal["event", "target", "call"] = "event"
    at: Literal["event", "origin"] = "event"
    helpers: list[str] = []
    message: str
    suggestion: str
    description: str
    kernel: str
    limits: str = ""
    evidence: list[str] = []
    bad: Example
    good: Example
    references: list[str] = []

    def events(self) -> list[str]:
        """All that it looks at."""
        return self.event if isinstance(self.event, list) else [self.event]


# --- bpf-lint.toml -------------------------------------------------------------------------------


class PathSettings(Data, frozen=True, kw_only=True):
    """Rules that are not reported below some paths.

    Args:
        path: Glob over paths from the repository's root; `**` crosses folders.
        ignore: Rule globs.
        optional: True where what it names need not be in the tree.
    """

    path: str
    ignore: list[str]
    optional: bool = False


class UserConfiguration(Data, frozen=True, kw_only=True):
    """`bpf-lint.toml`, or the table [tool.bpf-lint] of pyproject.toml.

    A profile can be extended or written here: the keys of `Profile` but its name.

    Args:
        unattached: Entries (globs over functions and sections) that nothing attaches, and that
            need not be judged.
    """

    profile: str = ""
    rules: list[str] = []
    select: list[str] = []
    ignore: list[str] = []
    per_path: list[PathSettings] = []
    baseline: str = ""
    unattached: list[str] = []
    modes: list[str] = []
    exclude: list[str] = []
    front_end: FrontEndFlags = FrontEndFlags()
    programs: list[Program] = []
    devices: dict[str, Device] = {}
    attachments: list[Attachment] = []
    symbols: list[SymbolMeaning] = []
    fields: list[FieldMeaning] = []
    prog_arrays: list[ProgArray] = []
    patched_sections: list[str] = []
    scratch_sections: list[str] = []
    tail_sections: list[str] = []
    tail_tags: list[str] = []
    families: dict[str, list[str]] = {}
    mode: dict[str, Mode] = {}
    configurations: dict[str, Configuration] = {}
    values: dict[str, int] = {}
