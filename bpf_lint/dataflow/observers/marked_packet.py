"""Packets that redirects send with a mark, and the programs that look for it at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from bpf_lint import ir
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect
from bpf_lint.config.schema import Device
from bpf_lint.dataflow.domain.atoms import ANY, NONE, Content, Origin, Value
from bpf_lint.dataflow.domain.base import CONTEXT
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import configured, exact, pointers
from bpf_lint.dataflow.engine.context import Context, Followed, HelperCall
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.fib_use import comparisons
from bpf_lint.dataflow.observers.kind import Facts, Moment, Whole
from bpf_lint.ir.shapes import is_truth, uncast
from bpf_lint.model.context import HookContext
from bpf_lint.model.place import Place

MARK = "__sk_buff.mark"


class MarkedPacket(Aimed, frozen=True):
    """A redirect sends a packet with this mark."""

    kind: ClassVar[str] = "marked_packet"
    flags: Value = ANY
    mark: Value = NONE


class MarkWritten(Payload, frozen=True):
    """A program gives its packet a mark."""

    kind: ClassVar[str] = "mark_written"
    mark: Value


class MarkTest(Payload, frozen=True):
    """A program tests the mark that its packet came with.

    Args:
        mask: The bits that it looks at.
        wanted: What it compares them with, None for a test of whether any is set.
    """

    kind: ClassVar[str] = "mark_test"
    mask: int
    wanted: int | None

    def holds(self, mark: int) -> bool:
        """True where a mark is one that the test tells from a cleared one."""
        left = mark & self.mask
        return left != 0 and (self.wanted is None or left == self.wanted)


class MarkedPackets(AimedKind):
    """What redirects send with a mark."""

    name = "marked_packet"
    plural = "packets that redirects send, with their marks"
    follows: ClassVar[frozenset[Followed]] = frozenset(["mark"])
    described = {
        **AimedKind.described,
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "mark": "the mark that the program has given the packet, where it is one number, in "
        'hexadecimal; "" else',
        "mark.tested_by": "the entries that run on the packet behind the target device, where "
        "crossing it clears the mark, and that test for what the program has set, text; "
        '"" for none',
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, CloneRedirectEffect) or (
            isinstance(effect, RedirectEffect) and not effect.to_peer
        ):
            model, arguments = made.model, made.arguments
            target = configured(argument(model, effect.ifindex, arguments))
            flags = argument(model, effect.flags, arguments)
            mark = _mark(made.activation, made.state)
            told = MarkedPacket(model.name, target, flags, mark)
            made.activation.effects.emit(made.call.place, told)

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        layout = activation.environment.unit.layouts.get(MARK)
        if layout and any(
            at.base is CONTEXT and at.offset == layout[0] for at in pointers(address)
        ):
            activation.effects.emit(instruction.place, MarkWritten(value))

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """See `Observer`."""
        _tell(activation, branch.condition, branch.place, state, truth=True)

    def assigned(
        self, activation: Context, instruction: ir.Set, bits: int, value: Value, state: State
    ) -> None:
        """See `Observer`."""
        if is_truth(uncast(instruction.value)):
            _tell(activation, instruction.value, instruction.place, state)

    def returned(self, activation: Context, end: ir.Return, value: Value, state: State) -> None:
        """See `Observer`."""
        if end.value is not None:
            _tell(activation, end.value, end.place, state)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, MarkedPacket)
        flags, mark = exact(payload.flags), exact(payload.mark)
        ends = moment.whole.of(Fates).outcomes(
            moment.instance, moment.arrival, moment.event, moment.site
        )
        return {
            **super().facts(moment),
            "returned": ends["returned"],
            "discarded": ends["discarded"],
            "flags": flags or 0,
            "flags.known": int(flags is not None),
            "mark": f"{mark:#x}" if mark else "",
        }

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, MarkedPacket)
        marks = moment.whole.of(Marks)
        mark = marks.own(moment.instance.key.hook, payload.mark)
        tested = marks.tested_by(facts["target.device"], mark)
        return {"mark.tested_by": ", ".join(tested)}


def _mark(activation: Context, state: State) -> Value:
    place = activation.environment.unit.layouts.get(MARK)
    return NONE if place is None else activation.frame.load(state, CONTEXT, *place)


def _tell(
    activation: Context, expression: ir.Expr, place: Place, state: State, truth: bool = False
) -> None:
    """Tell of the tests in an expression that are about the mark as the packet came with it."""
    layout = activation.environment.unit.layouts.get(MARK)
    if layout is None:
        return
    for subject, other in _tests(expression, truth):
        value = activation.evaluator.value(subject, state)
        if not any(_is_arrived(atom, layout[0]) for atom in value):
            continue
        known = None if other is None else exact(activation.evaluator.value(other, state))
        mask = _mask(activation, subject, state)
        activation.effects.emit(place, MarkTest(mask, known or None))


def _is_arrived(atom: object, offset: int) -> bool:
    return type(atom) is Content and atom.base is CONTEXT and atom.offset == offset


def _tests(expression: ir.Expr, truth: bool) -> Iterator[tuple[ir.Expr, ir.Expr | None]]:
    """What is tested, and what it is compared with."""
    found = False
    for one in comparisons(expression):
        found = True
        yield one.left, one.right
        yield one.right, one.left
    if truth and not found:
        yield expression, None


def _mask(activation: Context, subject: ir.Expr, state: State) -> int:
    """The bits that a test looks at, all where they are not known."""
    bare = uncast(subject)
    if isinstance(bare, ir.Binary) and bare.op == "&":
        for side in (bare.left, bare.right):
            known = exact(activation.evaluator.value(side, state))
            if known is not None:
                return known & 0xFFFFFFFF
    return 0xFFFFFFFF


class Marks:
    """Which marks the programs of one system set, and which they test."""

    def __init__(self, whole: Whole) -> None:
        self._devices = whole.system.profile.devices
        self._kinds = whole.kernel.devices
        self._hooks = whole.kernel.hooks
        self._tests: dict[HookContext, set[MarkTest]] = {}
        self._set: dict[HookContext, Value] = {}
        for instance in whole.system.instances.values():
            hook = instance.key.hook
            for event in instance.events():
                if isinstance(event.payload, MarkTest):
                    self._tests.setdefault(hook, set()).add(event.payload)
                elif isinstance(event.payload, MarkWritten):
                    self._set[hook] = self._set.get(hook, NONE) | event.payload.mark

    def own(self, hook: HookContext, mark: Value) -> Value:
        """What of a mark programs at a hook have set, nothing where it can be what came.

        A test of the mark that came leaves the number that it found.
        """
        if any(type(atom) is Content for atom in mark):
            return NONE
        return mark & self._set.get(hook, NONE)

    def tested_by(self, name: str, mark: Value) -> list[str]:
        """Entries behind a device that test for a mark which crossing it clears."""
        device = self._devices.get(name)
        if device is None or not self._clears(device):
            return []
        return sorted(
            {
                hook.entry
                for hook, tests in self._tests.items()
                if self._is_behind(hook, name, device) and any(_meets(one, mark) for one in tests)
            }
        )

    def _clears(self, device: Device) -> bool:
        kind = self._kinds.get(device.kind)
        across = device.peer_netns not in ("", device.netns)
        return kind is not None and kind.clears_mark and across and not device.keeps_mark

    def _is_behind(self, hook: HookContext, name: str, device: Device) -> bool:
        """True for a hook that a packet comes to which the device has sent."""
        data = self._hooks[hook.hook]
        if data.device_side == "peer":
            return hook.device == name
        far = self._devices[hook.device]
        return not data.on_transmit and (far.kind, far.netns, far.peer_netns) == (
            device.kind,
            device.peer_netns,
            device.netns,
        )


def _meets(test: MarkTest, mark: Value) -> bool:
    """True where a mark can be one that is tested for."""
    return any(test.holds(atom) if type(atom) is int else True for atom in mark)
