"""A trial: a compiled program at a hook of a topology, and where its packets should arrive."""

from __future__ import annotations

import msgspec


class Attached(msgspec.Struct, frozen=True):
    """A program of the trial's object.

    Args:
        function: Its name.
        at: Device it is attached to, "netns/name".
        hook: Hook of the kernel model.
        send: Packets that reach it, as `harness.traffic.send` takes them.
        route: Route that a route's program is attached to, "netns destination ...".
        native: True for XDP in the driver.
    """

    function: str
    at: str
    hook: str
    send: str
    route: str = ""
    native: bool = False


class Trial(msgspec.Struct, frozen=True):
    """What to load, to send and to watch.

    Args:
        object: Name of the object file.
        program: The program in question.
        before: Programs whose packets are sent first; they fill maps.
        goal: Point where the packets should arrive.
        normal: Where they arrive if nothing is redirected.
        decoy: Namespace in which an unrelated device has the number `number`.
    """

    id: str
    topology: str
    object: str
    program: Attached
    goal: str
    normal: str
    before: list[Attached] = []
    decoy: str = ""
    number: int = 0
    packets: int = 2


class Result(msgspec.Struct, frozen=True):
    """What a kernel did.

    Args:
        outcome: DELIVERED (seen at the goal), MISDELIVERED, NORMAL-PATH, DROPPED or REFUSED.
        evidence: Packets by point, or what the verifier said.
    """

    id: str
    outcome: str
    evidence: str
