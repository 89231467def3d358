"""Where programs redirect rightly to the device that a finding is about."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.dataflow.results.result import (
    KINDS,
    Event,
    Instance,
    Moment,
    Origin,
    Redirect,
    Site,
    at_hook,
)
from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Step, Tested
from bpf_lint.rules.advice import purpose_of
from bpf_lint.rules.earlier import Hit
from bpf_lint.rules.facts import hook_facts, known_devices, target_facts
from bpf_lint.rules.tested import Decisions
from bpf_lint.rules.trace import attachment, made, step

Device = tuple[str, str]  # its name, or that of its number; its namespace


class Right(NamedTuple):
    """A redirect to a device of the namespace that the program runs in, and what it is for."""

    site: Site
    hook: HookContext
    purpose: str


class Done(NamedTuple):
    """A redirect that some entry carries out rightly, for findings of other systems.

    Args:
        names: Of the device that it goes to, and of its number.
        netns: Whose number that is.
        step: The call, and by whom.
        tested: Macros and load-time constants that decide whether the program comes there.
    """

    names: tuple[str, str]
    netns: str
    program: str
    entry: str
    step: Step
    tested: tuple[Tested, ...]


class Elsewhere:
    """The redirects of one system that are carried out where their numbers mean something."""

    def __init__(self, kernel: KernelModel, profile: Profile) -> None:
        self._kernel = kernel
        self._devices = known_devices(kernel, profile)
        self._right: dict[Device, list[Right]] = {}
        self._ways: dict[tuple[Device, Right], tuple[Instance, Site, str]] = {}

    def add(self, moment: Moment) -> None:
        """Learn of something that happens."""
        payload = moment.event.payload
        if not isinstance(payload, Redirect):
            return
        hook = moment.instance.key.hook
        for atom in KINDS[payload.kind].targets(payload):
            there = at_hook(atom, hook)
            if there.netns and there.netns == hook.skb_netns:
                names = [moment.instance.key.function, *_called(moment.event), moment.site.function]
                site = Site(moment.site.place, moment.site.function, ())
                right = Right(site, hook, self._purpose(names, atom, hook))
                found = self._right.setdefault(_device(atom, hook), [])
                if right not in found and _happens(moment):
                    found.append(right)
                    way = moment.instance, moment.site, there.symbol
                    self._ways[_device(atom, hook), right] = way

    def of(self, hit: Hit) -> Step | None:
        """The redirect that is most like that of a hit, None where there is none."""
        if hit.atom is None or not hit.rule.cause:
            return None
        hook = hit.instance.key.hook
        found = self._right.get(_device(hit.atom, hook), ())
        names = [hit.instance.key.function, *_called(hit.event), hit.site.function]
        purpose = self._purpose(names, hit.atom, hook)

        def unlike(one: Right) -> tuple[object, ...]:
            other = (one.purpose != purpose, one.site.place != hit.site.place)
            return (*other, one.hook.program != hook.program, one.site.place, one.hook)

        if not found:
            return None
        return _told(min(found, key=unlike))

    def done(self, decisions: Decisions) -> list[Done]:
        """All that are right, each entry's call once, with what decides that it is there."""
        found: dict[tuple[object, ...], Done] = {}
        for ((device, netns), right), (instance, site, symbol) in self._ways.items():
            hook, told = right.hook, _told(right)
            if (device, netns, hook.program, hook.entry, told) not in found:
                tested = decisions.tested(made(instance, site))
                one = Done((device, symbol), netns, hook.program, hook.entry, told, tested)
                found[device, netns, hook.program, hook.entry, told] = one
        return list(found.values())

    def _purpose(self, functions: list[str], atom: Origin, hook: HookContext) -> str:
        """What a redirect is for, "" where nothing tells."""
        own = frozenset[str]()
        told = target_facts(atom, hook, self._devices, own)
        return purpose_of(
            self._kernel.purposes, functions, {**hook_facts(hook, self._kernel), **told}
        )


def _told(right: Right) -> Step:
    text = f"{right.hook.entry} at {attachment(right.hook)}"
    return step("right", right.site.place, text)


def _called(event: Event) -> list[str]:
    return [call.callee for call in event.chain]


def _happens(moment: Moment) -> bool:
    """True where some path carries the redirect out."""
    told = KINDS[moment.event.payload.kind].facts(moment)
    return bool(told["returned"] and not told["never"])


def _device(atom: Origin, hook: HookContext) -> Device:
    there = at_hook(atom, hook)
    return there.device or there.symbol, there.netns
