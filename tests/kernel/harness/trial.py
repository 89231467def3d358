"""One trial: load a compiled program with its maps, send packets, see where they arrive."""

from __future__ import annotations

import os
import struct
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from ..trials import Attached, Result, Trial
from . import linux
from .loader import Object, Symbol
from .network import Network, NotRunError
from .programs import (
    PINS,
    PROGRAM_TYPES,
    XDP,
    XDP_FLAGS,
    attach_link,
    attach_route,
    attach_tc,
    remove_route,
)
from .run import DECOY, FAR_END, Bench, add_decoy, remove_decoy, strays
from .traffic import Watch, send

PROG_ARRAY = 3
MAP = struct.Struct("<IIII4xI")


@cache
def read_object(path: Path) -> Object:
    """An object file, read once."""
    return Object(path)


class Loaded:
    """The programs and maps of one trial; use as a context manager."""

    def __init__(self, compiled: Object) -> None:
        self.compiled = compiled
        self.maps: dict[str, int] = {}
        self.programs: dict[str, int] = {}

    def __enter__(self) -> Loaded:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in [*self.maps.values(), *self.programs.values()]:
            os.close(descriptor)

    def load(self, name: str, kind: str) -> int:
        """A program, with its maps and with the programs that it calls."""
        if name not in self.programs:
            arrays = [self._map(symbol, kind) for symbol in self.compiled.maps_of(name)]
            code = self.compiled.program(name, self.maps)
            self.programs[name] = linux.load_program(PROGRAM_TYPES[kind], code)
            for descriptor, number in arrays:
                self._fill(descriptor, number, kind)
        return self.programs[name]

    def _map(self, symbol: Symbol, kind: str) -> tuple[int, int]:
        """A map's descriptor, and its number if it holds programs that are not there yet."""
        data = self.compiled.sections[symbol.section].data
        shape = MAP.unpack_from(data, symbol.offset)
        if symbol.name in self.maps:
            return self.maps[symbol.name], 0
        self.maps[symbol.name] = linux.create_map(*shape[:4])
        return self.maps[symbol.name], shape[4] if shape[0] == PROG_ARRAY else 0

    def _fill(self, descriptor: int, number: int, kind: str) -> None:
        """Put the programs of the sections "NUMBER/SLOT" into an array."""
        for slot, name in self.compiled.numbered(number) if number else []:
            program = self.load(name, kind)
            linux.update_map(descriptor, struct.pack("<I", slot), struct.pack("<I", program))


def run_trial(bench: Bench, folder: Path, trial: Trial) -> Result:
    """Run a trial.

    Args:
        folder: Where the object files are.

    Raises:
        NotRunError: The machine lacks a kind of device or a hook.
    """
    network = bench.build(trial.topology)
    if trial.decoy:
        add_decoy(network, trial.decoy, trial.number)
    try:
        with Loaded(read_object(folder / trial.object)) as loaded, ExitStack() as attached:
            return _attempt(bench, network, trial, loaded, attached)
    finally:
        remove_decoy(network, trial.decoy, trial.number)


def _attempt(
    bench: Bench, network: Network, trial: Trial, loaded: Loaded, attached: ExitStack
) -> Result:
    try:
        for one in (*trial.before, trial.program):
            loaded.load(one.function, program_type(one.hook))
    except OSError as error:
        return Result(trial.id, "REFUSED", (error.strerror or "")[-300:])
    try:
        for one in (*trial.before, trial.program):
            attach_program(network, one, loaded, attached)
    except OSError as error:
        raise NotRunError(f"no {one.hook} programs here: {error.strerror}") from None
    for one in trial.before:
        send(network, one.send, 1)
    if trial.before:
        time.sleep(network.topology.settle)
    assert bench.watch
    return _send(network, trial, bench.watch)


def attach_program(network: Network, one: Attached, loaded: Loaded, attached: ExitStack) -> None:
    """Attach a loaded program; XDP mostly in its generic form, which all devices have."""
    program = loaded.programs[one.function]
    if one.hook == "xdp":
        form = "native" if one.native else "generic"
        attach_link(network, one.at, program, XDP, attached, XDP_FLAGS[form])
    elif one.route:
        pinned = f"{PINS}/{one.function}"
        linux.pin(program, pinned)
        attached.callback(os.unlink, pinned)
        attach_route(network, one.route, pinned)
        attached.callback(remove_route, network, one.route)
    else:
        attach_tc(network, one.at, program, one.hook, "", attached)


def program_type(hook: str) -> str:
    """Program type of a hook's programs."""
    return {"xdp": "xdp", "lwt-xmit": "lwt_xmit"}.get(hook, "tc")


def _send(network: Network, trial: Trial, watch: Watch) -> Result:
    """Send the packets. The decoy is watched apart: it does not stay."""
    decoy = Watch(network)
    watch.point(trial.goal)
    watch.point(trial.normal)
    try:
        if trial.decoy:
            decoy.decoy(f"{trial.decoy}/{DECOY}", FAR_END)
        watch.forget()
        send(network, trial.program.send, trial.packets)
        counts = watch.counts()
        counts |= {
            point: n for point, n in decoy.seen().items() if DECOY in point or FAR_END in point
        }
    finally:
        decoy.close()
    evidence = " ".join(f"{point}={n}" for point, n in sorted(counts.items()) if n)
    return Result(trial.id, outcome(trial, counts), evidence)


def outcome(trial: Trial, counts: dict[str, int]) -> str:
    """The outcome class, from the packets at three points."""
    if counts.get(trial.goal):
        return "DELIVERED"
    if strays(counts):
        return "MISDELIVERED"
    return "NORMAL-PATH" if counts.get(trial.normal) else "DROPPED"
