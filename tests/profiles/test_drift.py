"""A profile that names what the tree does not have any more: said, and no clean result."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Lint, Result, lint, project

__all__ = ["lint", "project"]

PROGRAM = """\
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; };
struct endpoint { int mac; int ifindex; };
struct { int (*type)[1]; int *key; struct endpoint *value; } endpoints SEC(".maps");
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static struct endpoint *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
const volatile int uplink_ifindex;

SEC("tc") int from_pod(struct __sk_buff *skb)
{
	int key = 0;
	struct endpoint *to = bpf_map_lookup_elem(&endpoints, &key);
	if (to)
		return bpf_redirect(to->ifindex, 0);
	return bpf_redirect(uplink_ifindex, 0);
}
"""
PROFILE = """\
name = "small"
recognise = [{ path = "pod.c" }]
front_end = { flags = ["-target", "bpf"] }

[devices.pod]
kind = "ipvlan"
netns = "pod"

[[programs]]
path = "pod.c"

[[attachments]]
program = "pod.c"
entries = ["from_pod"]
hook = "tc-egress"
device = "pod"

[[symbols]]
name = "uplink_ifindex"
netns = "host"

[[fields]]
field = "endpoint.ifindex"
netns = "host"
"""
OLDER = '\n[[symbols]]\nname = "OLDER"\nnetns = "host"\n'
GONE = "not in this tree, though the profile names it: "


@pytest.fixture
def tree(project: Path) -> Path:
    """A tree, and the profile of it."""
    (project / "bpf" / "bpf-lint.toml").unlink()
    (project / "bpf" / "pod.c").write_text(PROGRAM)
    (project / "small.toml").write_text(PROFILE)
    return project


def check(run: Lint, *options: str) -> tuple[int, str]:
    """The exit code, and the last paragraph."""
    done: Result = run("--profile", "small.toml", *options, "bpf")
    return done.code, " ".join(done.out.split())


def test_what_fits_is_not_spoken_of(tree: Path, lint: Lint) -> None:
    code, out = check(lint)
    assert (code, GONE in out) == (1, False)


@pytest.mark.parametrize(
    ("renamed", "gone"),
    [
        ({"uplink_ifindex": "uplink"}, "symbol uplink_ifindex"),
        ({"int mac; int ifindex": "int mac; int to", "to->ifindex": "to->to"}, "field endpoint.i"),
        ({"from_pod": "from_pods"}, "entry from_pod of pod.c"),
    ],
)
def test_a_renamed_name_is_no_clean_result(
    tree: Path, lint: Lint, renamed: dict[str, str], gone: str
) -> None:
    program = "/* uplink_ifindex was renamed */\n" + PROGRAM
    for old, new in renamed.items():
        program = program.replace(old, new).replace(f"{new} was", f"{old} was")
    (tree / "bpf" / "pod.c").write_text(program)
    code, out = check(lint)
    assert (code, GONE + gone in out) == (2, True)


def test_a_name_that_no_redirect_waits_for_is_said_only(tree: Path, lint: Lint) -> None:
    (tree / "small.toml").write_text(PROFILE + OLDER)
    code, out = check(lint)
    assert (code, out.endswith(f"{GONE}symbol OLDER")) == (1, True)
    assert check(lint, "--strict")[0] == 2


def test_versions_may_lack_what_is_optional(tree: Path, lint: Lint) -> None:
    (tree / "small.toml").write_text(PROFILE + OLDER + "optional = true\n")
    code, out = check(lint)
    assert (code, GONE in out) == (1, False)


def test_a_name_in_a_file_that_no_program_includes_is_there(tree: Path, lint: Lint) -> None:
    (tree / "small.toml").write_text(PROFILE + OLDER)
    (tree / "bpf" / "unused.h").write_text("#define OLDER 1\n")
    assert GONE not in check(lint)[1]


def test_a_part_of_a_tree_says_nothing_of_the_rest(tree: Path, lint: Lint) -> None:
    more = "\n[modes.veth]\n[modes.other]\n"
    (tree / "small.toml").write_text(PROFILE + more + OLDER)
    assert GONE not in check(lint, "--mode", "veth")[1]
    assert GONE in check(lint)[1]


def test_doctor_lists_macros_too(tree: Path, lint: Lint) -> None:
    flags = '[[programs]]\npath = "pod.c"\ndefines = ["NOBODY=1"]'
    (tree / "small.toml").write_text(PROFILE.replace('[[programs]]\npath = "pod.c"', flags) + OLDER)
    out = lint("doctor", "--profile", "small.toml", "bpf").out
    assert "drift: 1 name of the profile that this tree does not have:\n  symbol OLDER\n" in out
    expected = "of other versions, as expected not in this tree: 1 name"
    assert f"{expected}; -v lists them\n" in out
    told = lint("doctor", "--profile", "small.toml", "bpf", "-v").out
    assert f"{expected}: macro NOBODY\n" in told


def test_doctor_tells_what_versions_may_lack_apart(tree: Path, lint: Lint) -> None:
    (tree / "small.toml").write_text(PROFILE + OLDER + "optional = true\n")
    out = lint("doctor", "--profile", "small.toml", "bpf").out
    assert "drift:" not in out
    assert "as expected not in this tree: 1 name" in out
