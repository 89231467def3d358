"""The commented configuration file that `bpf-lint init` writes."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

import msgspec

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.choose import generic
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.loading import HookWord
from bpf_lint.config.probes import content
from bpf_lint.config.schema import Profile
from bpf_lint.config.user import LoadedUser
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.contexts.sections import is_tracing, runs_elsewhere
from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import InputError
from bpf_lint.model.printable import break_commands, show_hidden
from bpf_lint.model.toml import escaped as _escaped
from bpf_lint.model.toml import quoted as _quoted
from bpf_lint.model.toml import quoted_list as _list
from bpf_lint.pipeline.evidence import (
    Numbers,
    agree,
    attachments_said,
    devices_said,
    numbers_said,
)
from bpf_lint.pipeline.host_template import commented, told_by
from bpf_lint.pipeline.left import left_to_edit
from bpf_lint.pipeline.proposals import redirects_of
from bpf_lint.pipeline.request import Request
from bpf_lint.pipeline.unnamed import looks_like
from bpf_lint.sources.guesses import LIBBPF, Guesses, guess, include_folders
from bpf_lint.sources.host.taken import Taken
from bpf_lint.sources.includes import Scanner
from bpf_lint.sources.loaders import Attached, Line, Loaders
from bpf_lint.sources.tree import resolve
from bpf_lint.sources.workspace import Workspace, open_workspace

OF_ALL = LIBBPF | {"vmlinux.h"}  # headers that name every helper
MOST_LOADING = 3
TESTS = re.compile(r"((?:[^/]+/)*?(?:tests?|samples?|examples?|ut|testing)(?=/))")
SECTION = re.compile(
    r"""\bSEC\("(?P<sec>[^"]+)"\)                             # libbpf
      | \b__section(?:_cls_entry)?\("(?P<macro>[^"]+)"\)        # iproute2 and its descendants
      | \bsection\s*\(\s*"(?P<attribute>[^"]+)"\s*\)            # the attribute itself
    """,
    re.VERBOSE,
)
NOT_PROGRAMS = re.compile(r"^(?:\.|maps$|license$|version$|\w+/(?:\d+|0x[\da-fA-F]+)$)")

# What follows a section: attributes and a type, then the function, or a macro around its name.
FUNCTION = re.compile(
    r"[\s)]*(?:(?:static|int|long|__u32|__always_inline|__attribute__\s*\(\([^)]*\)\)|void)[\s*]+)*"
    r"(?P<name>\w+)\s*\(\s*(?:(?P<of>\w+)\s*[,)](?=[^;{]*\{))?[^;{]*\{"
)

NOWHERE = '{name} (section "{section}") is attached to no hook that is known: say where, as above'
NO_PROGRAM = 'no C source has a BPF program: a function with a section, such as SEC("tc")'
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
# only_modes = [{first}]

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
assumed = true           # until this is right: findings say that nobody has confirmed it
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
# [modes.veth]
# defines = ["USE_VETH=1"]
"""


class Draft(msgspec.Struct, frozen=True):
    """A configuration file to begin with.

    Args:
        left: What a person has to say in it, a line each.
        profile: The profile that recognises the tree; "" for none.
    """

    text: str
    left: tuple[str, ...] = ()
    profile: str = ""


def template(
    folder: Path, taken: Taken | None = None, *, jobs: int = 1, cache: Path | None = None
) -> Draft:
    """A configuration file for the tree in a folder.

    Args:
        taken: What `ip` and `bpftool` say of a node that runs it, which then says what is attached.
        jobs: Processes.
        cache: Folder of the cache, None for no cache.

    Raises:
        InputError: The folder has no C sources, or what is taken has another shape.
    """
    catalogue = Catalogue(data_folder())
    given = resolve((str(folder),))[0]
    space = open_workspace(given, catalogue, LoadedUser(UserConfiguration()))
    head = _head(space)
    kernel = catalogue.kernel
    host = told_by(taken, list(_functions(space)), kernel) if taken is not None else ""
    loaders = Loaders(Path(space.tree.root), space.tree.around(), kernel)
    request = Request(paths=(str(folder),), no_config=True, jobs=jobs, cache=cache)
    if space.choice.recognised:
        numbers = numbers_said(request, loaders) if taken is None else Numbers()
        text = head + _recognised(space) + _tables(numbers) + (commented(host) if host else "")
        return _draft(text, numbers, profile=space.profile.name)
    profile = generic(catalogue).profile
    guesses = _guesses(space)
    flags, basis = _flags(space, profile, guesses)
    parts = [head, FLAGS.format(flags=_list(flags)), *basis]
    if taken is not None:
        return _draft("".join([*parts, host, TAIL]), Numbers())
    names = ", ".join(sorted(kernel.devices))
    kinds = textwrap.fill(names, 95, initial_indent="# ", subsequent_indent="# ")
    parts.append(DEVICES.format(kinds=kinds))
    parts += [comment(one) for one in devices_said(loaders, kernel.devices)]
    nowhere: list[str] = []
    programs = list(_programs(space, profile, loaders, kernel, nowhere))
    if not programs:
        raise InputError(NO_PROGRAM, str(folder))
    numbers = numbers_said(request, loaders, set(_idle(space, kernel, guesses)))
    return _draft("".join([*parts, *programs, _tables(numbers), TAIL]), numbers, nowhere)


def _draft(text: str, numbers: Numbers, nowhere: Sequence[str] = (), *, profile: str = "") -> Draft:
    return Draft(text, tuple(left_to_edit(text, numbers.unread, nowhere)), profile)


def _tables(numbers: Numbers) -> str:
    return "".join(f"\n{comment(one)}" for one in numbers.tables)


def comment(text: str) -> str:
    """Lines of text as comments, where nothing obeys what a tree chose."""
    lines = (break_commands(show_hidden(line, _escaped), _escaped) for line in text.splitlines())
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


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


def _guesses(space: Workspace) -> Guesses:
    """The flags that the repository tells, for each source with a program."""
    root, folder = Path(space.tree.root), Path(space.tree.folder)
    programs = [path for path in space.tree.files if SECTION.search(content(folder / path))]
    return guess([str(folder / path) for path in programs], root, (), space.tree.around())


def _flags(space: Workspace, profile: Profile, guesses: Guesses) -> tuple[list[str], list[str]]:
    """The generic flags with those that the repository tells, and what these rest on."""
    root, folder = Path(space.tree.root), Path(space.tree.folder)
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


def _programs(
    space: Workspace,
    profile: Profile,
    loaders: Loaders,
    kernel: KernelModel,
    nowhere: list[str],
) -> Iterator[str]:
    """Programs and attachments, by the functions in the sources and by what loads them.

    Args:
        nowhere: Is given the functions that no hook is found for.
    """
    folder = Path(space.tree.folder)
    for path in space.tree.files:
        source = folder / path
        if not space.tree.reading().in_tree(source):
            continue
        text = content(source)
        entries = {f: s for f, s in _entries(text).items() if not NOT_PROGRAMS.match(s)}
        if not entries and not any(looks_like(p, path, folder) for p in profile.programs):
            continue
        yield PROGRAM.format(path=_quoted(path))
        said = attachments_said(entries, loaders, os.path.relpath(source, space.tree.root))
        for (hook, line), own in _by_hook(entries, said, profile, kernel).items():
            if not hook:
                nowhere += own
                yield from (comment(NOWHERE.format(name=f, section=entries[f])) for f in own)
                continue
            yield ATTACHMENT.format(path=_quoted(path), entries=_list(own), hook=_quoted(hook))
            if line:
                yield f"source = {_quoted(line)}\n"
            else:
                yield from (comment(f"loaded by {one}") for one in _loading(own, loaders))


def _loading(functions: Sequence[str], loaders: Loaders) -> Iterator[Line]:
    """The first lines that name functions where nothing else is known of them."""
    for function in functions[:MOST_LOADING]:
        yield from islice(loaders.named(function), 1)


def _idle(space: Workspace, kernel: KernelModel, guesses: Guesses) -> Iterator[str]:
    """Absolute paths of programs that redirect nothing, as their text says.

    Those that all run at no packet's hook, and those that no redirect helper is named in, nor in a
    header of the tree that they include.
    """
    root, scanner = Path(space.tree.root), Scanner(space.tree.reading())
    names = set(redirects_of(kernel))
    for path, one in guesses.programs.items():
        sections = _entries(content(Path(path))).values()
        if sections and all(is_tracing(section, kernel) for section in sections):
            yield path
            continue
        read = scanner.missing(path, include_folders(one.flags, root))[1]
        own = (content(Path(file)) for file in read if os.path.basename(file) not in OF_ALL)
        if not any(name in text for text in own for name in names):
            yield path


def _functions(space: Workspace) -> Iterator[tuple[str, str]]:
    """(file, function) of everything in the tree that is a program."""
    for path in space.tree.files:
        source = Path(space.tree.folder) / path
        if space.tree.reading().in_tree(source):
            yield from ((path, name) for name in _entries(content(source)))


def _entries(text: str) -> dict[str, str]:
    """Functions with a section, and the section as the loader names it."""
    found: dict[str, str] = {}
    for match in SECTION.finditer(text):
        section = (match["sec"] or match["macro"] or match["attribute"]).removeprefix("?")
        function = FUNCTION.match(text, match.end())
        if function:
            found.setdefault(function["of"] or function["name"], section)
    return found


def _by_hook(
    entries: dict[str, str], said: dict[str, Attached], profile: Profile, kernel: KernelModel
) -> dict[tuple[str, str], list[str]]:
    """Functions by hook and source: a loader's line, the generic profile, or their own words.

    Those of no known hook have "".
    """
    found: dict[tuple[str, str], list[str]] = {}
    for function, section in entries.items():
        hook = next((a.hook for a in profile.attachments if _named(section, a.entries)), "")
        if not is_tracing(section, kernel):
            words = kernel.hook_words
            hook = _direction(hook, function, words) or hook
            hook = hook or _guess(section, words) or _guess(function, words)
        line, one = "", said.get(function)
        if one and (not hook or agree(hook, one.hook)):
            hook, line = one.hook, str(one.said)
        if hook or not runs_elsewhere(section, kernel):
            found.setdefault((hook, line), []).append(function)
    return found


def _named(section: str, entries: list[str]) -> bool:
    return any(fnmatchcase(section, entry) for entry in entries)


def _direction(hook: str, function: str, words: Sequence[HookWord]) -> str:
    """The tc hook that a function's name says, where its section says no more than tc."""
    own = set(_words(function))
    said = [one.hook for one in words if one.hook.startswith("tc-") and own & set(one.names)]
    return said[0] if hook.startswith("tc-") and len(said) == 1 else ""


def _guess(name: str, words: Sequence[HookWord]) -> str:
    """A hook for a name that tells one ("from-pod", "to_host_ep"); "" for none, or several."""
    own = set(_words(name))
    for told in ("names", "weakly"):
        said = [one.hook for one in words if own & set(getattr(one, told))]
        if said:
            return said[-1]
    return ""


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z]+", name.lower())
