"""The plan of a run: modes, configurations, programs, flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config.catalogue import profile_from_text
from bpf_lint.config.probes import content
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.contexts.plan import Wanted, plan
from bpf_lint.model.errors import ConfigError
from bpf_lint.sources.database import Database
from bpf_lint.sources.flags import Vetted
from bpf_lint.sources.tree import Tree, discover

PROFILE = """
name = "p"
option_lists = ["lists/*/{stem}/*.txt"]

[front_end]
flags = ["-O2", "-I.", "-DCOMMON"]

[modes.veth]
defines = ["VETH", "WIDTH=1"]

[modes.ipvlan]
probes = [{ path = "ipvlan.h" }]

[modes.netkit]
probes = [{ path = "main.c", contains = "netkit" }]

[modes.netkit.programs]
"main.c" = ["NETKIT_MAIN"]

[configurations.plain]

[configurations.tunnel]
modes = ["veth"]
defines = ["TUNNEL=vxlan", "WIDTH=2"]
values = { port = 8472 }

[configurations.tunnel.programs]
"main.c" = ["MAIN_ONLY"]

[[programs]]
path = "main.c"

[[programs]]
path = "overlay.c"
when = "defined(TUNNEL) && COMMON == 1"

[[programs]]
path = "extra/*.c"
modes = ["netkit"]
probes = [{ path = "{}", contains = "SEC" }]

[[programs]]
path = "absent.c"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content.cache_clear()
    below = tmp_path / "bpf"
    for name, text in {
        "main.c": "netkit",
        "overlay.c": "",
        "extra/a.c": "SEC",
        "extra/b.c": "",
        "lists/61/main/1.txt": "-DA=1 -DB\n",
        "lists/61/overlay/1.txt": "-DC\n",
    }.items():
        (below / name).parent.mkdir(parents=True, exist_ok=True)
        (below / name).write_text(text)
    return below


def systems(
    folder: Path, *, database: Database | None = None, only: tuple[str, ...] = (), **wanted: object
) -> list[SystemJob]:
    root = folder.parent
    tree = Tree(str(root), str(folder), discover(folder, root), only)
    profile = profile_from_text(PROFILE).profile
    return plan(profile, tree, Wanted(**wanted), database)  # type: ignore[arg-type]


def shape(found: list[SystemJob]) -> list[tuple[str, str, list[str]]]:
    return [(one.mode, one.configuration, [u.program for u in one.units]) for one in found]


def test_modes_configurations_and_programs_that_the_tree_has(folder: Path) -> None:
    assert shape(systems(folder)) == [
        ("veth", "plain", ["main.c"]),
        ("veth", "tunnel", ["main.c", "overlay.c"]),
        ("netkit", "plain", ["extra/a.c", "main.c"]),
    ]


def test_flags_defines_and_values(folder: Path) -> None:
    unit = systems(folder)[1].units[0]
    assert unit.name == "bpf/main.c"
    assert unit.defines == {"VETH": "1", "WIDTH": "2", "TUNNEL": "vxlan", "MAIN_ONLY": "1"}
    assert unit.values == {"port": 8472}
    assert unit.flags == (
        *("-target", "bpf", "-O2", "-I", "bpf", "-DCOMMON"),
        *("-DMAIN_ONLY=1", "-DTUNNEL=vxlan", "-DVETH=1", "-DWIDTH=2"),
    )
    assert systems(folder)[2].units[1].defines == {"NETKIT_MAIN": "1"}


def test_defines_of_the_user_are_stronger(folder: Path) -> None:
    unit = systems(folder, defines=("WIDTH=9", "NEW"))[1].units[0]
    assert (unit.defines["WIDTH"], unit.defines["NEW"]) == ("9", "1")


def test_a_database_replaces_the_flags_of_its_programs(folder: Path) -> None:
    found = Database("x", {str(folder / "main.c"): Vetted(("-target", "bpfeb", "-DDB"))})
    one, two = systems(folder, database=found)[1].units
    assert one.flags[:3] == ("-target", "bpfeb", "-DDB")
    assert two.flags[:3] == ("-target", "bpf", "-O2")


def test_wanted_modes_and_configurations(folder: Path) -> None:
    assert [one.mode for one in systems(folder, modes=("netkit",))] == ["netkit"]
    assert shape(systems(folder, configurations=("tunnel",))) == [
        ("veth", "tunnel", ["main.c", "overlay.c"])
    ]
    with pytest.raises(ConfigError, match='this tree has no mode "ipvlan"; it has: veth, netkit'):
        systems(folder, modes=("ipvlan",))
    with pytest.raises(ConfigError, match='unknown mode "veht"; did you mean "veth"'):
        systems(folder, modes=("veht",))
    with pytest.raises(ConfigError, match='unknown configuration "tunel"; did you mean "tunnel"'):
        systems(folder, configurations=("tunel",))


def test_more_systems_than_anybody_waits_for_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bpf_lint.contexts.plan.MOST", 2)
    with pytest.raises(ConfigError, match=r"3 pairs of mode and configuration, at most 2: choose"):
        systems(folder)
    assert systems(folder, modes=("netkit",))


def test_option_lists_of_the_tree(folder: Path) -> None:
    found = systems(folder, configurations=("tree",), modes=("veth",))
    assert [one.configuration for one in found] == ["tree:lists/61/1"]
    assert found[0].units[0].defines == {"A": "1", "B": "1", "VETH": "1", "WIDTH": "1"}


def test_a_named_program_narrows_only_what_nothing_describes(folder: Path) -> None:
    assert len(shape(systems(folder, only=("overlay.c",)))) == 3
    found = systems(folder, only=("extra/b.c",), described=False, modes=("veth",))
    assert shape(found) == [("veth", "plain", ["extra/b.c"]), ("veth", "tunnel", ["extra/b.c"])]
    found = systems(folder, only=("extra/",), described=False, modes=("netkit",))
    assert shape(found) == [("netkit", "plain", ["extra/a.c"])]


def test_equal_programs_have_equal_flags_whatever_the_order_of_defines(folder: Path) -> None:
    one = systems(folder, defines=("A", "B"))[0].units[0]
    assert systems(folder, defines=("B", "A"))[0].units[0].flags == one.flags
