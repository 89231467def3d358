"""The commented configuration file that `bpf-lint init` writes."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.choose import generic
from bpf_lint.config.probes import content
from bpf_lint.config.schema import Profile
from bpf_lint.config.user import LoadedUser
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.files.reach import Reach
from bpf_lint.model.printable import break_commands, show_hidden
from bpf_lint.sources.guesses import guess
from bpf_lint.sources.tree import resolve
from bpf_lint.sources.workspace import Workspace, open_workspace

TESTS = re.compile(r"((?:[^/]+/)*?(?:tests?|samples?|examples?|ut|testing)(?=/))")
SECTION = re.compile(
    r"""\bSEC\("(?P<sec>[^"]+)"\)                             # libbpf
      | \b__section(?:_cls_entry)?\("(?P<macro>[^"]+)"\)        # iproute2 and its descendants
      | \bsection\s*\(\s*"(?P<attribute>[^"]+)"\s*\)            # the attribute itself
    """,
    re.VERBOSE,
)
NOT_PROGRAMS = re.compile(r"^(?:\.|maps$|license$|version$|\w+/(?:\d+|0x[\da-fA-F]+)$)")

HEAD = """\
# Configuration of bpf-lint. `bpf-lint doctor` says what is made of it, and
# `bpf-lint schema config` prints a JSON schema for editors.

# Rules to run, or not to report (globs); `bpf-lint rules` lists them.
# select = ["*"]
# ignore = []

# Paths that are not analysed, relative to the analysed folder{tests}.
# exclude = {exclude}
"""

RECOGNISED = """
# The tree is recognised; the profile knows its modes, configurations and attachments.
profile = {name}

# Device modes to analyse: {modes}; all of them without this key.
# modes = [{first}]

# What differs from the profile goes here: more programs, devices, attachments, or symbols.
# [[symbols]]
# name = "MY_UPLINK_IFINDEX"
# netns = "host"
"""

FLAGS = """
# How C is compiled, relative to the analysed folder. `-p DIR` on the command line takes the
# flags from compile_commands.json instead.
[front_end]
flags = {flags}
"""

BASIS = "# {flag}: {why}, {path}:{line}{others}\n"

DEVICES = """
# Devices that programs are attached to. `netns` is a name of your choice for the network
# namespace the device is in: "host", "pod", ... The kinds of devices are
{kinds}.
[devices.uplink]
kind = "ethernet"
netns = "host"

# [devices.pod]
# kind = "veth"          # the host's end of a veth pair
# netns = "host"
# peer_netns = "pod"
"""

PROGRAM = """
[[programs]]
path = {path}
"""

ATTACHMENT = """
[[attachments]]
program = {path}
entries = {entries}
hook = {hook}
device = "uplink"        # adapt: which device is it attached to?
"""

TAIL = """
# Symbols (macros, enumerators, constants, variables) that hold an ifindex, and the namespace
# in which it is one.
# [[symbols]]
# name = "UPLINK_IFINDEX"
# netns = "host"
# device = "uplink"

# Members of map values that user space fills with an ifindex.
# [[fields]]
# field = "endpoint.ifindex"
# netns = "host"

# Device modes, where the same sources are built for several kinds of devices.
# [mode.veth]
# defines = ["USE_VETH=1"]
"""


def template(folder: Path) -> str:
    """A configuration file for the tree in a folder.

    Raises:
        InputError: The folder has no C sources.
    """
    catalogue = Catalogue(data_folder())
    given = resolve((str(folder),))[0]
    space = open_workspace(given, catalogue, LoadedUser(UserConfiguration()))
    head = _head(space)
    if space.choice.recognised:
        return head + _recognised(space)
    names = ", ".join(sorted(catalogue.kernel.devices))
    kinds = textwrap.fill(names, 95, initial_indent="# ", subsequent_indent="# ")
    profile = generic(catalogue).profile
    flags, basis = _flags(space, profile)
    parts = [head, FLAGS.format(flags=_list(flags)), *basis, DEVICES.format(kinds=kinds)]
    return "".join([*parts, *_programs(space, profile), TAIL])


def _recognised(space: Workspace) -> str:
    modes = list(space.profile.modes)
    return RECOGNISED.format(
        name=_quoted(space.profile.name),
        modes=", ".join(modes) or "none",
        first=_quoted(modes[0]) if modes else "",
    )


def _head(space: Workspace) -> str:
    """The first keys, with the folders of tests and samples that the tree has."""
    folders = {match[1] for path in space.tree.files if (match := TESTS.match(path))}
    tests = "; these hold tests or samples" if folders else ""
    return HEAD.format(tests=tests, exclude=_list(sorted(folders) or ["tests"]))


def _flags(space: Workspace, profile: Profile) -> tuple[list[str], list[str]]:
    """The generic flags with those that the repository tells, and what these rest on."""
    root, folder = Path(space.tree.root), Path(space.tree.folder)
    programs = [path for path in space.tree.files if SECTION.search(content(folder / path))]
    guesses = guess([str(folder / path) for path in programs], root, (), space.tree.reading())
    basis = dict.fromkeys(one for own in guesses.programs.values() for one in own.basis)
    reach = space.tree.reading()
    generic = [
        flag
        for flag in profile.front_end.flags
        if not flag.startswith("-I") or _folder(folder / flag[2:], reach)
    ]
    flags = [*generic, *(_from_folder(one.flag, root, folder) for one in basis)]
    said: dict[str, str] = {}
    for one in basis:
        others = f"; also in {', '.join(one.others)}" if one.others else ""
        flag = _from_folder(one.flag, root, folder)
        line = BASIS.format(flag=flag, why=one.why, path=one.path, line=one.line, others=others)
        said.setdefault(flag, line)
    return list(dict.fromkeys(flags)), list(said.values())


def _folder(path: Path, reach: Reach) -> bool:
    """True for a folder that is there and may be read."""
    return reach.holds(path) and path.is_dir()


def _from_folder(flag: str, root: Path, folder: Path) -> str:
    """A flag of the report root as one of the analysed folder."""
    if not flag.startswith("-I"):
        return flag
    return f"-I{os.path.relpath(root / flag[2:], folder)}"


def _programs(space: Workspace, profile: Profile) -> Iterator[str]:
    """Programs and attachments, by the sections in the sources."""
    for path in space.tree.files:
        source = Path(space.tree.folder) / path
        if not space.tree.reading().in_tree(source):
            continue
        text = content(source)
        sections = [s for s in dict.fromkeys(_sections(text)) if not NOT_PROGRAMS.match(s)]
        if not sections:
            continue
        yield PROGRAM.format(path=_quoted(path))
        for hook, entries in _by_hook(sections, profile).items():
            yield ATTACHMENT.format(path=_quoted(path), entries=_list(entries), hook=_quoted(hook))


def _sections(text: str) -> Iterator[str]:
    """Sections as the loader names them: without the mark of programs that it does not load."""
    for match in SECTION.finditer(text):
        yield (match["sec"] or match["macro"] or match["attribute"]).removeprefix("?")


def _by_hook(sections: list[str], profile: Profile) -> dict[str, list[str]]:
    """Sections by hook, as the generic profile, or their own words, tell."""
    found: dict[str, list[str]] = {}
    for section in sections:
        hook = next((a.hook for a in profile.attachments if _named(section, a.entries)), "")
        hook = hook or _guess(section)
        if hook:
            found.setdefault(hook, []).append(section)
    return found


def _named(section: str, entries: list[str]) -> bool:
    return any(fnmatchcase(section, entry) for entry in entries)


def _guess(section: str) -> str:
    """A hook for a section that is named after a direction ("from-pod", "to_host_ep")."""
    words = re.split(r"[^a-z]+", section.lower())
    if "xdp" in words:
        return "xdp"
    if "ingress" in words or "from" in words:
        return "tc-ingress"
    return "tc-egress" if "egress" in words or "to" in words else ""


def _quoted(text: str) -> str:
    """A TOML string; bytes that are not UTF-8, for which TOML has no escape, are question marks."""
    plain = text.encode(errors="replace").decode()
    for sign, escape in (("\\", "\\\\"), ('"', '\\"'), ("\t", "\\t"), ("\n", "\\n")):
        plain = plain.replace(sign, escape)
    return '"' + break_commands(show_hidden(plain, _escaped), _escaped) + '"'


def _escaped(character: str) -> str:
    """TOML's escape of a character."""
    return f"\\U{ord(character):08x}"


def _list(items: list[str]) -> str:
    return f"[{', '.join(map(_quoted, items))}]"
