"""Redirects to sockets, wrong and right twins: what bpf-lint says of them, and this kernel."""

from __future__ import annotations

import os
import re
import shutil
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.expectations import read_expectations
from tests.running import lint_json

from . import stage
from .harness import linux
from .harness.loader import Object
from .harness.network import NotRunError
from .harness.programs import compile_to

FOLDER = Path(__file__).resolve().with_name("sockets")
SOURCE = FOLDER / "redirects.c"
PROGRAM = re.compile(r'/\* goal: (\w+) \*/\nSEC\("(\w+)"\)\nint (\w+)\(')
PROGRAMS = {name: (kind, goal) for goal, kind, name in PROGRAM.findall(SOURCE.read_text())}
# include/uapi/linux/bpf.h: program and attach types, and the map's; bpf(2)'s BPF_PROG_ATTACH.
TYPES = {"sk_msg": (16, 7), "sk_skb": (14, 38)}
SOCKMAP, ATTACH = 15, 8
DATA = b"data"


def test_findings_are_those_expected() -> None:
    report = lint_json(FOLDER).report
    found = {(one["rule"], one["line"]): one["message"] for one in report["findings"]}
    wants = {(one.rule, one.line): one.text for one in read_expectations(FOLDER).wants}
    assert found.keys() == wants.keys()
    assert [key for key, text in wants.items() if text not in found[key]] == []


def test_each_wrong_program_is_reported_and_has_a_right_twin() -> None:
    for name in PROGRAMS:
        assert (name in reported()) == name.endswith("_wrong")
        assert name.replace("_wrong", "_right") in PROGRAMS


@pytest.mark.skipif(os.geteuid() != 0, reason="programs need root")
@pytest.mark.skipif(shutil.which("clang") is None, reason="not installed: clang")
@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_data_arrives_where_nothing_is_reported(name: str, compiled: Object) -> None:
    kind, goal = PROGRAMS[name]
    try:
        arrived = run(compiled, name, kind)
    except NotRunError as error:
        pytest.skip(str(error))
    assert (arrived == goal) is (name not in reported())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Object:
    """The compiled programs."""
    path = tmp_path_factory.mktemp("sockets") / "redirects.o"
    include = (f"-I{stage.INCLUDE}", f"-I{stage.PAIRS}", "-Wno-int-conversion")
    compile_to(path, SOURCE, include)
    return Object(path)


def reported() -> set[str]:
    """Programs with an expectation in them."""
    names, name = {}, ""
    for number, line in enumerate(SOURCE.read_text().splitlines(), 1):
        begun = re.match(r"int (\w+)\(", line)
        name = begun[1] if begun else name
        names[number] = name
    return {names[one.line] for one in read_expectations(FOLDER).wants}


def run(compiled: Object, name: str, kind: str) -> str:
    """Where data arrives: the "own" peer, the "other" connection, or "nowhere"."""
    program_type, attach_type = TYPES[kind]
    with ExitStack() as opened:

        def kept(descriptor: int) -> int:
            opened.callback(os.close, descriptor)
            return descriptor

        try:
            sockets = kept(linux.create_map(SOCKMAP, 4, 4, 4))
            code = compiled.program(name, {"sockets": sockets})
            program = kept(linux.load_program(program_type, code))
            linux.bpf(ATTACH, struct.pack("IIII", sockets, program, attach_type, 0))
        except OSError as error:
            raise NotRunError(f"no {kind} programs here: {error.strerror}") from None
        sender, own = opened.enter_context(connection())
        _, other = opened.enter_context(connection())
        watched = sender if kind == "sk_msg" else own
        for slot, one in enumerate((watched, other)):
            linux.update_map(sockets, struct.pack("I", slot), struct.pack("I", one.fileno()))
        return arrival(sender, {"own": own, "other": other})


def arrival(sender: socket.socket, ends: dict[str, socket.socket]) -> str:
    """Send data, and see which end has it."""
    try:
        sender.send(DATA)
    except PermissionError:
        return "nowhere"
    for name, end in ends.items():
        end.settimeout(0.3)
        try:
            if end.recv(len(DATA)) == DATA:
                return name
        except TimeoutError:
            continue
    return "nowhere"


@contextmanager
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection over loopback."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as one,
        server.accept()[0] as other,
    ):
        yield one, other
