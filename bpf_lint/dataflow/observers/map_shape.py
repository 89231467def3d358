"""Maps that hold targets of redirects: whether the kernel takes their shape, and their keys fit."""

from __future__ import annotations

from bpf_lint import ir
from bpf_lint.config.kernel_schema import MapKind
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.observers.kind import Facts, Moment
from bpf_lint.dataflow.observers.number_test import NumberTests
from bpf_lint.dataflow.system.shared import at_hook

described = {
    "map.name": 'name of the map that holds the target, text; "" without one',
    "map.kind": 'its kind, as "devmap", text; "" without one',
    "map.refused": 'why the kernel refuses its shape, in words; "" where it does not',
    "map.slots": "a number: how many slots it has, where keys are their numbers; 0 else",
    "map.why": "what does not fit, its shape or the key, in words",
    "key.device": 'the key, where it is the number of a device, in words; "" else',
    "key.tested": "a program compares that number with another than 0 and that of skb->dev, or "
    "looks it up in a map",
}


def facts(moment: Moment, name: str, key: Value) -> Facts:
    """Facts of the map that holds a redirect's target.

    Args:
        name: Its name, "" where a number is the target.
        key: The key in it.
    """
    declared = moment.instance.binding.unit.maps.get(name)
    kind = moment.whole.kernel.maps.get(declared.kind) if declared else None
    refused = _refused(declared, kind) if declared and kind else ""
    slots = declared.max_entries if declared and kind and kind.indexed else 0
    numbers = origins(key)
    hook = moment.instance.key.hook
    device = ", ".join(dict.fromkeys(at_hook(atom, hook).symbol for atom in numbers))
    tests = moment.whole.of(NumberTests)
    too_few = f"{device} is the number of a device, and the map has {slots} slots"
    return {
        "map.name": name,
        "map.kind": declared.kind if declared else "",
        "map.refused": refused,
        "map.slots": slots,
        "map.why": refused or (too_few if device and slots else ""),
        "key.device": device,
        "key.tested": int(bool(numbers) and all(tests.has(atom, hook) for atom in numbers)),
    }


def _refused(declared: ir.Map, kind: MapKind) -> str:
    """Why the kernel refuses a map; sizes that are not known are taken to be right."""
    for what, bits, sizes in (
        ("keys", declared.key_bits, kind.key_sizes),
        ("values", declared.value_bits, kind.value_sizes),
    ):
        if bits and sizes and bits // 8 not in sizes:
            right = " or ".join(map(str, sizes))
            of = "an" if declared.kind.startswith("x") else "a"
            return f"its {what} have {bits // 8} bytes, and {of} {declared.kind} takes {right}"
    return ""
