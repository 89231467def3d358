"""FIB lookups, with what they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.dataflow.domain.atoms import ANY, Origin, Value
from bpf_lint.dataflow.domain.values import configured, exact
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.fibhelpers import given
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.kind import Facts, Moment
from bpf_lint.dataflow.observers.narrowing import bits_told
from bpf_lint.dataflow.system.shared import at_hook

# include/uapi/linux/bpf.h: BPF_FIB_LOOKUP_*
_DIRECT, _OUTPUT, _TBID = 1, 2, 8
_TABLE_IGNORED = (
    "BPF_FIB_LOOKUP_TBID is given without BPF_FIB_LOOKUP_DIRECT, and the table is ignored"
)
_OWN_FOR_OUTPUT = (
    "with BPF_FIB_LOOKUP_OUTPUT the number is taken for the device to send to, and this is the one "
    "that the packet came in at"
)


class Asked(Aimed, frozen=True):
    """A FIB lookup was asked with this input ifindex and these flags."""

    flags: Value = ANY


class FibLookup(Asked, frozen=True):
    """A FIB lookup ran."""

    kind: ClassVar[str] = "fib_lookup"


class FibLookups(AimedKind):
    """FIB lookups."""

    name = "fib_lookup"
    plural = "FIB lookups"
    described = {
        **AimedKind.described,
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "lower.why": "why packets are not routed from the device that it can be asked for, in "
        'words; "" where they are, or it is not known',
        "parameters.why": 'why the flags do not answer what is asked, in words; "" where they do',
    }
    whole = AimedKind.whole | {"lower.why"}

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, FibLookupEffect):
            asked = given(made, effect)
            if asked is not None:
                flags = argument(made.model, effect.flags, made.arguments)
                told = FibLookup(made.model.name, configured(asked), flags)
                made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Asked)
        flags = exact(payload.flags)
        return {
            **super().facts(moment),
            "flags": flags if flags is not None else 0,
            "flags.known": int(flags is not None),
            "lower.why": next(_lower(moment, payload), ""),
        }

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        return {
            **bits_told(moment.whole, atom),
            "parameters.why": "; ".join(_reasons(facts)),
        }


def _reasons(facts: Facts) -> Iterator[str]:
    """Why a lookup with these flags does not answer what is asked."""
    flags = facts["flags"]
    came_in = facts["hook.at_ingress"] or facts["program_type"] == "xdp"
    if flags & _OUTPUT and facts["target.self"] and came_in:
        yield _OWN_FOR_OUTPUT
    if flags & _TBID and not flags & _DIRECT:
        yield _TABLE_IGNORED


def _lower(moment: Moment, payload: Asked) -> Iterator[str]:
    """Why packets are not routed from what a lookup can be asked for."""
    kernel, profile = moment.whole.kernel, moment.whole.system.profile
    for kind, told in kernel.devices.items():
        if told.number in payload.target and not told.routes:
            yield f"{told.number} is the {kind} device of every namespace"
    for atom in FibLookups().targets(payload):
        name = at_hook(atom, moment.instance.key.hook).device
        if name in profile.devices and (why := _why(profile, kernel, name)):
            yield why


def _why(profile: Profile, kernel: KernelModel, name: str) -> str:
    device = profile.devices[name]
    if not kernel.devices[device.kind].routes:
        return f"{name} is a {device.kind} device"
    if device.master and kernel.devices[profile.devices[device.master].kind].enslaves == "frames":
        return f"{name} is a port of {device.master}"
    return ""
