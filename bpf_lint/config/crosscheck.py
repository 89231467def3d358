"""Checks across configuration files: names that refer to something that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bpf_lint.config.cexpr import condition, prototype
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.loading import DeviceLine, patterns, why_unusable
from bpf_lint.config.nearest import unknown
from bpf_lint.config.schema import Profile
from bpf_lint.config.user_schema import UserConfiguration
from bpf_lint.model.errors import ConfigError

Failure = Callable[..., ConfigError]
LINES = ("attaching", "detaching", "devices_made")  # tables of the kernel model with patterns


def check_profile(
    part: Profile | UserConfiguration, whole: Profile, kernel: KernelModel, error: Failure
) -> None:
    """Check the references in a profile, or in a user's part of one.

    Args:
        part: What the file holds.
        whole: The profile with everything merged, whose names can be referred to.
        error: Makes an error from a message and the keys it is about.

    Raises:
        ConfigError: A hook, device, device kind, mode or configuration is unknown, or a
            condition is not C.
    """
    for name, device in part.devices.items():
        check_names("device kind", [device.kind], kernel.devices, error, "devices", name, "kind")
        check_names("mode", device.modes, whole.modes, error, "devices", name, "modes")
        master = [device.master] if device.master else []
        check_names("device", master, whole.devices, error, "devices", name, "master")
    for at, one in enumerate(part.attachments):
        keys = ("attachments", at)
        check_names("hook", [one.hook], kernel.hooks, error, *keys, "hook")
        check_names("device", [one.device], whole.devices, error, *keys, "device")
        check_names("mode", one.modes, whole.modes, error, *keys, "modes")
        names = whole.configurations
        check_names("configuration", one.configurations, names, error, *keys, "configurations")
        check_condition(one.when, error, *keys, "when")
    for table in ("tail_sections", "tail_tags"):
        for at, template in enumerate(getattr(part, table)):
            for part_of in ("{map}", "{index}"):
                if template.count(part_of) != 1:
                    raise error(f'"{template}" has no {part_of}, or several', table, at)
    for table in ("programs", "symbols", "fields"):
        for at, entry in enumerate(getattr(part, table)):
            check_names("mode", entry.modes, whole.modes, error, table, at, "modes")
    for name, configuration in part.configurations.items():
        where = ("configurations", name, "modes")
        check_names("mode", configuration.modes, whole.modes, error, *where)


def check_kernel(part: KernelModel, whole: KernelModel, error: Failure) -> None:
    """Check that prototypes can be read and that effects name their parameters.

    Args:
        part: What the file holds.
        whole: The kernel model with all files merged, whose names can be referred to.
        error: See `check_profile`.

    Raises:
        ConfigError: One of them cannot.
    """
    for name, helper in part.helpers.items():
        keys = ("helpers", name)
        try:
            read = prototype(helper.prototype)
        except ConfigError as failed:
            raise error(failed.message, *keys, "prototype") from None
        known = {argument.name for argument in read.parameters}
        for role in helper.effect.roles() if helper.effect else ():
            named = getattr(helper.effect, role)
            check_names("parameter", [named] if named else [], known, error, *keys, "effect", role)
    for name, kind in part.devices.items():
        check_names("hook", kind.hooks, whole.hooks, error, "devices", name, "hooks")
    for name, one in part.substitutes.items():
        keys = ("substitutes", name)
        check_names("device kind", [one.replaces, one.kind], whole.devices, error, *keys)
        for side in ("near", "far"):
            check_names("hook", getattr(one, side).values(), whole.hooks, error, *keys, side)
    _check_loading(part, whole, error)


def _check_loading(part: KernelModel, whole: KernelModel, error: Failure) -> None:
    """Check that patterns of loaders' lines can be used."""
    for at, word in enumerate(part.hook_words):
        check_names("hook", [word.hook], whole.hooks, error, "hook_words", at, "hook")
    tables: dict[str, Any] = {"hook_words": dict(enumerate(part.hook_words))}
    tables.update({name: getattr(part, name) for name in LINES})
    for table, entries in tables.items():
        for name, one in entries.items():
            groups = ("kind",) if isinstance(one, DeviceLine) else ()
            for key, pattern in patterns(one):
                if why := why_unusable(pattern, groups):
                    raise error(f"{key} {why}", table, name, key)


def check_names(
    kind: str, names: Iterable[str], known: Any, error: Failure, *keys: str | int
) -> None:
    """Check that everything that is named is there."""
    for name in names:
        if name not in known:
            raise error(unknown(kind, name, known), *keys)


def check_condition(text: str, error: Failure, *keys: str | int) -> None:
    """Check that a condition is C."""
    try:
        condition(text)
    except ConfigError as failed:
        raise error(failed.message, *keys) from None
