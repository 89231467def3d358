"""Outputs of `ip` and `bpftool`, by name: given as files, or taken from this machine.

Names, each with ".json" as a file:

- NETNS.ip: `ip -j -d link`; NETNS.net: `bpftool -j net`; "ip" and "net" are those of the host
- prog, map, link: `bpftool -j prog`, `bpftool -j map`, `bpftool -j link`
- map-ID: `bpftool -j map dump id ID`; value-ID: `bpftool -j btf dump map id ID value`
- btf-ID: `bpftool -j btf dump id ID`
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bpf_lint.files.reading import read
from bpf_lint.model.errors import InputError
from bpf_lint.sources.host.shapes import Map, NamedNetns, decoded

HOST = "host"  # the namespace that bpf-lint, or `ip`, was run in
SUFFIX = ".json"
MOST_FILES, MOST_BYTES = 20_000, 256_000_000
SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")  # where a user's PATH does not look, but the tools are
SECONDS = 30  # for one command
MOST_ENTRIES = 65_536  # of a map that is dumped: larger ones are left out

Taken = Mapping[str, bytes]


def from_files(paths: Iterable[Path]) -> Taken:
    """The content of files, or of those in folders, by their names without ".json".

    Raises:
        InputError: One cannot be read, or they are too many or too large.
    """
    files = [file for path in paths for file in _files(path)]
    if len(files) > MOST_FILES:
        raise InputError(f"{len(files)} files, at most {MOST_FILES}")
    taken: dict[str, bytes] = {}
    left = MOST_BYTES
    for file in files:
        try:
            taken[file.name.removesuffix(SUFFIX)] = data = read(file, left)
        except OSError as error:
            raise InputError(error.strerror or str(error), str(file)) from None
        left -= len(data)
    return taken


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.iterdir() if one.suffix == SUFFIX)


def from_host() -> Taken:
    """What this machine's `ip` and `bpftool` say of it, and of what `ip netns` names.

    Raises:
        InputError: One of them is missing, or refuses.
    """
    ip, bpftool = _tool("ip"), _tool("bpftool")
    taken = {name: _run(bpftool, "-j", name) for name in ("prog", "map", "link")}
    named = decoded("ip netns", _run(ip, "-j", "netns") or b"[]", list[NamedNetns])
    for name in ["", *(one.name for one in named)]:
        inside = (ip, "netns", "exec", name) if name else ()
        taken[f"{name or HOST}.ip"] = _run(*inside, ip, "-j", "-d", "link")
        taken[f"{name or HOST}.net"] = _run(*inside, bpftool, "-j", "net")
    for one in decoded("map", taken["map"], list[Map]):
        taken.update(_of_map(bpftool, one))
    return taken


def _of_map(bpftool: str, one: Map) -> Iterator[tuple[str, bytes]]:
    """What a map with types holds, and these: what there is of it, for maps come and go."""
    if not one.btf_id or one.max_entries > MOST_ENTRIES:
        return
    for name, words in (
        (f"map-{one.id}", ("map", "dump", "id", str(one.id))),
        (f"value-{one.id}", ("btf", "dump", "map", "id", str(one.id), "value")),
        (f"btf-{one.btf_id}", ("btf", "dump", "id", str(one.btf_id))),
    ):
        try:
            yield name, _run(bpftool, "-j", *words)
        except InputError:
            return


def _tool(name: str) -> str:
    """The program of a name in a folder that the user's PATH names absolutely."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(one for one in [*folders, *SYSTEM_FOLDERS] if os.path.isabs(one))
    found = shutil.which(name, path=absolute)
    if found is None:
        raise InputError(f"{name} is not installed: it is needed for --from-host")
    return found


def _run(*command: str) -> bytes:
    """What a command prints.

    Raises:
        InputError: It cannot be run, fails, takes too long or prints too much.
    """
    words = " ".join([os.path.basename(command[0]), *command[1:]])
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            f"{words}: {getattr(error, 'strerror', None) or 'takes too long'}"
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise InputError(f"{words}: {said or f'exit code {done.returncode}'}")
    if len(done.stdout) > MOST_BYTES:
        raise InputError(f"{words}: prints too much")
    return done.stdout
