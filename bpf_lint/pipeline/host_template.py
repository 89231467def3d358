"""Devices, attachments and numbers of a node, as `bpf-lint init` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.model.errors import InputError
from bpf_lint.model.printable import break_commands, safe
from bpf_lint.model.toml import quoted, quoted_list
from bpf_lint.sources.host.node import HostDevice, Key, Node, node_of
from bpf_lint.sources.host.numbers import Number, numbers_of
from bpf_lint.sources.host.taken import HOST, Taken

SHORTENED = 15  # characters that the kernel keeps of a program's name
MOST_NAMES = 8
NAMES = "ip.json is the output of `ip -j -d link`, NETNS.ip.json that in another namespace"
HEAD = """
# What is attached where on the node that was looked at. Devices that are the same to programs stand
# together; `netns` is the name of the namespace of the first.
"""
NO_SOURCE = "no file of this tree has such a function"


Function = tuple[str, str]  # file, name


class Group(msgspec.Struct, frozen=True):
    """Devices that are the same to programs: kind, place, and what is attached to them.

    Args:
        name: What the configuration calls them.
    """

    name: str
    members: tuple[HostDevice, ...]


def told_by(taken: Taken, functions: Sequence[Function], kernel: KernelModel) -> str:
    """The part of a configuration that outputs of `ip` and `bpftool` tell.

    Args:
        functions: All programs of the tree.

    Raises:
        InputError: One of them has another shape, or none is about devices.
    """
    node = node_of(taken, kernel)
    if not node.devices:
        raise InputError(f"no devices in {_names(sorted(taken)) or 'nothing'}: {NAMES}")
    return HEAD + host_text(node, numbers_of(taken, node), functions)


def commented(text: str) -> str:
    """The text as comments, for a project whose profile knows what is attached."""
    lines = [f"# {line}".rstrip() for line in text.split("\n")]
    return "\n# On the node that was looked at:\n" + "\n".join(lines).rstrip("# \n") + "\n"


def host_text(node: Node, numbers: Sequence[Number], functions: Sequence[Function]) -> str:
    """The part of a configuration that a node tells."""
    groups = _groups(node, _shown(node, numbers))
    blocks = [_device(one, node) for one in groups]
    blocks += _attachments(groups, node, functions)
    blocks += [_number(one, groups) for one in numbers]
    blocks += [[f"# not said above: {_comment(one)}"] for one in node.left]
    return "".join("\n" + "".join(f"{line}\n" for line in lines) for lines in blocks)


def _shown(node: Node, numbers: Iterable[Number]) -> list[HostDevice]:
    """Devices with a program, their peers, and those that a number in a program means."""
    keys = {(one.netns, one.ifindex) for one in node.attachments}
    keys |= {(one.netns, value) for one in numbers for value in one.values}
    keys |= {peer for key in keys if (peer := node.devices[key].peer)}
    return [node.devices[key] for key in sorted(keys, key=lambda key: (key[0] != HOST, key))]


def _groups(node: Node, devices: Iterable[HostDevice]) -> list[Group]:
    programs: dict[Key, list[tuple[str, str]]] = {}
    for one in node.attachments:
        programs.setdefault((one.netns, one.ifindex), []).append((one.hook, one.program))
    alike: dict[object, list[HostDevice]] = {}
    for device in devices:
        peer = device.peer[0] if device.peer else ""
        place = (device.netns == HOST, peer == HOST, peer == device.netns, device.away)
        own = programs.get((device.netns, device.ifindex), [])
        alike.setdefault((device.kind, place, device.external, *own), []).append(device)
    names: set[str] = set()
    return [Group(_name(members[0], names), tuple(members)) for members in alike.values()]


def _name(device: HostDevice, taken: set[str]) -> str:
    """A name that no other device has."""
    name = device.name
    if name in taken:
        name = f"{device.netns}-{device.name}"
    while name in taken:
        name += "'"
    taken.add(name)
    return name


def _device(group: Group, node: Node) -> list[str]:
    first = group.members[0]
    lines = [
        f"# {_comment(_names(f'{one.name} (netns {one.netns})' for one in group.members))}",
        f"[devices.{quoted(group.name)}]",
        f"kind = {quoted(first.kind)}",
        f"netns = {quoted(first.netns)}",
    ]
    if first.peer:
        lines.append(f"peer_netns = {quoted(node.devices[first.peer].netns)}")
    elif first.away:
        lines.append('# peer_netns = "pod"  # its peer is in a namespace that was not looked at')
    if first.external:
        lines.append("collect_metadata = true")
    return lines


def _attachments(
    groups: Iterable[Group], node: Node, functions: Sequence[Function]
) -> Iterator[list[str]]:
    """A block for each program at a hook of a group's devices."""
    names = {(one.netns, one.ifindex): group.name for group in groups for one in group.members}
    told = {(a.program, a.hook, names[a.netns, a.ifindex]): None for a in node.attachments}
    for program, hook, device in told:
        places = _places(program, functions)
        for path, name in places or [("*", program)]:
            lines = [
                "[[attachments]]",
                f"program = {quoted(path)}",
                f"entries = {quoted_list([name])}",
                f"hook = {quoted(hook)}",
                f"device = {quoted(device)}",
            ]
            yield lines if places else [f"# {NO_SOURCE}:", *(f"# {line}" for line in lines)]


def _places(program: str, functions: Sequence[Function]) -> list[Function]:
    """Functions that a program can be; the kernel keeps the first characters of a name only."""
    exact = [one for one in functions if one[1] == program]
    if exact or len(program) < SHORTENED:
        return exact
    return [one for one in functions if one[1].startswith(program)]


def _number(one: Number, groups: Iterable[Group]) -> list[str]:
    """A symbol or a field; as a comment where nothing but its values speaks for it."""
    values = ", ".join(map(str, one.values[:MOST_NAMES])) + ", ..." * (len(one.values) > MOST_NAMES)
    others = f" (also numbers in netns {', '.join(one.others)})" if one.others else ""
    table, key = ("symbols", "name") if one.variable else ("fields", "field")
    lines = [f"[[{table}]]", f"{key} = {quoted(one.name)}", f"netns = {quoted(one.netns)}"]
    meant = {
        group.name
        for group in groups
        for device in group.members
        if device.netns == one.netns and device.ifindex in one.values
    }
    if len(meant) == 1:
        lines.append(f"device = {quoted(meant.pop())}")
    if not one.sure:
        lines = [f"# {line}" for line in lines]
    why = "" if one.sure else ", which may be chance"
    return [f"# {_comment(f'{values} on the node{others}{why}')}", *lines]


def _names(names: Iterable[str]) -> str:
    """Names with commas, the rest of a long list counted."""
    own = list(names)
    more = f" and {len(own) - MOST_NAMES} more" if len(own) > MOST_NAMES else ""
    return ", ".join(own[:MOST_NAMES]) + more


def _comment(text: str) -> str:
    """Text of which nothing is known, as a comment has it: on one line, nothing hidden."""
    return break_commands(safe(text))
