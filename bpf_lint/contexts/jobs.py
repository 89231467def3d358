"""What one analysis run reads: programs under flags, grouped by mode and configuration."""

from __future__ import annotations

import msgspec


class UnitJob(msgspec.Struct, frozen=True):
    """One program to parse.

    Args:
        path: Absolute path of the source file.
        name: Path relative to the report root, "/" separators; what findings show.
        program: Path relative to the analysed folder; what profiles match.
        flags: As clang takes them from the report root.
        defines: Macros set by mode, configuration and program, for messages and conditions.
        values: Load-time constants, variable name -> number.
        alternatives: Other flags, to be tried in order where these do not compile.
    """

    path: str
    name: str
    program: str
    flags: tuple[str, ...]
    defines: dict[str, str]
    values: dict[str, int]
    alternatives: tuple[tuple[str, ...], ...] = ()


class SystemJob(msgspec.Struct, frozen=True):
    """Programs that run on one node together: one device mode, one configuration.

    Args:
        mode: Mode of the profile; "" where the profile has none.
        configuration: Configuration of the profile; "default" where it has none.
        units: All programs that are built in it.
        kernel: Oldest kernel that it is for; "" for the newest that the model knows.
    """

    mode: str
    configuration: str
    units: tuple[UnitJob, ...]
    kernel: str = ""
