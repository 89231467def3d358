"""Shapes of profiles (`rules/profiles/*.toml`); those of other files are beside.

The JSON schemas that editors use are generated from these types. Conditions (`when`) are C
expressions.
"""

from __future__ import annotations

import msgspec

from bpf_lint.config.data import Data
from bpf_lint.config.effects import Version

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
        master: The bridge, bond or VRF that it is a port of, by its name here.
        xdp_peer: True where the far end of a veth takes frames of native XDP though no program of
            this profile is attached there (one of others, or GRO).
        l2_header: Overrides the kind's.
        collect_metadata: True for a tunnel device that serves all tunnels ("external"): packets
            arrive with the tunnel's metadata as their destination.
        keeps_mark: True for a device that is set up to leave packets their mark where its kind
            clears it on the way to another namespace (netkit, `scrub none`).
        optional: True where what it names need not be in the tree.
    """

    kind: str
    netns: str
    peer_netns: str = ""
    master: str = ""
    xdp_peer: bool = False
    l2_header: bool | None = None
    collect_metadata: bool = False
    keeps_mark: bool = False
    modes: list[str] = []
    description: str = ""
    optional: bool = False


class Attachment(Data, frozen=True, kw_only=True):
    """Which entry runs at which hook of which device.

    Args:
        program: Path or glob of the program.
        entries: Sections or function names.
        when: C expression over the unit's macros and load-time constants, "" for always.
        assumed: True where it was found in a loader's text and nobody has confirmed it: findings
            say so.
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
    assumed: bool = False
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
    """A map value's member, or whole value, that user space fills with an ifindex.

    Args:
        field: "record.member", or the name of a map whose value is nothing but the number.
        netns: Namespace its number belongs to.
        programs: Programs where this holds; empty for all. It goes before one for all.
        modes: Modes where this holds; empty for all.
        zero: As of a symbol.
        optional: True where what it names need not be in the tree.
        under: Other members of the same value ("record.member"), and the numbers of which they
            hold one where the member is this device's.
        flags: The same with bits of which at least one is set then.
        without: The same with bits of which none is.
    """

    field: str
    netns: str
    device: str = ""
    programs: list[str] = []
    modes: list[str] = []
    zero: bool | None = None
    under: dict[str, list[int]] = {}
    flags: dict[str, int] = {}
    without: dict[str, int] = {}
    description: str = ""
    optional: bool = False

    def members(self) -> tuple[str, ...]:
        """Other members that it depends on."""
        return (*self.under, *self.flags, *self.without)


class ProgArray(Data, frozen=True, kw_only=True):
    """Which programs user space puts into a prog array.

    Args:
        map: Name of the map (as the source or the loader knows it), or "path:map" for that of some
            programs, where others have another one of the name; globs allowed.
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
    "IPv4": ["*ipv4*", "v4*", "*_v4*", "ip4*", "*_ip4*", "*46*", "*64*"],
    "IPv6": ["*ipv6*", "v6*", "*_v6*", "ip6*", "*_ip6*", "*46*", "*64*"],
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
        options: What a user of the project sets macros and load-time constants with, for messages.
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
    options: dict[str, str] = {}
