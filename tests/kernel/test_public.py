"""What is reported in public trees, by their own programs: they run here, and lose what is said.

The programs are not part of this repository: clones are looked for where BPF_LINT_CLONES says, as
those of the farm (`make farm`), and each program is taken from the commit that the farm names.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import socket
import struct
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bpf_lint.survey.fleet import Tree, read_fleet

from .harness import linux
from .harness.loader import Object
from .harness.network import Network, NotRunError
from .harness.programs import XDP, XDP_FLAGS, attach_link
from .records import FOLDER, topology

ROOT = FOLDER.parent.parent
HEADERS = ROOT / "bpf_lint" / "frontend" / "include"
FARM = FOLDER.parent / "corpus" / "farm.toml"
# include/uapi/linux/bpf.h: types of programs and maps, and what a socket's program is attached as.
XDP_PROGRAM, SK_MSG, SK_MSG_VERDICT, ATTACH = 6, 16, 7, 8
HASH, ARRAY, PERCPU_ARRAY, DEVMAP, SOCKMAP, SOCKHASH = 1, 2, 6, 14, 15, 18
LOAD_ADDRESS, MAP_VALUE = 0x18, 2
OUTGOING, ETH_P_ALL = 4, 3

POD, WIRE, BY_UPPER = "10.1.0.2", "10.0.0.254", "10.7.0.254"
UPPER = [
    "host: link set upper up",
    "host: addr add 10.7.0.1/24 dev upper",
    "host: neigh replace 10.7.0.254 lladdr 02:00:00:00:00:11 dev upper nud permanent",
]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="programs need root"),
    pytest.mark.skipif("BPF_LINT_CLONES" not in os.environ, reason="BPF_LINT_CLONES is not set"),
    pytest.mark.skipif(shutil.which("clang") is None, reason="not installed: clang"),
]


def built(repository: str, source: str, folder: Path, *options: str) -> Object:
    """A program of a tree of the farm, compiled as its commit has it."""
    tree = next(one for one in read_fleet(FARM).trees if one.repository == repository)
    (folder / "tree").mkdir()
    command = ["git", "-C", str(clone_of(tree)), "archive", tree.commit]
    done = subprocess.run(command, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder / "tree", filter="data")
    include = [f"-I{HEADERS / one}" for one in ("", "kernel", "hosted")]
    silent = ["-Wno-everything", "-Dbpf_trace_printk(...)=0"]
    own = [one.replace("TREE", str(folder / "tree")) for one in options]
    path = folder / "program.o"
    command = ["clang", "-target", "bpf", "-O2", "-nostdinc", *own, *include, *silent]
    text = folder / "tree" / tree.folder / source
    subprocess.run([*command, "-c", str(text), "-o", str(path)], check=True)
    return Object(path)


def clone_of(tree: Tree) -> Path:
    """Its clone, below the folders that BPF_LINT_CLONES names."""
    for folder in os.environ["BPF_LINT_CLONES"].split(os.pathsep):
        for name in (tree.repository, f"{tree.repository}.git"):
            if (Path(folder) / name).is_dir():
                return Path(folder) / name
    pytest.skip(f"no clone of {tree.repository}")


@pytest.fixture
def network() -> Iterator[Network]:
    """A node with pods, and the wire."""
    try:
        with Network(topology("veth")) as made:
            yield made
    except NotRunError as error:
        pytest.skip(str(error))


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Descriptors that the test closes."""
    with ExitStack() as stack:
        yield stack


def kept(opened: ExitStack, descriptor: int) -> int:
    """A descriptor that is closed in the end."""
    opened.callback(os.close, descriptor)
    return descriptor


@contextmanager
def heard(network: Network, at: str) -> Iterator[list[bytes]]:
    """Frames that a device ("netns/name") receives in the meantime."""
    where, device = at.split("/")
    found: list[bytes] = []
    with linux.inside(network.namespaces[where]):
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        listening.bind((device, 0))
    with listening:
        yield found
        time.sleep(0.2)
        listening.setblocking(False)
        try:
            while True:
                frame, address = listening.recvfrom(2048)
                if address[2] != OUTGOING and b"from the pod" in frame:
                    found.append(frame)
        except BlockingIOError:
            return


def send(network: Network, to: str, port: int = 7999) -> None:
    """Send one datagram from the pod."""
    with (
        linux.inside(network.namespaces["pod"]),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
    ):
        one.sendto(b"from the pod", (to, port))


def attach(
    network: Network, opened: ExitStack, at: str, code: bytes, form: str = "generic"
) -> None:
    """Attach a program of XDP."""
    program = kept(opened, linux.load_program(XDP_PROGRAM, code))
    try:
        attach_link(network, at, program, XDP, opened, XDP_FLAGS[form])
    except OSError as error:
        pytest.skip(f"no XDP here: {error.strerror}")


def test_a_redirect_whose_verdict_is_lost_goes_back(
    network: Network, opened: ExitStack, tmp_path: Path
) -> None:
    """discarded-redirect: bpf_redirect() to the route's device, then XDP_TX."""
    source = "tasks/extend-to-a-bidirectional-router/kernel-space-code/xdp_prog.c"
    program = built("REZ-OAN/xdp-tutorials", source, tmp_path)
    backends = kept(opened, linux.create_map(HASH, 4, 24, 10))
    pod, wire = socket.inet_aton(POD), socket.inet_aton(WIRE)
    entry = pod + wire + network.address("host/eth0") + network.address("wire/w0")
    linux.update_map(backends, pod, entry + struct.pack("I", network.devices["host/eth0"].index))
    code = program.program("xdp_redirect_router", {"redirect_packets": backends})
    attach(network, opened, "host/lxc0", code)
    with heard(network, "wire/w0") as arrived, heard(network, "pod/eth0") as back:
        send(network, "10.99.0.1")
    assert arrived == []
    assert len(back) == 1


@pytest.mark.parametrize("kind", ["vlan id 7", "macvlan mode bridge"])
def test_a_route_by_an_upper_device_loses_the_packet(
    kind: str, network: Network, opened: ExitStack, tmp_path: Path
) -> None:
    """xdp-fib-upper-device: the card takes what the program sends there, what is above does not."""
    program = built("xdp-project/xdp-tutorial", "packet-solutions/xdp_prog_kern_03.c", tmp_path)
    try:
        network.run([f"host: link add link eth0 name upper type {kind}", *UPPER])
    except NotRunError as error:
        pytest.skip(str(error))
    with heard(network, "wire/w0") as by_the_stack:
        send(network, BY_UPPER)
    assert len(by_the_stack) == 1
    maps = {
        "xdp_stats_map": kept(opened, linux.create_map(PERCPU_ARRAY, 4, 16, 5)),
        "tx_port": kept(opened, linux.create_map(DEVMAP, 4, 4, 256)),
    }
    # A veth sends frames of XDP where its far end runs XDP, too.
    attach(network, opened, "wire/w0", program.program("xdp_pass_func", maps), "native")
    attach(network, opened, "host/lxc0", program.program("xdp_router_func", maps), "native")
    with heard(network, "wire/w0") as arrived:
        send(network, WIRE)
    assert len(arrived) == 1
    with heard(network, "wire/w0") as lost:
        send(network, BY_UPPER)
    assert lost == []


def test_a_device_has_no_slot_in_a_map_of_one(
    network: Network, opened: ExitStack, tmp_path: Path
) -> None:
    """devmap-shape: what network_tap.go puts there is refused, and its program drops the packet."""
    source = "examples/network_tap/network_tap.c"
    program = built("cody0704/xdp-examples", source, tmp_path, "-ITREE/include")
    (symbol,) = program.maps_of("xdp_sock_prog")
    shape = struct.unpack_from("<IIII", program.sections[symbol.section].data, symbol.offset)
    tap = kept(opened, linux.create_map(*shape))
    received, sent = (network.devices[name].index for name in ("host/lxc0", "host/eth0"))
    with linux.inside(network.namespaces["host"]), pytest.raises(OSError) as refused:
        linux.update_map(tap, struct.pack("I", received), struct.pack("I", sent))
    assert refused.value.errno == errno.E2BIG
    with heard(network, "wire/w0") as before:
        send(network, WIRE)
    attach(network, opened, "host/lxc0", program.program("xdp_sock_prog", {"tx_if": tap}))
    with heard(network, "wire/w0") as after:
        send(network, WIRE)
    assert (len(before), len(after)) == (1, 0)


def test_data_for_another_machine_is_refused(
    network: Network, opened: ExitStack, tmp_path: Path
) -> None:
    """sockmap-no-fallback: the peer's socket is on the wire, and the map has the pod's alone."""
    source = "examples/redir-bypass/redir_bypass.bpf.c"
    program = built("jsitnicki/srecon-2023-sockmap", source, tmp_path)
    sockets = kept(opened, linux.create_map(SOCKHASH, 4, 8, 2))
    code = program.program("sk_msg_prog", {"sock_map": sockets})
    sender = connected(network, opened)
    port = struct.pack("I", sender.getpeername()[1])
    assert is_sent(sender)
    watch(opened, code, sockets, port, sender)
    assert not is_sent(sender)


def test_data_for_a_server_elsewhere_is_refused(
    network: Network, opened: ExitStack, tmp_path: Path
) -> None:
    """sockmap-no-fallback: slot 0 is the server's, which is on another machine."""
    program = built("NatsuCamellia/sockmap-example", "sockmap_accel.bpf.c", tmp_path)
    sockets = kept(opened, linux.create_map(SOCKMAP, 4, 8, 2))
    settings = kept(opened, linux.create_map(ARRAY, 4, 4, 1))
    sender = connected(network, opened)
    port = struct.pack("I", sender.getpeername()[1])
    linux.update_map(settings, struct.pack("I", 0), port)
    maps = {"sock_map": sockets, "server_port": settings}
    code = with_values(program.program("bpf_redir_handler", maps), settings)
    assert is_sent(sender)
    watch(opened, code, sockets, struct.pack("I", 1), sender)
    assert not is_sent(sender)


def with_values(code: bytes, held: int) -> bytes:
    """Instructions in which addresses of a map are those of its first value."""
    made = bytearray(code)
    for at in range(0, len(made), 8):
        if made[at] == LOAD_ADDRESS and struct.unpack_from("<i", made, at + 4) == (held,):
            made[at + 1] = made[at + 1] & 0x0F | MAP_VALUE << 4
    return bytes(made)


def connected(network: Network, opened: ExitStack) -> socket.socket:
    """The pod's end of a connection to the wire."""
    with linux.inside(network.namespaces["wire"]):
        server = opened.enter_context(socket.create_server((WIRE, 0)))
    with linux.inside(network.namespaces["pod"]):
        return opened.enter_context(socket.create_connection(server.getsockname(), 2))


def watch(opened: ExitStack, code: bytes, sockets: int, key: bytes, sender: socket.socket) -> None:
    """Let a program look at what a socket sends, as its sockops program would."""
    try:
        program = kept(opened, linux.load_program(SK_MSG, code))
        linux.bpf(ATTACH, struct.pack("IIII", sockets, program, SK_MSG_VERDICT, 0))
    except OSError as error:
        pytest.skip(f"no sk_msg programs here: {error.strerror}")
    linux.update_map(sockets, key, struct.pack("Q", sender.fileno()))


def is_sent(sender: socket.socket) -> bool:
    """True where a send is not refused."""
    try:
        sender.send(b"data")
    except PermissionError:
        return False
    return True
