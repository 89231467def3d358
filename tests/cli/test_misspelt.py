"""Names in a configuration that are not in the tree, or do not go together: errors, not silence."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bpf_lint.cli import main
from tests.cli.conftest import Lint
from tests.running import ROOT

EXAMPLE = ROOT / "examples" / "minidp"
FREE = ("description", "ENABLE_FAST_REDIRECT")  # text for people
LOADER = """\
#include "lib.h"
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; };
struct endpoint { int ifindex; int mac; };
struct { int (*type)[1]; int *key; struct endpoint *value; } endpoints SEC(".maps");
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static long (*bpf_redirect_peer)(int ifindex, unsigned long long flags) = (void *)155;
static struct endpoint *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
const volatile int uplink_ifindex;

SEC("tc") int from_pod(struct __sk_buff *skb) { return bpf_redirect(uplink_ifindex, 0); }
SEC("tc") int to_pod(struct __sk_buff *skb)
{
	int key = 0;
	struct endpoint *to = bpf_map_lookup_elem(&endpoints, &key);
	return to ? bpf_redirect_peer(to->ifindex, 0) : 0;
}
"""
RIGHT = """\
[devices.pod]
kind = "netkit"
netns = "host"
peer_netns = "pod"

[devices.uplink]
kind = "ethernet"
netns = "host"

[[attachments]]
program = "tc.bpf.c"
entries = ["from_pod"]
hook = "tc-ingress"
device = "pod"

[[attachments]]
program = "tc.bpf.c"
entries = ["to_pod"]
hook = "tc-ingress"
device = "uplink"

[[symbols]]
name = "uplink_ifindex"
netns = "host"

[[fields]]
field = "endpoint.ifindex"
netns = "host"
"""


@pytest.fixture
def described(project: Path) -> Path:
    """A small project with a load-time constant and a map, described without a mistake."""
    (project / "bpf" / "pod.c").unlink()
    (project / "bpf" / "tc.bpf.c").write_text(LOADER)
    (project / "bpf" / "bpf-lint.toml").write_text(RIGHT)
    return project / "bpf" / "bpf-lint.toml"


def test_a_configuration_that_fits_is_no_error(described: Path, lint: Lint) -> None:
    done = lint("bpf")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "message"),
    [
        ('"from_pod"', '"from_pd"', 12, 'unknown entry "from_pd" of tc.bpf.c; did you mean "from_'),
        ('"tc.bpf.c"', '"tc.c"', 11, 'unknown program "tc.c"; did you mean "tc.bpf.c"?'),
        ('"uplink_if', '"uplnk_if', 23, 'unknown symbol "uplnk_ifindex"; did you mean "uplink_if'),
        ('"endpoint.', '"endpoints.', 27, 'unknown record "endpoints" of field "endpoints.ifinde'),
        ('t.ifindex"', 't.ifidx"', 27, 'unknown member "ifidx" of field "endpoint.ifidx"'),
        ('"tc-ingress"', '"xdp"', 12, "takes struct __sk_buff, and programs at xdp take struct xd"),
        ('peer_netns = "pod"\n', "", 1, 'device "pod" lacks peer_netns, and bpf_redirect_peer()'),
        ('"netkit"', '"veth"', 0, ""),
        ('kind = "ethernet"\nnetns = "host"', 'kind = "ethernet"\nnetns = "hots"', 8, '"host"?'),
        ('"ethernet"', '"ethernet"\nmaster = "pd"', 8, 'unknown device "pd"; did you mean "pod"?'),
        ('"ethernet"', '"ethernet"\nmaster = "pod"', 8, 'master "pod" is of kind "netkit"; ports'),
        (
            '[devices.uplink]\nkind = "ethernet"\nnetns = "host"',
            '[devices.br]\nkind = "bridge"\nnetns = "pod"\n\n'
            '[devices.uplink]\nkind = "ethernet"\nnetns = "host"\nmaster = "br"',
            13,
            'master "br" is in "pod", and a port is where its master is',
        ),
        ('name = "uplink_', 'name = "endpoint.ifindex" #', 23, "is a member, and no symbol"),
    ],
)
def test_a_mistake_is_an_error_at_its_line(
    described: Path, lint: Lint, right: str, wrong: str, line: int, message: str
) -> None:
    described.write_text(RIGHT.replace(right, wrong, 1))
    if not line:  # a veth pair runs the same hooks
        described.write_text(described.read_text().replace('"tc-ingress"', '"netkit-peer"', 1))
        line, message = 13, 'hook "netkit-peer": device "pod" is of kind "veth"'
    for command in ([], ["doctor"], ["graph"]):
        done = lint(*command, "bpf")
        assert done.code == 2, command
        assert f"bpf-lint.toml:{line}: " in done.err
        assert message in done.err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('exclude = ["tests"]\n', '"tests" leaves nothing out'),
        ('[front_end]\nflags = ["-Inone"]\n', 'flag "-Inone": no '),
        ('[modes.a]\ndefines = ["NOWHERE"]\n', 'unknown macro "NOWHERE"'),
        ("[values]\nnowhere = 1\n", 'unknown constant "nowhere"'),
        ('[[prog_arrays]]\nmap = "calls"\nprograms = ["*:tc"]\n', 'unknown prog array "calls"'),
    ],
)
def test_other_names_are_held_against_the_tree(
    described: Path, lint: Lint, more: str, message: str
) -> None:
    described.write_text(more + RIGHT)
    done = lint("bpf")
    assert done.code == 2
    assert message in done.err


JUMPS = """\
#include "lib.h"
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff { int ifindex; };
struct { int (*type)[3]; int *key; int *value; } %s SEC(".maps");
struct { int (*type)[1]; int *key; int *value; } numbers SEC(".maps");
static long (*bpf_tail_call)(void *ctx, void *map, int slot) = (void *)12;
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static int *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
SEC("tc") int enter_%s(struct __sk_buff *skb) { bpf_tail_call(skb, &%s, 1); return 0; }
SEC("tc") int in_%s(struct __sk_buff *skb)
{
	int key = 0, *to = bpf_map_lookup_elem(&numbers, &key);
	return to ? bpf_redirect(*to, 0) : 0;
}
"""
SAME = """\
[devices.pod]
kind = "ipvlan"
netns = "pod"

[[attachments]]
program = "*"
entries = ["enter_*"]
hook = "tc-egress"
device = "pod"

[[prog_arrays]]
map = "a.bpf.c:jumps"
programs = ["a.bpf.c:in_a"]

[[prog_arrays]]
map = "b.bpf.c:jumps"
programs = ["b.bpf.c:in_b"]

[[fields]]
field = "numbers"
netns = "pod"

[[fields]]
field = "numbers"
netns = "host"
programs = ["b.bpf.c"]
"""


def test_maps_of_one_name_in_two_objects_are_told_apart(described: Path, lint: Lint) -> None:
    (described.parent / "tc.bpf.c").unlink()
    for name in "ab":
        text = JUMPS.replace("%s SEC", "jumps SEC").replace("&%s", "&jumps").replace("%s", name)
        (described.parent / f"{name}.bpf.c").write_text(text)
    described.write_text(SAME)
    done = lint("bpf", "--output-format", "json")
    (finding,) = done.report["findings"]
    assert (finding["path"], done.report["summary"]["judged"]["redirects"]) == ("bpf/b.bpf.c", 2)
    assert [one["entry"] for one in finding["contexts"]] == ["enter_b"]
    for right, wrong, message in (
        (
            "a.bpf.c:jumps",
            "a.bpf.c:jump",
            'unknown prog array "a.bpf.c:jump"; did you mean "jumps"?',
        ),
        ("a.bpf.c:jumps", "c.bpf.c:jumps", 'unknown program "c.bpf.c"'),
        ('programs = ["b.bpf.c"]', 'programs = ["c.bpf.c"]', 'unknown program "c.bpf.c"'),
    ):
        described.write_text(SAME.replace(right, wrong))
        assert message in lint("bpf").err
    (described.parent / "a.bpf.c").write_text(JUMPS.replace("%s", "own"))
    described.write_text(SAME.replace("in_a", "in_own"))
    assert 'no prog array "jumps" in a.bpf.c; it is in b.bpf.c' in lint("bpf").err


def test_what_is_optional_may_be_absent(described: Path, lint: Lint) -> None:
    more = '[[symbols]]\nname = "older_name"\nnetns = "host"\n'
    described.write_text(RIGHT + more)
    assert lint("bpf").code == 2
    described.write_text(RIGHT + more + "optional = true\n")
    assert lint("bpf").code == 0


def test_a_comment_names_nothing(described: Path, lint: Lint) -> None:
    (described.parent / "lib.h").write_text("/* old_name */ // old_name\n")
    described.write_text(RIGHT + '[[symbols]]\nname = "old_name"\nnetns = "host"\n')
    assert 'unknown symbol "old_name"' in lint("bpf").err


def test_a_letter_too_many_in_any_value_of_the_example(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = shutil.copytree(EXAMPLE, tmp_path / "tree")
    (tree / ".git").mkdir()
    file = tree / "bpf" / "bpf-lint.toml"
    written = file.read_text()
    values = list(re.finditer(r'"([^"\n]*)"', written))
    assert len(values) > 80
    for value in values:
        line = written.count("\n", 0, value.start()) + 1
        if written.splitlines()[line - 1].startswith(FREE):
            continue
        file.write_text(f"{written[: value.end(1)]}x{written[value.end(1) :]}")
        code = main(["-q", "-j1", "--cache-dir", str(tmp_path / "cache"), str(tree / "bpf")])
        said = capsys.readouterr().err
        shown = f"bpf-lint.toml:{line}: " in said, f"{value[1]}x" in said
        assert (code, *shown) == (2, True, True), f"line {line}: {value[1]}"
