"""The choice of a profile for an analysed folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bpf_lint.config.catalogue import Catalogue, LoadedProfile, load_profile
from bpf_lint.config.nearest import unknown
from bpf_lint.config.probes import hold, holds
from bpf_lint.config.reading import read
from bpf_lint.model.errors import ConfigError

GENERIC = "generic"


class Choice(msgspec.Struct, frozen=True):
    """The profile of a folder.

    Args:
        recognised: True where its probes hold.
        notes: What the report should say about the choice.
    """

    loaded: LoadedProfile
    recognised: bool
    notes: tuple[str, ...] = ()


def recognise(profiles: Iterable[LoadedProfile], folder: Path) -> LoadedProfile | None:
    """The first profile whose probes all hold; one without probes recognises nothing."""
    for one in profiles:
        if one.profile.recognise and hold(one.profile.recognise, folder):
            return one
    return None


def choose(catalogue: Catalogue, folder: Path, name: str = "") -> Choice:
    """The profile for a folder.

    Args:
        name: Name or file of the profile that was asked for, "" to recognise one.

    Raises:
        ConfigError: No profile has that name.
    """
    if name.endswith(".toml"):
        loaded = load_profile(read(Path(name)))
        return Choice(loaded, hold(loaded.profile.recognise, folder))
    if not name:
        found = recognise(catalogue.profiles, folder)
        return Choice(found, True) if found else Choice(generic(catalogue), False)
    named = [one for one in catalogue.profiles if one.profile.name == name]
    if not named:
        raise ConfigError(unknown("profile", name, {p.profile.name for p in catalogue.profiles}))
    found = recognise(named, folder)
    if found:
        return Choice(found, True)
    nearest = max(named, key=lambda one: _score(one, folder))
    failing = [probe.path for probe in nearest.profile.recognise if not holds(probe, folder)]
    if not failing:
        return Choice(nearest, True)
    note = f'profile "{name}" does not recognise this tree: {", ".join(failing)} differ'
    return Choice(nearest, True, (note,))


def generic(catalogue: Catalogue) -> LoadedProfile:
    """The profile for trees that no profile recognises."""
    for one in catalogue.profiles:
        if one.profile.name == GENERIC:
            return one
    raise ConfigError(f'no profile "{GENERIC}"', str(catalogue.folder / "profiles"))


def _score(one: LoadedProfile, folder: Path) -> int:
    return sum(holds(probe, folder) for probe in one.profile.recognise)
